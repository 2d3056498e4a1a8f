"""SELECTOR to devices: `all`, a name, or `key=value[,key=value]`, every part of which must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from inventory.model import Device, Institution, Platform, Role, Site, SiteKind
from inventory.problem import suggestion


class BadSelector(ValueError):
    """The text selects nothing. One sentence: what is wrong, and what would be right."""


class Selectable(Protocol):
    """What is selected from: an inventory, or the draft of one."""

    @property
    def devices(self) -> tuple[Device, ...]: ...

    @property
    def sites(self) -> tuple[Site, ...]: ...

    @property
    def device(self) -> Mapping[str, Device]: ...

    @property
    def site(self) -> Mapping[str, Site]: ...

    @property
    def institution(self) -> Mapping[str, Institution]: ...


def select(inventory: Selectable, text: str) -> tuple[Device, ...]:
    """The devices that `text` names, in the inventory's order, those that are not ours to manage included.

    A name is a device's, a site's (a region's stands for its districts too) or an institution's (the devices that carry
    its VLAN). Raises BadSelector for an unknown key or value, and where no device is left.
    """
    wanted = text.strip()
    if wanted == "all":
        return inventory.devices
    if "=" not in wanted:
        return _by_name(inventory, wanted)
    chosen = {device.name for device in inventory.devices}
    seen: set[str] = set()
    for part in wanted.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise BadSelector(f"`{part}` is not a part of a selector; write key=value")
        if key in seen:
            raise BadSelector(f"`{key}` stands twice in `{text}`; every part must hold, so name it once")
        seen.add(key)
        chosen &= _matching(inventory, key, value)
    if not chosen:
        raise BadSelector(f"no device is all of `{text}`; leave one part out")
    return tuple(device for device in inventory.devices if device.name in chosen)


_ARTICLES = {"device": "a", "site": "a", "institution": "an"}


def _by_name(inventory: Selectable, name: str) -> tuple[Device, ...]:
    keys = [key for key in ("device", "site", "institution") if name in _VALUES[key](inventory)]
    if not keys:
        known = [value for key in ("device", "site", "institution") for value in _VALUES[key](inventory)]
        raise BadSelector(f"no device, site or institution is named `{name}`; {suggestion(name, known)}")
    if len(keys) > 1:
        named = " and ".join(f"{_ARTICLES[key]} {key}" for key in keys)
        raise BadSelector(f"`{name}` is {named}; write {' or '.join(f'{key}={name}' for key in keys)}")
    key = "region" if keys == ["site"] and name in _VALUES["region"](inventory) else keys[0]
    chosen = _MATCHES[key](inventory, name)
    if not chosen:
        raise BadSelector(f"the {keys[0]} `{name}` has no device; name another")
    return tuple(device for device in inventory.devices if device.name in chosen)


def _matching(inventory: Selectable, key: str, value: str) -> set[str]:
    if key not in _MATCHES:
        raise BadSelector(f"`{key}` is no key of a selector; {suggestion(key, _MATCHES)}")
    known = _VALUES[key](inventory)
    if value not in known:
        raise BadSelector(f"no {key} is `{value}`; {suggestion(value, known)}")
    return set(_MATCHES[key](inventory, value))


def _in_region(inventory: Selectable, region: str) -> set[str]:
    """Data centres name the region that they lie in, and are not part of it."""
    sites = {region} | {
        site.name for site in inventory.sites if site.region == region and site.kind is SiteKind.DISTRICT
    }
    return {device.name for device in inventory.devices if device.site in sites}


def _of_institution(inventory: Selectable, name: str) -> set[str]:
    tenant = inventory.institution[name]
    if tenant.vlan is None:
        return set()
    return {
        device.name
        for device in inventory.devices
        if device.site == tenant.site and any(interface.vlan == tenant.vlan for interface in device.interfaces)
    }


def _where(test: Callable[[Device, str], bool]) -> Callable[[Selectable, str], set[str]]:
    return lambda inventory, value: {device.name for device in inventory.devices if test(device, value)}


_MATCHES: Mapping[str, Callable[[Selectable, str], set[str]]] = {
    "site": _where(lambda device, value: device.site == value),
    "region": _in_region,
    "role": _where(lambda device, value: device.role.value == value),
    "platform": _where(lambda device, value: device.platform.value == value),
    "institution": _of_institution,
    "device": _where(lambda device, value: device.name == value),
}

_VALUES: Mapping[str, Callable[[Selectable], Iterable[str]]] = {
    "site": lambda inventory: inventory.site,
    "region": lambda inventory: [site.name for site in inventory.sites if site.kind is SiteKind.REGION],
    "role": lambda _: [role.value for role in Role],
    "platform": lambda _: [platform.value for platform in Platform],
    "institution": lambda inventory: inventory.institution,
    "device": lambda inventory: inventory.device,
}
