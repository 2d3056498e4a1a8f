"""Places: which region they lie in, which OSPF area that is, and whether they are in the country."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from inventory.checks.names import unknown
from inventory.draft import Draft, Finding, Spot
from inventory.model import Site, SiteKind

BACKBONE_AREA = IPv4Address("0.0.0.0")


@dataclass(frozen=True)
class Box:
    """Degrees, WGS 84: the country's extent, rounded outwards to a tenth."""

    country: str
    south: float
    north: float
    west: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


BOXES = {"Africa/Dar_es_Salaam": Box("Tanzania", south=-11.8, north=-0.9, west=29.3, east=40.5)}
"""By the world's time zone. A world in another zone has no box, and its coordinates are not judged."""


def regions(draft: Draft) -> Iterator[Finding]:
    """A district lies in a region; a region lies in none; what is named as a region is one."""
    for index, site in enumerate(draft.sites):
        spot = Spot("sites", index, ("region",))
        if site.kind is SiteKind.REGION:
            if site.region is not None:
                what = f"the region {site.name} lies in a region itself"
                yield Finding("region-in-region", spot, what, "remove `region`, or correct its kind")
        elif site.region is None:
            if site.kind is SiteKind.DISTRICT:
                what = f"the district {site.name} has no region"
                yield Finding("district-without-region", Spot("sites", index), what, "add `region: ...`")
        elif site.region not in draft.site:
            yield from unknown(draft, "sites", site.region, spot, "unknown-region")
        elif draft.site[site.region].kind is not SiteKind.REGION:
            what = f"`{site.region}`, the region of {site.name}, is a {draft.site[site.region].kind}"
            yield Finding("not-a-region", spot, what, "name a site of kind region")


def areas(draft: Draft) -> Iterator[Finding]:
    """Each region has an OSPF area of its own; no other site has one."""
    taken: dict[IPv4Address, Site] = {}
    for index, site in enumerate(draft.sites):
        spot = Spot("sites", index, ("ospf_area",))
        if site.kind is not SiteKind.REGION:
            if site.ospf_area is not None:
                what = f"the {site.kind} {site.name} has an OSPF area"
                yield Finding("area-of-no-region", spot, what, "remove it: areas belong to regions")
        elif site.ospf_area is None:
            what = f"the region {site.name} has no OSPF area"
            yield Finding("region-without-area", Spot("sites", index), what, "add `ospf_area: 0.0.0.1` or a free one")
        elif site.ospf_area == BACKBONE_AREA:
            what = f"the region {site.name} has the backbone area 0.0.0.0"
            yield Finding("region-in-backbone", spot, what, "give it an area of its own, such as 0.0.0.1")
        elif site.ospf_area in taken:
            what = f"the regions {taken[site.ospf_area].name} and {site.name} have one OSPF area {site.ospf_area}"
            yield Finding("duplicate-area", spot, what, "give each its own")
        else:
            taken[site.ospf_area] = site


def coordinates(draft: Draft) -> Iterator[Finding]:
    """A site is in its country: a swapped pair or a lost sign is the usual reason."""
    box = BOXES.get(draft.world.timezone) if draft.world is not None else None
    if box is None:
        return
    for index, site in enumerate(draft.sites):
        if not box.holds(site.latitude, site.longitude):
            what = f"{site.name} at {site.latitude}, {site.longitude} lies outside {box.country}"
            fix = f"latitude {box.south} to {box.north}, longitude {box.west} to {box.east}"
            if box.holds(site.longitude, site.latitude):
                fix = "latitude and longitude are swapped"
            elif box.holds(-site.latitude, site.longitude):
                fix = f"write latitude {-site.latitude}: south is negative"
            yield Finding("outside-country", Spot("sites", index, ("latitude",)), what, fix)
