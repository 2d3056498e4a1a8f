"""The part `interfaces`: ports, the bridge and VLANs for ifupdown2 3.0 with its Open vSwitch addons.

On a router every address is FRR's, and `address-purge no` keeps ifreload from stripping it. On a switch the management
address and the default route stand here. The bridge is Open vSwitch in user space, which runs on every kernel; its type
is given in the same transaction that makes it (`ovs-vsctl -- add-br -- set bridge`), since it cannot change later.
"""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model import Device, Interface, InterfaceMode, Inventory, Platform
from network.interfaces_text import Stanza, text
from network.render import names

BRIDGE = "br0"
FOREIGN = "address-purge no"
"""Addresses that ifupdown2 did not set stay."""


def skeleton(inventory: Inventory, device: Device) -> tuple[Stanza, ...]:
    """Loopback, ports of infrastructure links, the bridge with its trunks and management VLANs."""
    trunks = names.of_mode(device, InterfaceMode.TRUNK)
    ports = names.management(inventory, device, InterfaceMode.ACCESS)
    vlans = names.management(inventory, device, InterfaceMode.VLAN)
    return (
        Stanza("lo", "inet loopback", (FOREIGN,)),
        *(_routed(interface) for interface, _ in names.backbone(inventory, device)),
        *_bridge((*trunks, *ports, *vlans)),
        *(_trunk(inventory, device, port) for port in trunks),
        *(_access(port) for port in ports),
        *(_vlan(device, vlan) for vlan in vlans),
    )


def tenants(inventory: Inventory, device: Device) -> tuple[Stanza, ...]:
    """Upstream ports, and what the institutions are plugged in to."""
    ports = [interface for interface, _ in names.tenant(inventory, device, InterfaceMode.ACCESS)]
    vlans = [interface for interface, _ in names.tenant(inventory, device, InterfaceMode.VLAN)]
    return (
        *(_routed(port) for port in names.upstream(inventory, device)),
        *_bridge((*ports, *vlans)),
        *(_access(port) for port in ports),
        *(_vlan(device, vlan) for vlan in vlans),
    )


def plain(device: Device) -> str:
    """Every routed port up and nothing else: for a router that is not ours."""
    ports = names.of_mode(device, InterfaceMode.ROUTED)
    return text((Stanza("lo", "inet loopback", (FOREIGN,)), *(_routed(port) for port in ports)))


def _routed(port: Interface) -> Stanza:
    return Stanza(port.name, "inet manual", (FOREIGN,), port.description)


def _bridge(ports: tuple[Interface, ...]) -> Iterator[Stanza]:
    """The bridge; one line a port, so that one more port is one more line."""
    if ports:
        kind = ("ovs-type OVSBridge", f"ovs-extra set bridge {BRIDGE} datapath_type=netdev")
        yield Stanza(BRIDGE, "inet manual", (*kind, *(f"ovs-ports {port.name}" for port in ports)))


def _member(port: Interface, kind: str, options: str, method: str, rest: tuple[str, ...]) -> Stanza:
    lines = (f"ovs-type {kind}", f"ovs-bridge {BRIDGE}", f"ovs-options {options}", *rest)
    return Stanza(port.name, method, lines, port.description)


def _trunk(inventory: Inventory, device: Device, port: Interface) -> Stanza:
    """A trunk carries every VLAN of its site and no other."""
    vlans = ",".join(str(vlan.id) for vlan in inventory.vlans_of[device.site])
    return _member(port, "OVSPort", f"trunks={vlans}", "inet manual", ())


def _access(port: Interface) -> Stanza:
    return _member(port, "OVSPort", f"tag={port.vlan}", "inet manual", ())


def _vlan(device: Device, vlan: Interface) -> Stanza:
    """An internal port: a router's gateway, whose addresses are FRR's, or a switch's own address."""
    options = f"tag={vlan.vlan}"
    if device.platform is Platform.FRR:
        return _member(vlan, "OVSIntPort", options, "inet manual", (FOREIGN,))
    addresses = tuple(f"address {address}" for address in vlan.addresses)
    gateway = (f"gateway {vlan.gateway}",) if vlan.gateway else ()
    return _member(vlan, "OVSIntPort", options, "inet static", (*addresses, *gateway))
