"""BGP sessions and static routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from inventory.checks.names import unknown
from inventory.checks.world import is_reserved
from inventory.draft import Draft, Finding, Spot
from inventory.model import Address, BgpNeighbour, Device, Network, Role, Route


def bgp(draft: Draft) -> Iterator[Finding]:
    """Each session leads to an address that can be there, by an ASN that can be its own."""
    owners = _owners(draft)
    for index, device in enumerate(draft.devices):
        seen: set[Address] = set()
        for place, neighbour in enumerate(device.bgp):
            spot = partial(_spot, index, "bgp", place)
            if neighbour.address in seen:
                what = f"{device.name} has two BGP sessions with {neighbour.address}"
                yield Finding("duplicate-neighbour", spot("address"), what, "remove one")
            seen.add(neighbour.address)
            if is_reserved(neighbour.asn):
                what = f"AS {neighbour.asn} of the neighbour {neighbour.address} is reserved"
                yield Finding("reserved-neighbour-asn", spot("asn"), what, "write the neighbour's own")
            yield from _reached(draft, device, neighbour, owners, spot("address"))
            yield from _asn(draft, device, neighbour, spot("asn"))


def _reached(
    draft: Draft, device: Device, neighbour: BgpNeighbour, owners: Mapping[Address, str], spot: Spot
) -> Iterator[Finding]:
    owner = owners.get(neighbour.address)
    session = f"the {neighbour.kind} BGP neighbour {neighbour.address} of {device.name}"
    if owner == device.name:
        yield Finding("neighbour-is-self", spot, f"{session} is its own address", "write the other end's")
    elif neighbour.kind == "upstream" and _connected(device, neighbour.address) is None:
        fix = "write the address of the far end of one of its links"
        yield Finding("neighbour-off-link", spot, f"{session} is on none of its subnets", fix)
    elif neighbour.kind == "internal" and owner is None and draft.whole("devices"):
        yield Finding("neighbour-of-nobody", spot, f"no device has {session}", "write a loopback address of a core")
    elif neighbour.kind == "internal" and owner is not None:
        yield from _mutual(draft, device, draft.device[owner], session, spot)


def _mutual(draft: Draft, device: Device, other: Device, session: str, spot: Spot) -> Iterator[Finding]:
    ours = {address.ip for interface in device.interfaces for address in interface.addresses}
    if not any(back.address in ours for back in other.bgp):
        what = f"{session} is {other.name}, which has no session back"
        yield Finding("one-sided-neighbour", spot, what, f"add it to {other.name}")


def _asn(draft: Draft, device: Device, neighbour: BgpNeighbour, spot: Spot) -> Iterator[Finding]:
    if draft.world is None:
        return
    ours = draft.world.asn
    inside = device.role is not Role.UPSTREAM
    named = f"the {neighbour.kind} neighbour {neighbour.address} of {device.name}"
    if neighbour.kind == "internal" and neighbour.asn != ours:
        yield Finding("internal-asn", spot, f"{named} has AS {neighbour.asn}", f"write {ours}, the world's own")
    elif neighbour.kind == "upstream" and inside and neighbour.asn == ours:
        what = f"{named} has our own AS {ours}"
        yield Finding("upstream-asn", spot, what, "write the upstream's, or `kind: internal`")
    elif neighbour.kind == "upstream" and not inside and neighbour.asn != ours:
        yield Finding("our-asn", spot, f"{named} has AS {neighbour.asn}", f"write {ours}, the world's own")


def routes(draft: Draft) -> Iterator[Finding]:
    """A static route leads to a next hop on a subnet of the device, for a prefix of the institution behind it."""
    for index, device in enumerate(draft.devices):
        seen: set[Network] = set()
        for place, route in enumerate(device.routes):
            spot = partial(_spot, index, "routes", place)
            if route.prefix in seen:
                what = f"{device.name} has two static routes for {route.prefix}"
                yield Finding("duplicate-route", spot("prefix"), what, "remove one")
            seen.add(route.prefix)
            yield from _next_hop(device, route, spot("via"))
            yield from _behind(draft, device, route, spot())


def _next_hop(device: Device, route: Route, spot: Spot) -> Iterator[Finding]:
    named = f"the route of {device.name} for {route.prefix}"
    if route.via.version != route.prefix.version:
        yield Finding(
            "route-families", spot, f"{named} is via {route.via}", f"write an IPv{route.prefix.version} address"
        )
        return
    subnet = _connected(device, route.via)
    if subnet is None:
        fix = "write a next hop on one of its subnets"
        yield Finding("route-off-subnet", spot, f"{named} is via {route.via}, on none of its subnets", fix)
    elif any(route.via == address.ip for interface in device.interfaces for address in interface.addresses):
        yield Finding("route-via-self", spot, f"{named} is via its own address {route.via}", "write the next hop's")


def _behind(draft: Draft, device: Device, route: Route, spot: Spot) -> Iterator[Finding]:
    name = route.institution
    if name is None:
        return
    if name not in draft.institution:
        yield from unknown(draft, "institutions", name, spot.under("institution"), "route-of-unknown")
        return
    index = draft.blocks.around(route.prefix.network_address, route.prefix.prefixlen)
    owner = draft.prefixes[index].institution if index is not None else None
    if owner != name and draft.whole("prefixes"):
        what = f"the route of {device.name} for {route.prefix} is {name}'s, and the prefix is not"
        fix = f"write a prefix of {name}" if owner is None else f"it belongs to {owner}: write a prefix of {name}"
        yield Finding("route-not-own", spot.under("prefix"), what, fix)


def _owners(draft: Draft) -> dict[Address, str]:
    return {
        address.ip: device.name
        for device in reversed(draft.devices)
        for interface in device.interfaces
        for address in interface.addresses
    }


def _connected(device: Device, address: Address) -> Network | None:
    """The subnet of the device that the address is on."""
    for interface in device.interfaces:
        for own in interface.addresses:
            if own.version == address.version and address in own.network:
                return own.network
    return None


def _spot(index: int, section: str, place: int, *steps: str) -> Spot:
    return Spot("devices", index, (section, place, *steps))
