"""What a world lacks and govnet may choose: prefixes, addresses, gateways. Pure; what stands is never renumbered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_interface

from inventory.checks.devices import ROUTERS
from inventory.draft import Draft
from inventory.free import Exhausted, Free, block_above
from inventory.model import (
    Device,
    Interface,
    InterfaceAddress,
    InterfaceMode,
    LinkKind,
    Network,
    Prefix,
    Role,
    Vlan,
)

Port = tuple[str, str]
"""(device, interface)."""
_VERSIONS = (4, 6)


@dataclass(frozen=True)
class Wanted:
    prefixes: tuple[Prefix, ...]
    """Blocks of VLANs whose owner has none to spare."""
    addresses: Mapping[Port, tuple[InterfaceAddress, ...]]
    gateways: Mapping[Port, IPv4Address]


def wanted(draft: Draft) -> Wanted:
    """Everything that is left out. Raises Exhausted."""
    free = Free(draft)
    found = _by_port((*_loopbacks(draft, free), *_links(draft, free)))
    prefixes: list[Prefix] = []
    for vlan in draft.vlans:
        bare = [each for each in _inside(draft, vlan) if not each[1].addresses]
        if bare:
            subnets, new = _subnets(draft, vlan)
            given = _by_port(_of_vlan(bare, subnets, free))
            prefixes += new
            found |= given
            devices = tuple(with_wanted(device, Wanted((), given, {})) for device in draft.devices)
            draft = replace(draft, prefixes=(*draft.prefixes, *new), devices=devices)
    return Wanted(tuple(prefixes), found, dict(_gateways(draft)))


def _by_port(found: Iterable[tuple[Port, InterfaceAddress]]) -> dict[Port, tuple[InterfaceAddress, ...]]:
    addresses: dict[Port, tuple[InterfaceAddress, ...]] = {}
    for port, address in found:
        addresses[port] = (*addresses.get(port, ()), address)
    return addresses


def with_wanted(device: Device, given: Wanted) -> Device:
    """The device as it is with all that it was given."""

    def filled(interface: Interface) -> Interface:
        port = (device.name, interface.name)
        addresses = (*interface.addresses, *given.addresses.get(port, ()))
        gateway = given.gateways.get(port, interface.gateway)
        return interface.model_copy(update={"addresses": addresses, "gateway": gateway})

    return device.model_copy(update={"interfaces": tuple(map(filled, device.interfaces))})


def _loopbacks(draft: Draft, free: Free) -> Iterator[tuple[Port, InterfaceAddress]]:
    for device in draft.devices:
        for interface in device.interfaces:
            if device.role in ROUTERS and interface.mode is InterfaceMode.LOOPBACK:
                for version in _VERSIONS:
                    if not _networks(interface, version):
                        yield (device.name, interface.name), ip_interface(str(free.loopback(version)))


def _links(draft: Draft, free: Free) -> Iterator[tuple[Port, InterfaceAddress]]:
    for link in draft.links:
        if link.kind is LinkKind.BACKBONE:
            ports = ((link.a.device, link.a.interface), (link.b.device, link.b.interface))
            yield from _of_link(draft, ports, free)


def _of_link(draft: Draft, ports: tuple[Port, Port], free: Free) -> Iterator[tuple[Port, InterfaceAddress]]:
    for version in _VERSIONS:
        near, far = (_networks(draft.interface[port], version) for port in ports)
        if not near and not far:
            length = 31 if version == 4 else 127
            for port, address in zip(ports, free.pair(version), strict=True):
                yield port, ip_interface(f"{address}/{length}")
        elif not near or not far:
            subnet = (near or far)[0]
            yield ports[1] if near else ports[0], ip_interface(f"{free.beside(subnet)}/{subnet.prefixlen}")


def _networks(interface: Interface, version: int) -> list[Network]:
    return [address.network for address in interface.addresses if address.version == version]


def _inside(draft: Draft, vlan: Vlan) -> list[tuple[Device, Interface]]:
    """The interfaces with an address in that VLAN; routers first, so that they have its first addresses."""
    found = [
        (device, interface)
        for device in draft.devices
        for interface in device.interfaces
        if device.site == vlan.site and interface.mode is InterfaceMode.VLAN and interface.vlan == vlan.id
    ]
    return sorted(found, key=lambda each: each[0].role not in ROUTERS)


def _standing(draft: Draft, vlan: Vlan) -> Iterator[Network]:
    """The subnets in a VLAN: those of its interfaces, and of what is plugged in to its ports by an access link."""
    for _, interface in _inside(draft, vlan):
        yield from (address.network for address in interface.addresses)
    for link in draft.links:
        for near, far in (link.ends, link.ends[::-1]):
            port = draft.interface.get((near.device, near.interface))
            device = draft.device.get(near.device)
            if link.kind is LinkKind.ACCESS and port is not None and device is not None:
                plugged = draft.interface.get((far.device, far.interface))
                if device.site == vlan.site and port.vlan == vlan.id and plugged is not None:
                    yield from (address.network for address in plugged.addresses)


def _subnets(draft: Draft, vlan: Vlan) -> tuple[tuple[Network, ...], tuple[Prefix, ...]]:
    """What a VLAN with bare interfaces is to use: what stands in it, else its owner's spare blocks, else new ones."""
    standing = tuple(dict.fromkeys(_standing(draft, vlan)))
    if standing:
        return standing, ()
    owned = [prefix for prefix in draft.prefixes if _owns(prefix, vlan)]
    used = {network for other in draft.vlans for network in _standing(draft, other)}
    spare = [prefix for prefix in owned if not any(network.overlaps(prefix.prefix) for network in used)]
    new = () if spare else tuple(_new(draft, vlan))
    by_version: dict[int, Network] = {}
    for prefix in (*spare, *new):
        by_version.setdefault(prefix.prefix.version, prefix.prefix)
    return tuple(by_version[version] for version in _versions(vlan) if version in by_version), new


def _versions(vlan: Vlan) -> tuple[int, ...]:
    """Boxes are managed over IPv4."""
    return _VERSIONS if vlan.institution is not None else (4,)


def _owns(prefix: Prefix, vlan: Vlan) -> bool:
    if vlan.institution is not None:
        return prefix.use == "institution" and prefix.institution == vlan.institution
    return prefix.use == "management" and prefix.site == vlan.site


def _new(draft: Draft, vlan: Vlan) -> Iterator[Prefix]:
    """A block of its own in each family that others of its kind have; IPv4 always. Raises Exhausted."""
    use = "management" if vlan.institution is None else "institution"
    announced = draft.world.aggregates if draft.world is not None and vlan.institution is not None else None
    everything = [prefix.prefix for prefix in draft.prefixes]
    for version in _versions(vlan):
        kin = [each.prefix for each in draft.prefixes if each.prefix.version == version and _alike(draft, each, vlan)]
        if kin:
            block = block_above(kin, everything, announced)
            if block is None:
                raise Exhausted(use, version)
            site = vlan.site if vlan.institution is None else None
            yield Prefix(prefix=block, use=use, site=site, institution=vlan.institution)
        elif version == 4:
            raise Exhausted(use, version)


def _alike(draft: Draft, prefix: Prefix, vlan: Vlan) -> bool:
    """Of an institution too; or of the management of a site of the same kind."""
    if vlan.institution is not None:
        return prefix.use == "institution"
    site, own = draft.site.get(prefix.site or ""), draft.site.get(vlan.site)
    return prefix.use == "management" and site is not None and own is not None and site.kind is own.kind


def _of_vlan(
    bare: Sequence[tuple[Device, Interface]], subnets: Sequence[Network], free: Free
) -> Iterator[tuple[Port, InterfaceAddress]]:
    for device, interface in bare:
        for subnet in subnets:
            if subnet.version == 4 or device.role in ROUTERS:
                address = ip_interface(f"{free.beside(subnet)}/{subnet.prefixlen}")
                yield (device.name, interface.name), address


def _gateways(draft: Draft) -> Iterator[tuple[Port, IPv4Address]]:
    """Of a switch's management that has none: the first router's address in its VLAN."""
    for vlan in draft.vlans:
        inside = _inside(draft, vlan)
        routers = [
            address.ip
            for device, interface in inside
            for address in interface.addresses
            if device.role in ROUTERS and isinstance(address.ip, IPv4Address)
        ]
        for device, interface in inside:
            if device.role is Role.ACCESS_SWITCH and interface.name == device.management and interface.gateway is None:
                yield from [((device.name, interface.name), router) for router in routers[:1]]
