"""The inventory as machines, namespaces and wires: pure, and all that the rest of the lab needs to know of a world."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Interface
from itertools import chain

from inventory.model import Device, Institution, InterfaceAddress, InterfaceMode, Inventory, Platform, Record, Role
from lab.problem import LabProblem

TAGGED = (InterfaceMode.TRUNK, InterfaceMode.ACCESS, InterfaceMode.VLAN)
"""Ports that Open vSwitch carries."""


class NotInLab(LabProblem):
    """A node or link that this lab does not have."""


class NodeKind(StrEnum):
    MACHINE = "machine"
    """Boots Debian."""
    SLOT = "slot"
    """Cables without a machine: a stack makes the machine, and takes it away."""
    NAMESPACE = "namespace"
    """A network stack alone: the jump host, an institution's equipment."""


class Node(Record):
    name: str
    kind: NodeKind
    role: str
    """The device's role, or `institution`."""
    ports: tuple[str, ...] = ()
    switched: bool = False
    """Runs Open vSwitch."""
    addresses: tuple[str, ...] = ()
    """Of a namespace: `address/length` on its one port."""
    behind: tuple[str, ...] = ()
    """Of a namespace: addresses of networks that are routed to it, on its loopback."""
    gateways: tuple[str, ...] = ()
    """Of a namespace: its default routes, one for each family of its addresses at most."""


class WireEnd(Record):
    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}:{self.port}"


class Wire(Record):
    """A virtual Ethernet pair. `name` is the link's of the inventory, or the institution's."""

    name: str
    a: WireEnd
    b: WireEnd

    @property
    def ends(self) -> tuple[WireEnd, WireEnd]:
        return (self.a, self.b)


class Plan(Record):
    """What a lab is made of, by name."""

    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]

    def node(self, name: str) -> Node:
        """Raises NotInLab with the names there are."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise NotInLab(f"the lab has no node {name}; it has {', '.join(node.name for node in self.nodes)}")

    def wire(self, name: str) -> Wire:
        """By its name or one of its ends (`dr-rungwe:eth1`). Raises NotInLab with the names there are."""
        for wire in self.wires:
            if name == wire.name or name in map(str, wire.ends):
                return wire
        raise NotInLab(f"the lab has no link {name}; it has {', '.join(wire.name for wire in self.wires)}")

    def wires_of(self, node: str) -> tuple[Wire, ...]:
        return tuple(wire for wire in self.wires if node in (wire.a.node, wire.b.node))


def is_machine(device: Device) -> bool:
    """Boxes of ours, and the upstream's router: somebody must speak BGP with us."""
    return device.platform is not Platform.NONE or device.role is Role.UPSTREAM


def _device(inventory: Inventory, device: Device) -> Node:
    ends = chain.from_iterable(link.ends for link in inventory.links_of[device.name])
    wired = {end.interface for end in ends if end.device == device.name}
    wired |= {site.port.interface for site in inventory.institutions if site.port and site.port.device == device.name}
    ports = tuple(interface.name for interface in device.interfaces if interface.name in wired)
    if is_machine(device):
        switched = any(interface.mode in TAGGED for interface in device.interfaces)
        kind = NodeKind.SLOT if device.name in inventory.machine else NodeKind.MACHINE
        return Node(name=device.name, kind=kind, role=device.role, ports=ports, switched=switched)
    own = device.interface(device.management)
    return Node(
        name=device.name,
        kind=NodeKind.NAMESPACE,
        role=device.role,
        ports=ports,
        addresses=tuple(map(str, own.addresses)),
        gateways=() if own.gateway is None else (str(own.gateway),),
    )


def _gateways(inventory: Inventory, institution: Institution, probe: IPv4Address) -> Iterator[InterfaceAddress]:
    """What the first router in the institution's VLAN has there: the address that the probe lies behind, then IPv6."""
    for device in inventory.devices:
        if device.site != institution.site:
            continue
        for interface in device.interfaces:
            if interface.mode is not InterfaceMode.VLAN or interface.vlan != institution.vlan:
                continue
            first = [address for address in interface.addresses if probe in address.network][:1]
            if first:
                yield from first
                yield from [address for address in interface.addresses if isinstance(address, IPv6Interface)][:1]
                return


def _behind(inventory: Inventory, probe: IPv4Address) -> Iterator[str]:
    """The first address of each network that a router's static route sends to this equipment."""
    for device in inventory.devices:
        for route in device.routes:
            if route.via == probe:
                first = route.prefix.network_address + 1
                yield f"{first}/{route.prefix.prefixlen}"


def _institution(inventory: Inventory, institution: Institution) -> tuple[Node, Wire] | None:
    if institution.probe is None or institution.port is None:
        return None
    gateways = tuple(_gateways(inventory, institution, institution.probe))
    if not gateways:
        return None
    host = int(institution.probe) - int(gateways[0].network.network_address)
    node = Node(
        name=institution.name,
        kind=NodeKind.NAMESPACE,
        role="institution",
        ports=("eth0",),
        # Of IPv6, which the inventory leaves to the institution, the host of the same number.
        addresses=tuple(f"{gateway.network[host]}/{gateway.network.prefixlen}" for gateway in gateways),
        behind=tuple(dict.fromkeys(_behind(inventory, institution.probe))),
        gateways=tuple(str(gateway.ip) for gateway in gateways),
    )
    port = WireEnd(node=institution.port.device, port=institution.port.interface)
    return node, Wire(name=institution.name, a=port, b=WireEnd(node=institution.name, port="eth0"))


def plan(inventory: Inventory) -> Plan:
    """Every device, every institution that has equipment to answer for it, and every link.

    Raises LabProblem where an institution and a device have one name: a node needs a name of its own.
    """
    placed = [found for site in inventory.institutions if (found := _institution(inventory, site)) is not None]
    nodes = [*(_device(inventory, device) for device in inventory.devices), *(node for node, _ in placed)]
    names = [node.name for node in nodes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LabProblem(f"a device and an institution are both called {', '.join(twice)}: rename one")
    wires = [
        Wire(
            name=link.name,
            a=WireEnd(node=link.a.device, port=link.a.interface),
            b=WireEnd(node=link.b.device, port=link.b.interface),
        )
        for link in inventory.links
    ]
    return Plan(nodes=tuple(nodes), wires=(*wires, *(wire for _, wire in placed)))
