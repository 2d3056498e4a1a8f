"""What the inventory says of one device, asked by name: links by interface, institutions by VLAN, areas."""

from __future__ import annotations

from ipaddress import IPv4Address

from inventory.model import Device, Interface, InterfaceMode, Inventory, Link, LinkKind, Network

BACKBONE_AREA = IPv4Address("0.0.0.0")


def link_of(inventory: Inventory, device: Device, interface: Interface) -> Link | None:
    """The link that ends on this interface."""
    for link in inventory.links_of[device.name]:
        if any(end.device == device.name and end.interface == interface.name for end in link.ends):
            return link
    return None


def backbone(inventory: Inventory, device: Device) -> tuple[tuple[Interface, Link], ...]:
    """The device's ends of backbone links, in the order of its interfaces."""
    return _ends(inventory, device, LinkKind.BACKBONE)


def upstream(inventory: Inventory, device: Device) -> tuple[Interface, ...]:
    return tuple(interface for interface, _ in _ends(inventory, device, LinkKind.UPSTREAM))


def _ends(inventory: Inventory, device: Device, kind: LinkKind) -> tuple[tuple[Interface, Link], ...]:
    found = ((interface, link_of(inventory, device, interface)) for interface in device.interfaces)
    return tuple((interface, link) for interface, link in found if link and link.kind is kind)


def home_area(inventory: Inventory, device: Device) -> IPv4Address:
    """The OSPF area of the device's loopback and management VLANs: the lowest of its links', so an area border router's
    is the backbone."""
    return min((link.area for _, link in backbone(inventory, device) if link.area is not None), default=BACKBONE_AREA)


def institution_of(inventory: Inventory, device: Device, interface: Interface) -> str | None:
    """The institution whose VLAN the interface is in; None of a management VLAN and of what is in no VLAN."""
    for vlan in inventory.vlans_of[device.site]:
        if vlan.id == interface.vlan:
            return vlan.institution
    return None


def of_mode(device: Device, mode: InterfaceMode) -> tuple[Interface, ...]:
    return tuple(interface for interface in device.interfaces if interface.mode is mode)


def management(inventory: Inventory, device: Device, mode: InterfaceMode) -> tuple[Interface, ...]:
    """The device's interfaces of this mode that belong to no institution: its own VLANs, the jump host's ports."""
    return tuple(each for each in of_mode(device, mode) if institution_of(inventory, device, each) is None)


def tenant(inventory: Inventory, device: Device, mode: InterfaceMode) -> tuple[tuple[Interface, str], ...]:
    """The device's interfaces of this mode that belong to an institution, with its name."""
    owners = ((each, institution_of(inventory, device, each)) for each in of_mode(device, mode))
    return tuple((interface, name) for interface, name in owners if name is not None)


def own_prefixes(inventory: Inventory, institution: str, version: int) -> tuple[Network, ...]:
    """An institution's own prefixes of one address family, in rising order."""
    found = (block.prefix for block in inventory.prefixes if block.institution == institution)
    mine = (prefix for prefix in found if prefix.version == version)
    return tuple(sorted(mine, key=lambda prefix: (int(prefix.network_address), prefix.prefixlen)))
