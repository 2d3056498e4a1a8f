"""A country made up for measuring: one data centre, and as many regions and district routers as are asked for.

Unlike the grid it is a world of YAML that the checker accepts, so `govnet` itself can be measured on it. Districts have
no institution: day-0 is all that is intended of them, and a lab that has come up has nothing to plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from itertools import count
from pathlib import Path

from inventory.load import load
from inventory.model import (
    Device,
    Interface,
    InterfaceMode,
    Inventory,
    Link,
    LinkEnd,
    LinkKind,
    Platform,
    Prefix,
    Role,
    Site,
    SiteKind,
    Text,
)

DEMO = Path(__file__).parents[1] / "inventory" / "demo"
CORE, SWITCH, JUMP = "core-1", "sw-dodoma", "jump-1"
INSIDE = (None, 10)
"""VLANs of the data centre's own: none, and its management's."""
FIRST_PORT = 10
"""Of the links that are laid here: those below are the data centre's own."""
BACKBONE_AREA = IPv4Address("0.0.0.0")
LOOPBACKS = IPv4Network("10.255.0.0/16"), IPv6Network("fd47:4f56:5401:ff00::/56")
LINKS = IPv4Network("10.254.0.0/16"), IPv6Network("fd47:4f56:5401:fe00::/56")


@dataclass
class _Cables:
    """Numbers the links, and gives each end its next port."""

    ports: dict[str, list[Interface]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(step=2))

    def lay(self, a: str, b: str, area: IPv4Address, secret: str) -> None:
        number = next(self.numbers)
        self.links.append(
            Link(
                name=f"{a}--{b}",
                kind=LinkKind.BACKBONE,
                a=self._end(a, b, number),
                b=self._end(b, a, number + 1),
                area=area,
                cost=10,
                auth_secret=secret,
            )
        )

    def _end(self, router: str, far: str, number: int) -> LinkEnd:
        ports = self.ports.setdefault(router, [])
        addresses = (IPv4Interface((LINKS[0][number], 31)), IPv6Interface((LINKS[1][number], 127)))
        port = Interface(
            name=f"eth{FIRST_PORT + len(ports)}",
            mode=InterfaceMode.ROUTED,
            addresses=addresses,
            description=f"to {far}",
        )
        ports.append(port)
        return LinkEnd(device=router, interface=port.name)


def country(regions: int, districts: int) -> Inventory:
    """Regions `r1` and on, each with so many district routers on one link each (`dr-r1-1`), and itself on the core.

    World, secrets, windows and data centre are the demonstration's.
    """
    demo = load(DEMO)
    centre = demo.site[demo.device[JUMP].site]
    areas = tuple(_region(number) for number in range(1, regions + 1))
    homes = [(f"dr-{area.name}-{number}", area) for area in areas for number in range(1, districts + 1)]
    cables = _Cables()
    for area in areas:
        cables.lay(CORE, f"rr-{area.name}", BACKBONE_AREA, "ospf-backbone")
    for name, area in homes:
        cables.lay(f"rr-{area.name}", name, area.ospf_area or BACKBONE_AREA, "ospf-mbeya")
    places = [(f"rr-{area.name}", area.name, Role.REGION_ROUTER) for area in areas]
    places += [(name, f"d-{name}", Role.DISTRICT_ROUTER) for name, _ in homes]
    routers = (_router(name, site, role, place, cables) for place, (name, site, role) in enumerate(places, start=2))
    inner = [link for link in demo.links if {end.device for end in link.ends} <= {CORE, SWITCH, JUMP}]
    fixed = (_core(demo.device[CORE], cables), _switch(demo.device[SWITCH], inner), demo.device[JUMP])
    return Inventory(
        world=demo.world.model_copy(update={"hosting": None, "aggregates": ()}),
        sites=(centre, *areas, *(_district(name, area) for name, area in homes)),
        devices=(*fixed, *routers),
        links=(*inner, *cables.links),
        vlans=tuple(vlan for vlan in demo.vlans if vlan.site == centre.name and vlan.institution is None),
        prefixes=(
            *(Prefix(prefix=prefix, use="loopbacks") for prefix in LOOPBACKS),
            *(Prefix(prefix=prefix, use="links") for prefix in LINKS),
            *(each for each in demo.prefixes if each.use == "management" and each.site == centre.name),
        ),
        secrets=demo.secrets,
        windows=demo.windows,
    )


def _region(number: int) -> Site:
    return Site(
        name=f"r{number}",
        kind=SiteKind.REGION,
        title=Text(en=f"Region {number}", sw=f"Mkoa {number}"),
        latitude=-6.0,
        longitude=35.0,
        approximate=True,
        ospf_area=IPv4Address(number),
    )


def _district(router: str, region: Site) -> Site:
    return region.model_copy(
        update={"name": f"d-{router}", "kind": SiteKind.DISTRICT, "region": region.name, "ospf_area": None}
    )


def _router(name: str, site: str, role: Role, place: int, cables: _Cables) -> Device:
    return Device(
        name=name,
        site=site,
        role=role,
        platform=Platform.FRR,
        management="lo",
        interfaces=(_loopback(place), *cables.ports[name]),
    )


def _loopback(place: int) -> Interface:
    addresses = (IPv4Interface((LOOPBACKS[0][place], 32)), IPv6Interface((LOOPBACKS[1][place], 128)))
    return Interface(name="lo", mode=InterfaceMode.LOOPBACK, addresses=addresses)


def _core(device: Device, cables: _Cables) -> Device:
    """The demonstration's, with no institution, no upstream and no second core."""
    own = [port for port in device.interfaces if port.mode is not InterfaceMode.ROUTED and port.vlan in INSIDE]
    return device.model_copy(update={"interfaces": (*own, *cables.ports[CORE]), "bgp": ()})


def _switch(device: Device, links: Iterable[Link]) -> Device:
    """The demonstration's, with the ports alone that a link still ends on."""
    wired = {end.interface for link in links for end in link.ends if end.device == device.name}
    own = [port for port in device.interfaces if port.name in wired or port.mode is InterfaceMode.VLAN]
    return device.model_copy(update={"interfaces": tuple(own)})
