"""Prefixes and the addresses in them: whose they are, what they are for, and that each stands once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from inventory.draft import Draft, Finding, Spot
from inventory.model import (
    Address,
    Device,
    Interface,
    InterfaceAddress,
    InterfaceMode,
    LinkKind,
    Network,
    Prefix,
    Role,
)

Use = Literal["loopbacks", "links", "management", "institution", "upstream"]

_OWNER: Mapping[Use, str | None] = {
    "loopbacks": None,
    "links": None,
    "upstream": None,
    "management": "site",
    "institution": "institution",
}
"""The key that says whose a prefix is, by its use."""


def prefixes(draft: Draft) -> Iterator[Finding]:
    """Each prefix stands once, has the owner that its use asks for, and is nested in none of its kind."""
    seen: dict[Network, int] = {}
    for index, prefix in enumerate(draft.prefixes):
        spot = Spot("prefixes", index, ("prefix",))
        if prefix.prefix in seen:
            what = f"the prefix {prefix.prefix} stands twice"
            yield Finding("duplicate-prefix", spot, what, "remove one")
            continue
        seen[prefix.prefix] = index
        yield from _owner(index, prefix)
        outer = draft.blocks.around(prefix.prefix.network_address, prefix.prefix.prefixlen - 1)
        if outer is not None:
            yield from _nested(spot, prefix, draft.prefixes[outer])


def _owner(index: int, prefix: Prefix) -> Iterator[Finding]:
    wanted = _OWNER[prefix.use]
    for key, value in (("site", prefix.site), ("institution", prefix.institution)):
        if key == wanted and value is None:
            what = f"the prefix {prefix.prefix} is for {prefix.use} and names no {key}"
            yield Finding("prefix-without-owner", Spot("prefixes", index), what, f"add `{key}: ...`")
        if key != wanted and value is not None and not (key == "site" and prefix.use == "institution"):
            what = f"the prefix {prefix.prefix} is for {prefix.use} and names a{'n' if key[0] == 'i' else ''} {key}"
            yield Finding("prefix-with-owner", Spot("prefixes", index, (key,)), what, f"remove `{key}`")


def _nested(spot: Spot, inner: Prefix, outer: Prefix) -> Iterator[Finding]:
    if inner.use == outer.use:
        owners = (inner.institution or inner.site, outer.institution or outer.site)
        whose = f" of {owners[0]} and {owners[1]}" if owners[0] != owners[1] else ""
        what = f"the {inner.use} prefixes {inner.prefix} and {outer.prefix}{whose} overlap"
        yield Finding("overlapping-prefixes", spot, what, "make them disjoint, or remove one")
    elif outer.institution is not None or outer.site is not None:
        what = f"{inner.prefix} for {inner.use} lies inside {outer.prefix} of {outer.institution or outer.site}"
        yield Finding("prefix-inside-owned", spot, what, "take it from a block of its own")


def aggregates(draft: Draft) -> Iterator[Finding]:
    """What we announce covers every institution, and no part of it twice."""
    if draft.world is None:
        return
    announced = draft.world.aggregates
    for index, prefix in enumerate(draft.prefixes):
        if prefix.use == "institution" and not any(_within(prefix.prefix, outer) for outer in announced):
            what = f"no aggregate covers {prefix.prefix} of {prefix.institution}"
            fix = "take it from an aggregate, or add one to the world"
            yield Finding("outside-aggregates", Spot("prefixes", index, ("prefix",)), what, fix)
    for number, inner in enumerate(announced):
        for other, outer in enumerate(announced):
            if number != other and _within(inner, outer) and (inner != outer or number > other):
                what = f"the aggregates {inner} and {outer} overlap"
                yield Finding(
                    "overlapping-aggregates", Spot("world", 0, ("aggregates", number)), what, "keep the larger"
                )


def addresses(draft: Draft) -> Iterator[Finding]:
    """Every address of an interface stands once, is usable on its subnet, and lies in the prefix that it should."""
    seen: dict[tuple[int, int], str] = {}
    for index, device in enumerate(draft.devices):
        for place, interface in enumerate(device.interfaces):
            if not interface.addresses:
                continue
            wanted = _wanted(draft, device, interface)
            named = f"{interface.name} of {device.name}"
            for number, address in enumerate(interface.addresses):
                spot = Spot("devices", index, ("interfaces", place, "addresses", number))
                first = seen.setdefault((address.version, int(address.ip)), named)
                if first is not named:
                    what = f"{address.ip} on {named} is also on {first}"
                    yield Finding("duplicate-address", spot, what, "give one of them another address")
                yield from _usable(address, named, spot)
                if not _is_reserved(address.ip):
                    yield from _placed(draft, address, wanted, named, spot)
    yield from _probes_that_are_ours(draft, seen)


def _usable(address: InterfaceAddress, named: str, spot: Spot) -> Iterator[Finding]:
    ip, network = address.ip, address.network
    if _is_reserved(ip):
        what = f"{ip} on {named} is a reserved address"
        yield Finding("reserved-address", spot, what, "write one of a declared prefix")
    elif network.max_prefixlen - network.prefixlen > 1:
        if ip == network.network_address:
            kind = "the network address" if ip.version == 4 else "the subnet-router anycast address (RFC 4291)"
            what = f"{ip} on {named} is {kind} of {network}"
            yield Finding("network-address", spot, what, f"write another, such as {network[1]}")
        elif ip.version == 4 and ip == network.broadcast_address:
            what = f"{ip} on {named} is the broadcast address of {network}"
            yield Finding("broadcast-address", spot, what, f"write another, such as {network[-2]}")


def _is_reserved(ip: Address) -> bool:
    return ip.is_multicast or ip.is_loopback or ip.is_link_local or ip.is_unspecified


@dataclass(frozen=True)
class _Wanted:
    """The use of the prefix that an interface's addresses must come from, and its owner (None: nobody's)."""

    use: Use
    owner: str | None
    why: str

    def holds(self, prefix: Prefix) -> bool:
        if prefix.use != self.use:
            return False
        return self.owner is None or self.owner == (prefix.institution if self.use == "institution" else prefix.site)


def _wanted(draft: Draft, device: Device, interface: Interface) -> _Wanted | None:
    """None where nothing can be said: a VLAN that does not exist, or an end of no link, is told elsewhere."""
    if interface.mode is InterfaceMode.LOOPBACK:
        return _Wanted("upstream", None, "upstream") if device.role is Role.UPSTREAM else _LOOPBACK
    if interface.mode is InterfaceMode.VLAN and interface.vlan is not None:
        vlan = draft.vlan.get((device.site, interface.vlan))
        if vlan is None:
            return None
        if vlan.institution is not None:
            return _Wanted("institution", vlan.institution, f"VLAN {vlan.id} of {vlan.institution}")
        return _Wanted("management", vlan.site, f"management at {vlan.site}")
    index = draft.link_ends.get((device.name, interface.name))
    if index is None or interface.mode is not InterfaceMode.ROUTED:
        return None
    kind = draft.links[index].kind
    if kind is LinkKind.ACCESS:
        return None
    return _UPSTREAM if kind is LinkKind.UPSTREAM else _LINK


_LOOPBACK = _Wanted("loopbacks", None, "loopbacks")
_LINK = _Wanted("links", None, "links")
_UPSTREAM = _Wanted("upstream", None, "upstream links")


def _placed(
    draft: Draft, address: InterfaceAddress, wanted: _Wanted | None, named: str, spot: Spot
) -> Iterator[Finding]:
    block = draft.blocks.smallest(address.ip)
    if block is None:
        if draft.whole("prefixes"):
            what = f"{address.ip} on {named} lies in no declared prefix"
            yield Finding("outside-prefixes", spot, what, "declare its prefix, or write an address of one")
    elif wanted is not None and not wanted.holds(block):
        whose = f"{block.institution}'s" if block.institution else f"for {block.use}"
        at = f" at {block.site}" if block.site else ""
        what = f"{address.ip} on {named} lies in {block.prefix}, which is {whose}{at}"
        yield Finding("wrong-prefix", spot, what, f"write an address for {wanted.why}" + _known(draft, wanted, address))
    elif address.network.prefixlen < block.prefix.prefixlen:
        what = f"{address} on {named} is wider than its prefix {block.prefix}"
        yield Finding("wider-than-prefix", spot, what, f"write {address.ip}/{block.prefix.prefixlen}")


def _known(draft: Draft, wanted: _Wanted, address: InterfaceAddress) -> str:
    found = [
        str(prefix.prefix)
        for prefix in draft.prefixes
        if prefix.prefix.version == address.version and wanted.holds(prefix)
    ]
    return f": {', '.join(found[:3])}" if found else ", and declare its prefix"


def _probes_that_are_ours(draft: Draft, seen: Mapping[tuple[int, int], str]) -> Iterator[Finding]:
    for index, institution in enumerate(draft.institutions):
        probe: Address | None = institution.probe
        if probe is not None and (probe.version, int(probe)) in seen:
            whose = seen[probe.version, int(probe)]
            what = f"the probe {probe} of {institution.name} is our own address, on {whose}"
            yield Finding("probe-is-ours", Spot("institutions", index, ("probe",)), what, "write one of its equipment")


def shared_subnets(draft: Draft) -> Iterator[Finding]:
    """Two addresses in one VLAN are on one subnet of their family, or on two that do not overlap."""
    found: dict[tuple[str, int, int], tuple[InterfaceAddress, str]] = {}
    for index, device in enumerate(draft.devices):
        for place, interface in enumerate(device.interfaces):
            if interface.mode is not InterfaceMode.VLAN or interface.vlan is None:
                continue
            for number, address in enumerate(interface.addresses):
                if address.network.prefixlen == address.max_prefixlen:
                    continue  # told as an address without its length
                named = f"{interface.name} of {device.name}"
                key = (device.site, interface.vlan, address.version)
                first, whose = found.setdefault(key, (address, named))
                if first.network != address.network and _overlap(first.network, address.network):
                    spot = Spot("devices", index, ("interfaces", place, "addresses", number))
                    what = f"{address} on {named} and {first} on {whose} are on one subnet of two lengths"
                    yield Finding("two-lengths", spot, what, f"write {address.ip}/{first.network.prefixlen}")


def _within(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and int(outer.network_address) <= int(inner.network_address) <= int(outer.broadcast_address)
    )


def _overlap(one: Network, other: Network) -> bool:
    return _within(one, other) or _within(other, one)
