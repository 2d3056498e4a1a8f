"""A world made up for measuring: routers in a grid, in one OSPF area, wired like the backbone of the demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from itertools import count
from pathlib import Path

from inventory.load import load
from inventory.model import Device, Interface, InterfaceMode, Inventory, Link, LinkEnd, LinkKind, Platform, Role

DEMO = Path(__file__).parents[1] / "inventory" / "demo"
AREA = IPv4Address("0.0.0.0")
LOOPBACK4, LOOPBACK6 = IPv4Address("10.255.0.1"), IPv6Address("fd47:4f56:5401:ff00::1")
LINK4, LINK6 = IPv4Address("10.254.0.0"), IPv6Address("fd47:4f56:5401:fe00::")


def name(column: int, row: int) -> str:
    return f"r-{column}-{row}"


def pairs(columns: int, rows: int) -> Iterator[tuple[str, str]]:
    """Each router with its right and its lower neighbour."""
    for column in range(columns):
        for row in range(rows):
            if column + 1 < columns:
                yield name(column, row), name(column + 1, row)
            if row + 1 < rows:
                yield name(column, row), name(column, row + 1)


def grid(columns: int, rows: int) -> Inventory:
    """World, site and secrets are the demonstration's. The jump host is wired to the first router."""
    demo = load(DEMO)
    core, jump = demo.device["core-1"], demo.device[demo.world.jump_host]
    names = [name(column, row) for column in range(columns) for row in range(rows)]
    ports = {router: [_loopback(place)] for place, router in enumerate(names)}
    ends = [*pairs(columns, rows), (names[0], jump.name)]
    ports[jump.name] = []
    links = tuple(_link(ports, a, b, number) for number, (a, b) in zip(count(step=2), ends, strict=False))
    routers = tuple(
        Device(
            name=router,
            site=core.site,
            role=Role.CORE,
            platform=Platform.FRR,
            management="lo",
            interfaces=tuple(ports[router]),
        )
        for router in names
    )
    way_in = ports[names[0]][-1].addresses[0].ip
    port = ports[jump.name][0].model_copy(update={"gateway": way_in})
    seat = jump.model_copy(update={"management": port.name, "interfaces": (port,)})
    return Inventory(
        world=demo.world,
        sites=tuple(site for site in demo.sites if site.name == core.site),
        devices=(*routers, seat),
        links=links,
        secrets=demo.secrets,
    )


def _loopback(place: int) -> Interface:
    addresses = (IPv4Interface(LOOPBACK4 + place), IPv6Interface(LOOPBACK6 + place))
    return Interface(name="lo", mode=InterfaceMode.LOOPBACK, addresses=addresses)


def _link(ports: dict[str, list[Interface]], a: str, b: str, number: int) -> Link:
    return Link(
        name=f"{a}--{b}",
        kind=LinkKind.BACKBONE,
        a=_end(ports, a, number),
        b=_end(ports, b, number + 1),
        area=AREA,
        auth_secret="ospf-backbone",
    )


def _end(ports: dict[str, list[Interface]], router: str, number: int) -> LinkEnd:
    """One more port on the router, with the link's address of that number."""
    port = f"eth{len(ports[router]) or 1}"
    addresses = (IPv4Interface((LINK4 + number, 31)), IPv6Interface((LINK6 + number, 127)))
    ports[router].append(Interface(name=port, mode=InterfaceMode.ROUTED, addresses=addresses))
    return LinkEnd(device=router, interface=port)
