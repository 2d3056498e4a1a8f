"""Names that stand twice, and names that stand for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from inventory.draft import Draft, Finding, Section, Spot
from inventory.model import Record
from inventory.problem import suggestion

Named = Literal["sites", "devices", "institutions", "machines", "secrets"]
_SINGULAR: dict[Section, str] = {
    "sites": "site",
    "devices": "device",
    "links": "link",
    "institutions": "institution",
    "services": "service",
    "machines": "machine",
    "volumes": "volume",
    "accounts": "account",
    "secrets": "secret",
    "windows": "window",
    "freezes": "freeze",
}


def unknown(draft: Draft, section: Named, name: str, spot: Spot, rule: str) -> Iterator[Finding]:
    """A reference to a name that no record has; nothing where one has it, or may have."""
    known: Mapping[Named, Mapping[str, Record]] = {
        "sites": draft.site,
        "devices": draft.device,
        "institutions": draft.institution,
        "machines": draft.machine,
        "secrets": draft.secret,
    }
    if name not in known[section] and not draft.forgiven(section, name):
        yield Finding(rule, spot, f"no {_SINGULAR[section]} is named `{name}`", suggestion(name, known[section]))


def duplicate_names(draft: Draft) -> Iterator[Finding]:
    """One name, one record, in each section."""
    sections: dict[Section, Iterable[Record]] = {
        "sites": draft.sites,
        "devices": draft.devices,
        "links": draft.links,
        "institutions": draft.institutions,
        "services": draft.services,
        "machines": draft.machines,
        "volumes": draft.volumes,
        "accounts": draft.accounts,
        "secrets": draft.secrets,
        "windows": draft.windows,
        "freezes": draft.freezes,
    }
    for section, records in sections.items():
        seen: set[str] = set()
        for index, record in enumerate(records):
            name = str(getattr(record, "name"))  # noqa: B009  # Record is the common base, and it declares no name
            if name in seen:
                what = f"a second {_SINGULAR[section]} is named `{name}`"
                yield Finding(
                    f"duplicate-{_SINGULAR[section]}", Spot(section, index, ("name",)), what, "rename or remove one"
                )
            seen.add(name)


def duplicate_interfaces(draft: Draft) -> Iterator[Finding]:
    """One name, one interface, on each device."""
    for index, device in enumerate(draft.devices):
        seen: set[str] = set()
        for place, interface in enumerate(device.interfaces):
            if interface.name in seen:
                spot = Spot("devices", index, ("interfaces", place, "name"))
                what = f"{device.name} has a second interface `{interface.name}`"
                yield Finding("duplicate-interface", spot, what, "rename or remove one")
            seen.add(interface.name)


def unknown_sites(draft: Draft) -> Iterator[Finding]:
    """Every reference to a site leads to one."""
    sections: dict[Section, Iterable[tuple[int, str | None]]] = {
        "devices": ((index, device.site) for index, device in enumerate(draft.devices)),
        "vlans": ((index, vlan.site) for index, vlan in enumerate(draft.vlans)),
        "prefixes": ((index, prefix.site) for index, prefix in enumerate(draft.prefixes)),
        "institutions": ((index, institution.site) for index, institution in enumerate(draft.institutions)),
        "services": ((index, service.site) for index, service in enumerate(draft.services)),
    }
    for section, references in sections.items():
        for index, name in references:
            if name is not None:
                yield from unknown(draft, "sites", name, Spot(section, index, ("site",)), "unknown-site")


def unknown_institutions(draft: Draft) -> Iterator[Finding]:
    """Every reference to an institution leads to one."""
    sections: dict[Section, Iterable[tuple[int, str | None]]] = {
        "vlans": ((index, vlan.institution) for index, vlan in enumerate(draft.vlans)),
        "prefixes": ((index, prefix.institution) for index, prefix in enumerate(draft.prefixes)),
        "services": ((index, service.institution) for index, service in enumerate(draft.services)),
    }
    for section, references in sections.items():
        for index, name in references:
            if name is not None:
                spot = Spot(section, index, ("institution",))
                yield from unknown(draft, "institutions", name, spot, "unknown-institution")


def secrets(draft: Draft) -> Iterator[Finding]:
    """Every secret that is named exists and is of the kind that its use needs."""
    for spot, name, kind in _uses(draft):
        secret = draft.secret.get(name)
        if secret is None:
            yield from unknown(draft, "secrets", name, spot, "unknown-secret")
        elif secret.kind != kind:
            what = f"the secret `{name}` is of kind {secret.kind}"
            yield Finding("secret-kind", spot, what, f"name one of kind {kind}")


def _uses(draft: Draft) -> Iterator[tuple[Spot, str, str]]:
    world = draft.world
    if world is not None:
        yield Spot("world", 0, ("login", "key_secret")), world.login.key_secret, "ssh-key"
        yield Spot("world", 0, ("snmp", "auth_secret")), world.snmp.auth_secret, "snmp"
        yield Spot("world", 0, ("snmp", "priv_secret")), world.snmp.priv_secret, "snmp"
        if world.hosting is not None:
            yield Spot("world", 0, ("hosting", "ca_secret")), world.hosting.ca_secret, "tls-key"
            yield Spot("world", 0, ("hosting", "stack_secret")), world.hosting.stack_secret, "passphrase"
            yield Spot("world", 0, ("hosting", "mirror_secret")), world.hosting.mirror_secret, "openpgp-key"
    for index, service in enumerate(draft.services):
        if service.tls_secret is not None:
            yield Spot("services", index, ("tls_secret",)), service.tls_secret, "tls-key"
    for index, link in enumerate(draft.links):
        if link.auth_secret is not None:
            yield Spot("links", index, ("auth_secret",)), link.auth_secret, "ospf"
    for index, device in enumerate(draft.devices):
        for place, neighbour in enumerate(device.bgp):
            if neighbour.password_secret is not None:
                yield Spot("devices", index, ("bgp", place, "password_secret")), neighbour.password_secret, "bgp"
