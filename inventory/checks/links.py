"""Links: both ends exist, fit each other, share a subnet in both families, and lie in the right OSPF area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from inventory.checks.devices import ALLOCATE, ROUTERS
from inventory.checks.names import unknown
from inventory.checks.sites import BACKBONE_AREA
from inventory.draft import Draft, Finding, Spot
from inventory.model import Device, Interface, InterfaceMode, Link, LinkKind, Role, SiteKind
from inventory.problem import suggestion

_FAMILIES = ((4, "IPv4"), (6, "IPv6"))


@dataclass(frozen=True)
class KindRule:
    """What a kind of link asks: one end of each side, in either order, by roles and modes; and its addressing."""

    near: frozenset[Role]
    near_mode: InterfaceMode
    far: frozenset[Role]
    far_mode: InterfaceMode
    subnet: bool
    words: str


_SWITCHES = frozenset({Role.ACCESS_SWITCH})
KIND_RULES: Mapping[LinkKind, KindRule] = {
    LinkKind.BACKBONE: KindRule(
        ROUTERS, InterfaceMode.ROUTED, ROUTERS, InterfaceMode.ROUTED, True, "two routers, mode routed at both ends"
    ),
    LinkKind.TRUNK: KindRule(
        ROUTERS | _SWITCHES,
        InterfaceMode.TRUNK,
        _SWITCHES,
        InterfaceMode.TRUNK,
        False,
        "a router and a switch, mode trunk at both ends",
    ),
    LinkKind.UPSTREAM: KindRule(
        frozenset({Role.CORE}),
        InterfaceMode.ROUTED,
        frozenset({Role.UPSTREAM}),
        InterfaceMode.ROUTED,
        True,
        "a core and an upstream, mode routed at both ends",
    ),
    LinkKind.ACCESS: KindRule(
        _SWITCHES,
        InterfaceMode.ACCESS,
        frozenset({Role.JUMP_HOST, Role.SERVER}),
        InterfaceMode.ROUTED,
        False,
        "a switch with mode access and a jump host or server with mode routed",
    ),
}


@dataclass(frozen=True)
class Side:
    """One end of a link, both of its names resolved."""

    device: Device
    interface: Interface


def ends(draft: Draft) -> Iterator[Finding]:
    """Both ends exist, and an interface ends one link."""
    taken: dict[tuple[str, str], str] = {}
    for index, link in enumerate(draft.links):
        for key, end in (("a", link.a), ("b", link.b)):
            yield from _end_exists(draft, Spot("links", index, (key,)), end.device, end.interface)
            first = taken.setdefault((end.device, end.interface), link.name)
            if key == "b" and (link.a.device, link.a.interface) == (end.device, end.interface):
                what = f"the link {link.name} joins {end} to itself"
                yield Finding("link-to-itself", Spot("links", index, (key,)), what, "name its other end")
            elif first != link.name:
                what = f"the link {link.name} ends on {end}, and so does {first}"
                yield Finding("interface-in-two-links", Spot("links", index, (key,)), what, "give it its own interface")


def _end_exists(draft: Draft, spot: Spot, device: str, interface: str) -> Iterator[Finding]:
    if device not in draft.device:
        yield from unknown(draft, "devices", device, spot.under("device"), "link-to-missing-device")
    elif (device, interface) not in draft.interface:
        what = f"{device} has no interface `{interface}`"
        fix = suggestion(interface, [each.name for each in draft.device[device].interfaces])
        yield Finding("link-to-missing-interface", spot.under("interface"), what, fix)


def kinds(draft: Draft) -> Iterator[Finding]:
    """The roles and modes at the ends fit the kind of link; what only a backbone has stands on no other."""
    for index, link, a, b in _resolved(draft):
        rule = KIND_RULES[link.kind]
        roles = [
            (near, far)
            for near, far in ((a, b), (b, a))
            if near.device.role in rule.near and far.device.role in rule.far
        ]
        shown = f"{a.device.name} ({a.device.role}) and {b.device.name} ({b.device.role})"
        if not roles:
            what = f"the {link.kind} link {link.name} joins {shown}"
            yield Finding("link-roles", Spot("links", index, ("kind",)), what, f"this kind joins {rule.words}")
        elif not any(n.interface.mode is rule.near_mode and f.interface.mode is rule.far_mode for n, f in roles):
            what = f"the {link.kind} link {link.name} joins mode {a.interface.mode} to mode {b.interface.mode}"
            yield Finding("link-modes", Spot("links", index, ("kind",)), what, f"this kind joins {rule.words}")


def subnets(draft: Draft) -> Iterator[Finding]:
    """Both ends of a routed link share one subnet in each family."""
    for index, link, a, b in _resolved(draft):
        if not KIND_RULES[link.kind].subnet or {a.interface.mode, b.interface.mode} != {InterfaceMode.ROUTED}:
            continue
        for version, family in _FAMILIES:
            near = {address.network for address in a.interface.addresses if address.version == version}
            far = {address.network for address in b.interface.addresses if address.version == version}
            if not near or not far:
                bare = " and ".join(f"{s.device.name}:{s.interface.name}" for s, h in ((a, near), (b, far)) if not h)
                what = f"the {link.kind} link {link.name} has no {family} address at {bare}"
                fix = ALLOCATE if link.kind is LinkKind.BACKBONE else "add the addresses agreed with the other network"
                yield Finding("link-family", Spot("links", index), what, fix)
            elif not near & far:
                shown = f"{min(map(str, near))} and {min(map(str, far))}"
                what = f"the ends of {link.name} are not on one {family} subnet: {shown}"
                yield Finding("link-subnet", Spot("links", index), what, "give both ends addresses of one subnet")


def access_subnets(draft: Draft) -> Iterator[Finding]:
    """What is plugged in to an access port has an address of that port's VLAN."""
    for index, link, a, b in _resolved(draft):
        port, host = (a, b) if a.interface.mode is InterfaceMode.ACCESS else (b, a)
        if link.kind is not LinkKind.ACCESS or port.interface.vlan is None:
            continue
        networks = {
            address.network
            for device in draft.devices
            if device.site == port.device.site and device.name != host.device.name
            for interface in device.interfaces
            if interface.mode is InterfaceMode.VLAN and interface.vlan == port.interface.vlan
            for address in interface.addresses
        }
        for address in host.interface.addresses:
            if networks and address.network not in networks:
                what = f"{address} of {host.device.name} is on no subnet of VLAN {port.interface.vlan}, which it is in"
                fix = f"write an address of {min(map(str, networks))}"
                yield Finding("access-subnet", Spot("links", index), what, fix)


def ospf(draft: Draft) -> Iterator[Finding]:
    """A backbone link has an area and a key; no other link has."""
    for index, link in enumerate(draft.links):
        spot = Spot("links", index)
        if link.kind is LinkKind.BACKBONE:
            if link.auth_secret is None:
                what = f"the backbone link {link.name} has no OSPF key"
                yield Finding("link-without-key", spot, what, "add `auth_secret: ...`")
            if link.area is None:
                what = f"the backbone link {link.name} has no OSPF area"
                yield Finding("link-without-area", spot, what, "add `area: ...`")
        else:
            for key, value in (("area", link.area), ("auth_secret", link.auth_secret)):
                if value is not None:
                    what = f"the {link.kind} link {link.name} has `{key}`, which only a backbone link has"
                    yield Finding("link-with-ospf", Spot("links", index, (key,)), what, f"remove `{key}`")


def narrow(draft: Draft) -> Iterator[Finding]:
    """A backbone link alone limits the sessions through it."""
    for index, link in enumerate(draft.links):
        if link.sessions is not None and link.kind is not LinkKind.BACKBONE:
            what = f"the {link.kind} link {link.name} has `sessions`, which only a backbone link has"
            fix = "remove `sessions`, and use `per_site` of `world.rollout` for what is behind it"
            yield Finding("link-with-sessions", Spot("links", index, ("sessions",)), what, fix)


def areas(draft: Draft) -> Iterator[Finding]:
    """A link inside one region is in the region's area; every other backbone link is in 0.0.0.0."""
    for index, link, a, b in _resolved(draft):
        if link.kind is not LinkKind.BACKBONE or link.area is None:
            continue
        if not (_placed(draft, a.device) and _placed(draft, b.device)):
            continue  # the fault lies with the site, and is told there
        regions = {_region(draft, a.device), _region(draft, b.device)}
        district = any(_kind(draft, side.device) is SiteKind.DISTRICT for side in (a, b))
        if district and len(regions) == 2 and None not in regions:
            what = (
                f"the link {link.name} joins a district to another region ({' and '.join(sorted(map(str, regions)))})"
            )
            yield Finding("district-to-other-region", Spot("links", index), what, "join districts inside their region")
            continue
        wanted = _area(draft, regions, district)
        if wanted is not None and link.area != wanted:
            what = f"the link {link.name} is in area {link.area}"
            yield Finding("link-area", Spot("links", index, ("area",)), what, f"write {wanted}")


def _area(draft: Draft, regions: set[str | None], district: bool) -> IPv4Address | None:
    named = {region for region in regions if region is not None}
    if not district and (len(regions) == 2 or not named):
        return BACKBONE_AREA
    site = draft.site.get(min(named)) if len(named) == 1 else None
    return site.ospf_area if site is not None else None


def _region(draft: Draft, device: Device) -> str | None:
    """The region whose area the device's links may be in; None of a device in a data centre."""
    site = draft.site.get(device.site)
    if site is None or site.kind is SiteKind.DATA_CENTRE:
        return None
    return site.name if site.kind is SiteKind.REGION else site.region


def _placed(draft: Draft, device: Device) -> bool:
    """The device's site is known, and so is the region of a district."""
    site = draft.site.get(device.site)
    if site is None or site.kind is not SiteKind.DISTRICT:
        return site is not None
    region = draft.site.get(site.region or "")
    return region is not None and region.kind is SiteKind.REGION


def _kind(draft: Draft, device: Device) -> SiteKind | None:
    site = draft.site.get(device.site)
    return site.kind if site is not None else None


def unlinked(draft: Draft) -> Iterator[Finding]:
    """A routed or trunk port of ours ends a link: one that does not is a link that someone forgot to write."""
    if not draft.whole("links") or not draft.links_resolve:
        return
    for index, device in enumerate(draft.devices):
        for place, interface in enumerate(device.interfaces):
            needs = interface.mode in (InterfaceMode.ROUTED, InterfaceMode.TRUNK)
            if needs and device.managed and (device.name, interface.name) not in draft.link_ends:
                what = f"{interface.name} of {device.name} is of mode {interface.mode} and ends no link"
                spot = Spot("devices", index, ("interfaces", place))
                yield Finding("interface-without-link", spot, what, "write its link, or remove the interface")


def _resolved(draft: Draft) -> Iterator[tuple[int, Link, Side, Side]]:
    for index, link in enumerate(draft.links):
        sides = [
            Side(draft.device[end.device], draft.interface[end.device, end.interface])
            for end in link.ends
            if (end.device, end.interface) in draft.interface
        ]
        if len(sides) == 2:
            yield index, link, sides[0], sides[1]
