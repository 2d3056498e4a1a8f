"""A device by itself: its role, its place, how it is managed, and what its interfaces may carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from inventory.draft import Draft, Finding, Spot
from inventory.model import Device, Interface, InterfaceMode, Platform, Role, SiteKind

ALLOCATE = "run `govnet allocate`"
ROUTERS = frozenset({Role.CORE, Role.REGION_ROUTER, Role.DISTRICT_ROUTER})


@dataclass(frozen=True)
class RoleRule:
    """What a role asks of its device: the platforms that keep it, and the kinds of site that it stands at."""

    platforms: tuple[Platform, ...]
    sites: tuple[SiteKind, ...]


_ANYWHERE = tuple(SiteKind)
ROLE_RULES: Mapping[Role, RoleRule] = {
    Role.CORE: RoleRule((Platform.FRR,), (SiteKind.DATA_CENTRE,)),
    Role.REGION_ROUTER: RoleRule((Platform.FRR,), (SiteKind.REGION,)),
    Role.DISTRICT_ROUTER: RoleRule((Platform.FRR,), (SiteKind.DISTRICT,)),
    Role.ACCESS_SWITCH: RoleRule((Platform.IFUPDOWN2,), _ANYWHERE),
    Role.UPSTREAM: RoleRule((Platform.NONE,), (SiteKind.DATA_CENTRE,)),
    Role.JUMP_HOST: RoleRule((Platform.NONE,), (SiteKind.DATA_CENTRE,)),
    Role.SERVER: RoleRule((Platform.DEBIAN, Platform.NONE), (SiteKind.DATA_CENTRE,)),
}


@dataclass(frozen=True)
class ModeRule:
    """What a mode asks of its interface."""

    vlan: bool
    addresses: bool


MODE_RULES: Mapping[InterfaceMode, ModeRule] = {
    InterfaceMode.ROUTED: ModeRule(vlan=False, addresses=True),
    InterfaceMode.TRUNK: ModeRule(vlan=False, addresses=False),
    InterfaceMode.ACCESS: ModeRule(vlan=True, addresses=False),
    InterfaceMode.VLAN: ModeRule(vlan=True, addresses=True),
    InterfaceMode.LOOPBACK: ModeRule(vlan=False, addresses=True),
}


_USUAL_LENGTHS = {(True, 4): 31, (True, 6): 127, (False, 4): 24, (False, 6): 64}
"""By whether the interface ends a link, and by IP version."""


def roles(draft: Draft) -> Iterator[Finding]:
    """Each role has its platform, and its kind of site."""
    for index, device in enumerate(draft.devices):
        rule = ROLE_RULES[device.role]
        if device.platform not in rule.platforms:
            what = f"the {device.role} {device.name} has the platform {device.platform}"
            fix = f"a {device.role} has {', '.join(rule.platforms)}"
            yield Finding("role-platform", Spot("devices", index, ("platform",)), what, fix)
        if device.managed and device.platform is Platform.NONE:
            what = f"{device.name} is managed and has the platform none"
            yield Finding("managed-none", Spot("devices", index), what, "add `managed: false`, or name its platform")
        site = draft.site.get(device.site)
        if site is not None and site.kind not in rule.sites:
            what = f"the {device.role} {device.name} stands at {site.name}, a {site.kind}"
            fix = f"a {device.role} stands at a {' or '.join(rule.sites)}"
            yield Finding("role-site", Spot("devices", index, ("site",)), what, fix)


def management(draft: Draft) -> Iterator[Finding]:
    """The management interface exists, has an IPv4 address, and on a router is a loopback: it outlives any one link."""
    for index, device in enumerate(draft.devices):
        spot = Spot("devices", index, ("management",))
        place = _place(device, device.management)
        if place is None:
            what = f"{device.name} has no interface `{device.management}` to be managed by"
            yield Finding("management-interface", spot, what, _names(device))
            continue
        interface = device.interfaces[place]
        if not any(isinstance(address, IPv4Interface) for address in interface.addresses):
            where = Spot("devices", index, ("interfaces", place))
            what = f"the management interface {interface.name} of {device.name} has no IPv4 address"
            fix = ALLOCATE if _may_be_given(interface) else "add one from its site's management prefix"
            yield Finding("management-address", where, what, fix)
        if device.role in ROUTERS and interface.mode is not InterfaceMode.LOOPBACK:
            what = f"the router {device.name} is managed by {interface.name}, which is no loopback"
            yield Finding("management-loopback", spot, what, "write `lo`")


def interfaces(draft: Draft) -> Iterator[Finding]:
    """What each mode may carry."""
    for index, device in enumerate(draft.devices):
        gateways: dict[int, str] = {}
        for place, interface in enumerate(device.interfaces):
            spot = Spot("devices", index, ("interfaces", place))
            yield from _carried(device, interface, spot)
            if interface.mode is InterfaceMode.VLAN and interface.vlan is not None:
                first = gateways.setdefault(interface.vlan, interface.name)
                if first != interface.name:
                    what = f"{first} and {interface.name} of {device.name} are both in VLAN {interface.vlan}"
                    yield Finding("vlan-interface-twice", spot.under("vlan"), what, "keep one of them")


def _carried(device: Device, interface: Interface, spot: Spot) -> Iterator[Finding]:
    rule = MODE_RULES[interface.mode]
    named = f"{interface.name} of {device.name}"
    if rule.vlan and interface.vlan is None:
        what = f"{named} is of mode {interface.mode} and has no VLAN"
        yield Finding("interface-without-vlan", spot, what, "add `vlan: ...`")
    if not rule.vlan and interface.vlan is not None:
        what = f"{named} is of mode {interface.mode} and has a VLAN"
        yield Finding("interface-with-vlan", spot.under("vlan"), what, "remove `vlan`, or correct the mode")
    if not rule.addresses and interface.addresses:
        what = f"{named} is of mode {interface.mode} and has addresses"
        fix = "remove them, or correct the mode"
        yield Finding("interface-with-addresses", spot.under("addresses"), what, fix)
    if interface.mode is InterfaceMode.VLAN and not interface.addresses:
        what = f"{named} is in VLAN {interface.vlan} and has no address"
        yield Finding("interface-without-address", spot, what, ALLOCATE)
    if interface.mode is InterfaceMode.LOOPBACK:
        yield from _loopback(device, interface, spot)
    else:
        yield from _lengths(interface, named, spot)
    if interface.gateway is not None:
        yield from _gateway(interface, named, spot)


def _loopback(device: Device, interface: Interface, spot: Spot) -> Iterator[Finding]:
    for number, address in enumerate(interface.addresses):
        if address.network.prefixlen != address.max_prefixlen:
            what = f"the loopback address {address} of {device.name} is not one address"
            fix = f"write {address.ip}/{address.max_prefixlen}"
            yield Finding("loopback-length", spot.under("addresses", number), what, fix)
    if device.role in ROUTERS:
        for family, kind in (("IPv4", IPv4Interface), ("IPv6", IPv6Interface)):
            has = any(isinstance(address, kind) for address in interface.addresses)
            if not has and not (family == "IPv4" and interface.name == device.management):
                what = f"the loopback {interface.name} of {device.name} has no {family} address"
                yield Finding("loopback-family", spot, what, ALLOCATE)


def _lengths(interface: Interface, named: str, spot: Spot) -> Iterator[Finding]:
    for number, address in enumerate(interface.addresses):
        if address.network.prefixlen == address.max_prefixlen:
            what = f"the address {address.ip} on {named} has no prefix length"
            length = _USUAL_LENGTHS[interface.mode is InterfaceMode.ROUTED, address.version]
            fix = f"write its subnet's, such as {address.ip}/{length}"
            yield Finding("address-without-length", spot.under("addresses", number), what, fix)


def _gateway(interface: Interface, named: str, spot: Spot) -> Iterator[Finding]:
    gateway = interface.gateway
    subnets = [address.network for address in interface.addresses if isinstance(address, IPv4Interface)]
    if gateway is not None and not any(gateway in subnet for subnet in subnets):
        what = f"the gateway {gateway} of {named} is not on its subnet"
        fix = f"write an address of {subnets[0]}" if subnets else "give the interface an IPv4 address first"
        yield Finding("gateway-off-subnet", spot.under("gateway"), what, fix)


def gateways(draft: Draft) -> Iterator[Finding]:
    """A switch's management has a gateway, and a gateway is an address that another device has."""
    have: dict[str, str] = {}
    for device in draft.devices:
        for interface in device.interfaces:
            for address in interface.addresses:
                have.setdefault(str(address.ip), device.name)
    for index, device in enumerate(draft.devices):
        for place, interface in enumerate(device.interfaces):
            spot = Spot("devices", index, ("interfaces", place))
            if interface.gateway is None:
                if device.role is Role.ACCESS_SWITCH and interface.name == device.management:
                    what = f"the management interface of the switch {device.name} has no gateway"
                    fix = (
                        ALLOCATE
                        if _router_in(draft, device, interface)
                        else "give its router an interface in that VLAN"
                    )
                    yield Finding("switch-without-gateway", spot, what, fix)
            elif have.get(str(interface.gateway), device.name) == device.name and draft.whole("devices"):
                what = f"no other device has {interface.gateway}, the gateway of {interface.name} of {device.name}"
                yield Finding("gateway-of-nobody", spot.under("gateway"), what, "write its router's address")


def _may_be_given(interface: Interface) -> bool:
    return interface.mode is InterfaceMode.LOOPBACK or (
        interface.mode is InterfaceMode.VLAN and not interface.addresses
    )


def _router_in(draft: Draft, switch: Device, port: Interface) -> bool:
    return any(
        device.role in ROUTERS
        and device.site == switch.site
        and (interface.mode, interface.vlan) == (port.mode, port.vlan)
        for device in draft.devices
        for interface in device.interfaces
    )


def _place(device: Device, name: str) -> int | None:
    return next((place for place, interface in enumerate(device.interfaces) if interface.name == name), None)


def _names(device: Device) -> str:
    return "it has " + (", ".join(interface.name for interface in device.interfaces) or "none")
