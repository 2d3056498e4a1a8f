"""Where a device stands: hops from the jump host, and whom it must have for neighbours."""

from __future__ import annotations

from ipaddress import IPv4Address

from inventory.model import Address, Device, Interface, Inventory, LinkKind, Record


class ExpectedOspf(Record):
    """A full adjacency that a device must have, over which of its interfaces."""

    interface: str
    router_id: IPv4Address
    device: str


class ExpectedBgp(Record):
    address: Address
    asn: int
    title: str


class ExpectedNeighbours(Record):
    """Both OSPFs have the same ones, where the interface has an address of the family."""

    ospf: tuple[ExpectedOspf, ...] = ()
    ospf6: tuple[ExpectedOspf, ...] = ()
    bgp: tuple[ExpectedBgp, ...] = ()


def router_id(device: Device) -> IPv4Address:
    """The router's own 32-bit name: its management address, which a router has on its loopback."""
    return device.management_address


def has_ipv6(interface: Interface) -> bool:
    return any(address.version == 6 for address in interface.addresses)


def distances(inventory: Inventory) -> dict[str, int]:
    """Device name to its hops over links from the jump host (0). A device that no path reaches is left out.

    No path leads through a box that is not ours: an upstream's router carries no management.
    """
    found = {inventory.world.jump_host: 0}
    edge = [inventory.world.jump_host]
    while edge:
        following: list[str] = []
        for name in edge:
            if found[name] and not inventory.device[name].managed:
                continue
            for link in inventory.links_of[name]:
                for end in link.ends:
                    if end.device not in found:
                        found[end.device] = found[name] + 1
                        following.append(end.device)
        edge = following
    return found


def neighbours_expected(inventory: Inventory, device: Device) -> ExpectedNeighbours:
    """Whom the intended configuration must bring up as neighbours; empty of a switch."""
    ospf: list[ExpectedOspf] = []
    ospf6: list[ExpectedOspf] = []
    for link in inventory.links_of[device.name]:
        if link.kind is not LinkKind.BACKBONE:
            continue
        here, there = link.ends if link.a.device == device.name else (link.b, link.a)
        far = inventory.device[there.device]
        expected = ExpectedOspf(interface=here.interface, router_id=router_id(far), device=far.name)
        ospf.append(expected)
        if has_ipv6(device.interface(here.interface)) and has_ipv6(far.interface(there.interface)):
            ospf6.append(expected)
    bgp = tuple(ExpectedBgp(address=peer.address, asn=peer.asn, title=peer.title) for peer in device.bgp)
    return ExpectedNeighbours(ospf=tuple(ospf), ospf6=tuple(ospf6), bgp=bgp)
