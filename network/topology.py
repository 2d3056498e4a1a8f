"""The intended network as a graph: what LLDP confirms of it, and what fails with what.

Reach is counted over intended cables from the core routers of the data centres (from the jump host in a world that
has none), never through an upstream's network. One dominator tree over devices and links together gives every single
point of failure: what lies below a node of the tree is cut off when that node fails (Lengauer and Tarjan, 1979).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Literal

import networkx as nx

from inventory.model import Inventory, Link, LinkEnd, Platform, Record, Role, SiteKind

Sighting = tuple[str, str, str, str]
"""(device, interface, remote device, remote interface): what one device sees over LLDP (IEEE 802.1AB)."""

_Node = tuple[Literal["root", "device", "link"], str]
_ROOT: _Node = ("root", "")


class LinkState(StrEnum):
    MATCHING = "matching"
    """Both ends see each other, as intended."""
    ONE_SIDE = "one-side"
    """One end sees the other; the other end does not see it, or was not read."""
    MISSING = "missing"
    """Intended, read at one end at least, and seen by nobody."""
    UNEXPECTED = "unexpected"
    """Seen, and not intended."""
    UNKNOWN = "unknown"
    """Seen by nobody, and nothing follows: no end was read, or one end is no router or switch of ours."""


class LinkFinding(Record):
    """One cable, intended or seen. Ends read `device:interface`."""

    link: str
    """The intended link's name; empty for an unexpected one."""
    a: str
    b: str
    state: LinkState
    read: tuple[str, ...] = ()
    """The devices at its ends whose LLDP neighbours were read."""
    seen_from: tuple[str, ...] = ()
    """Of those, the ones that see the other end."""
    difference: bool
    """False where all that we could read agrees with the intent."""


class PointOfFailure(Record):
    """A device or link whose loss alone cuts something else off."""

    kind: Literal["device", "link"]
    name: str
    devices: tuple[str, ...]
    """Cut off with it, itself left out; by name."""
    institutions: tuple[str, ...]


class SiteReach(Record):
    """How a district's router hangs on the data centres."""

    site: str
    second_path: bool
    """No single link cuts it off."""
    hangs_on: tuple[str, ...]
    """Devices and links that each cut it off alone, nearest the data centre first."""


class Blast(Record):
    """What a set of failed devices and links takes with it, the failed devices themselves included."""

    devices: tuple[str, ...]
    institutions: tuple[str, ...]


def speakers(inventory: Inventory) -> frozenset[str]:
    """The devices that keep a table of LLDP neighbours: our routers and switches. A server answers without one."""
    return frozenset(device.name for device in inventory.managed if device.platform is not Platform.DEBIAN)


def compare(inventory: Inventory, read: Collection[str], sightings: Iterable[Sighting]) -> tuple[LinkFinding, ...]:
    """Intended links beside LLDP: intended ones in the inventory's order, then the unexpected ones by name.

    `read` names the devices whose neighbour table was read, an empty table included: what was not read proves nothing.
    A remote device may be named with the world's domain. Whoever is not one of `speakers` proves nothing.
    """
    seen = {_canonical(sighting, inventory.world.domain) for sighting in sightings}
    ours = speakers(inventory)
    intended = tuple(_intended(link, ours, ours.intersection(read), seen) for link in inventory.links)
    known = {pair for link in inventory.links for pair in _both_ways(link.a, link.b)}
    return intended + tuple(_unexpected(ours.intersection(read), seen - known))


def single_points(inventory: Inventory) -> tuple[PointOfFailure, ...]:
    """Every device and link that cuts off a device or institution alone; the most institutions first, then by name."""
    below = _behind(inventory)
    points = [
        PointOfFailure(
            kind=kind,
            name=name,
            devices=tuple(sorted(set(devices) - {name})),
            institutions=_institutions(inventory, {*devices, name} if kind == "device" else set(devices)),
        )
        for (kind, name), devices in below.items()
        if kind != "root"
    ]
    worth = [point for point in points if point.devices or point.institutions]
    return tuple(sorted(worth, key=lambda point: (-len(point.institutions), -len(point.devices), point.name)))


def reach(inventory: Inventory) -> tuple[SiteReach, ...]:
    """One for each district that has a router and some path, in the inventory's order of sites."""
    above = _dominators(inventory)
    routers = {device.site: device.name for device in inventory.devices if device.role is Role.DISTRICT_ROUTER}
    found = []
    for site in inventory.sites:
        node: _Node = ("device", routers.get(site.name, ""))
        if site.kind is not SiteKind.DISTRICT or node not in above:
            continue
        chain = list(_chain(above, node))
        found.append(
            SiteReach(
                site=site.name,
                second_path=all(kind != "link" for kind, _ in chain),
                hangs_on=tuple(name for _, name in reversed(chain)),
            )
        )
    return tuple(found)


def way_in(inventory: Inventory) -> tuple[str, ...]:
    """Devices and links that each cut the jump host off alone, nearest the core first; empty where it has no path."""
    above = _dominators(inventory)
    node: _Node = ("device", inventory.world.jump_host)
    return tuple(name for _, name in reversed(list(_chain(above, node)))) if node in above else ()


def without_path(inventory: Inventory) -> tuple[str, ...]:
    """Devices that no intended path reaches even when all is well, by name; upstreams are not counted."""
    reached = _dominators(inventory)
    return tuple(
        sorted(
            device.name
            for device in inventory.devices
            if device.role is not Role.UPSTREAM and ("device", device.name) not in reached
        )
    )


def blast(inventory: Inventory, failed: Collection[str]) -> Blast:
    """What is cut off when these devices and links fail together. Raises KeyError for a name that is neither."""
    for name in failed:
        if name not in inventory.device and name not in inventory.link:
            raise KeyError(f"{name} is neither a device nor a link")
    graph = _graph(inventory)
    before = _reached(graph)
    graph.remove_nodes_from([node for node in graph if node[1] in failed and node != _ROOT])
    lost = before - _reached(graph)
    devices = {name for kind, name in lost if kind == "device"}
    return Blast(devices=tuple(sorted(devices)), institutions=_institutions(inventory, devices))


def _canonical(sighting: Sighting, domain: str) -> tuple[str, str]:
    device, interface, remote_device, remote_interface = sighting
    return f"{device}:{interface}", f"{remote_device.removesuffix('.' + domain)}:{remote_interface}"


def _both_ways(a: LinkEnd, b: LinkEnd) -> tuple[tuple[str, str], tuple[str, str]]:
    return (str(a), str(b)), (str(b), str(a))


def _intended(link: Link, ours: frozenset[str], read: frozenset[str], seen: set[tuple[str, str]]) -> LinkFinding:
    readers = tuple(end.device for end in link.ends if end.device in read)
    witnesses = tuple(
        near.device
        for near, far in ((link.a, link.b), (link.b, link.a))
        if near.device in read and (str(near), str(far)) in seen
    )
    state = _state(len(witnesses), len(readers), both_ours=all(end.device in ours for end in link.ends))
    return LinkFinding(
        link=link.name,
        a=str(link.a),
        b=str(link.b),
        state=state,
        read=readers,
        seen_from=witnesses,
        difference=state is LinkState.MISSING or (state is LinkState.ONE_SIDE and set(witnesses) < set(readers)),
    )


def _state(witnesses: int, readers: int, *, both_ours: bool) -> LinkState:
    if witnesses == 2:
        return LinkState.MATCHING
    if witnesses == 1:
        return LinkState.ONE_SIDE
    return LinkState.MISSING if readers and both_ours else LinkState.UNKNOWN


def _unexpected(read: frozenset[str], strange: set[tuple[str, str]]) -> Iterator[LinkFinding]:
    for a, b in sorted({(min(pair), max(pair)) for pair in strange}):
        yield LinkFinding(
            link="",
            a=a,
            b=b,
            state=LinkState.UNEXPECTED,
            read=tuple(name for name in (_device(a), _device(b)) if name in read),
            seen_from=tuple(_device(near) for near, far in ((a, b), (b, a)) if (near, far) in strange),
            difference=True,
        )


def _device(end: str) -> str:
    return end.partition(":")[0]


def _graph(inventory: Inventory) -> nx.DiGraph[_Node]:
    """Devices and links as nodes, each cable as two arcs through its link's node; the root reaches every core."""
    graph: nx.DiGraph[_Node] = nx.DiGraph()
    graph.add_node(_ROOT)
    ours = {device.name for device in inventory.devices if device.role is not Role.UPSTREAM}
    graph.add_nodes_from(("device", name) for name in sorted(ours))
    for link in inventory.links:
        if all(end.device in ours for end in link.ends):
            for end in link.ends:
                graph.add_edge(("device", end.device), ("link", link.name))
                graph.add_edge(("link", link.name), ("device", end.device))
    cores = [device.name for device in inventory.devices if device.role is Role.CORE]
    graph.add_edges_from((_ROOT, ("device", name)) for name in cores or [inventory.world.jump_host])
    return graph


def _reached(graph: nx.DiGraph[_Node]) -> set[_Node]:
    return set(nx.descendants(graph, _ROOT))


def _dominators(inventory: Inventory) -> dict[_Node, _Node]:
    """Each reached device and link to the nearest node that every path to it passes."""
    above = nx.immediate_dominators(_graph(inventory), _ROOT)
    return {node: parent for node, parent in above.items() if node != _ROOT and parent is not None}


def _chain(above: dict[_Node, _Node], node: _Node) -> Iterator[_Node]:
    """What stands over a node, nearest first, the root left out."""
    while (node := above[node]) != _ROOT:
        yield node


def _behind(inventory: Inventory) -> dict[_Node, list[str]]:
    """Each node that dominates something to the devices below it."""
    above = _dominators(inventory)
    below: dict[_Node, list[str]] = {node: [] for node in sorted(above)}
    for node in sorted(above):
        if node[0] == "device":
            for parent in _chain(above, node):
                below[parent].append(node[1])
    return below


def _institutions(inventory: Inventory, devices: Collection[str]) -> tuple[str, ...]:
    """The institutions plugged in to these devices, by name."""
    return tuple(
        sorted(one.name for one in inventory.institutions if one.port is not None and one.port.device in devices)
    )
