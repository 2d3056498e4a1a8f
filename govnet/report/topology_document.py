"""The topology document: everything a topology report says, as one value. The report is a pure function of it.

Moments are aware UTC datetimes, whole seconds; coordinates are degrees, WGS 84.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import rfc8785

from inventory.model import Inventory, LinkKind, Record, Role, SiteKind, Text
from network import topology
from network.topology import LinkFinding, PointOfFailure, Sighting, SiteReach


class Place(Record):
    name: str
    kind: SiteKind
    title: Text
    region: str | None
    latitude: float
    longitude: float
    approximate: bool


class Box(Record):
    """A device."""

    name: str
    site: str
    role: Role
    managed: bool


class Cable(Record):
    """An intended link and what was seen of it."""

    name: str
    kind: LinkKind
    a: str
    b: str
    """Device names."""
    capacity_mbps: int
    finding: LinkFinding


class Tenant(Record):
    name: str
    title: Text
    site: str
    device: str | None
    """The switch that it is plugged in to."""
    example: bool


class Reading(Record):
    """One device whose LLDP neighbours were read, and when."""

    device: str
    at: datetime


class Evidence(Record):
    inventory_digest: str
    """`sha256:` of the inventory's canonical JSON."""
    commit: str | None
    readings: tuple[Reading, ...]
    sightings: int
    sightings_digest: str
    """`sha256:` of the canonical JSON of the sorted sightings."""


class TopologyDocument(Record):
    version: Literal[1] = 1
    report: Literal["topology"] = "topology"
    world: str
    title: Text
    timezone: str
    """The IANA zone in which moments are shown."""
    places: tuple[Place, ...]
    boxes: tuple[Box, ...]
    cables: tuple[Cable, ...]
    unexpected: tuple[LinkFinding, ...]
    tenants: tuple[Tenant, ...]
    points: tuple[PointOfFailure, ...]
    reach: tuple[SiteReach, ...]
    without_path: tuple[str, ...]
    way_in: tuple[str, ...]
    """What the jump host hangs on, alone each."""
    evidence: Evidence


def topology_document(
    inventory: Inventory,
    inventory_digest: str,
    commit: str | None,
    read: Mapping[str, datetime],
    sightings: Iterable[Sighting],
) -> TopologyDocument:
    """The document of one world. `read`: each device that answered, to when (aware, UTC)."""
    seen = tuple(sorted(set(sightings)))
    speakers = topology.speakers(inventory)
    findings = topology.compare(inventory, read.keys(), seen)
    return TopologyDocument(
        world=inventory.world.name,
        title=inventory.world.title,
        timezone=inventory.world.timezone,
        places=_places(inventory),
        boxes=tuple(
            Box(name=device.name, site=device.site, role=device.role, managed=device.managed)
            for device in inventory.devices
        ),
        cables=_cables(inventory, findings),
        unexpected=tuple(finding for finding in findings if not finding.link),
        tenants=_tenants(inventory),
        points=topology.single_points(inventory),
        reach=topology.reach(inventory),
        without_path=topology.without_path(inventory),
        way_in=topology.way_in(inventory),
        evidence=Evidence(
            inventory_digest=inventory_digest,
            commit=commit,
            readings=tuple(
                Reading(device=device, at=at.replace(microsecond=0))
                for device, at in sorted(read.items())
                if device in speakers
            ),
            sightings=len(seen),
            sightings_digest="sha256:" + hashlib.sha256(rfc8785.dumps([list(one) for one in seen])).hexdigest(),
        ),
    )


def _places(inventory: Inventory) -> tuple[Place, ...]:
    return tuple(
        Place(
            name=site.name,
            kind=site.kind,
            title=site.title,
            region=site.region,
            latitude=site.latitude,
            longitude=site.longitude,
            approximate=site.approximate,
        )
        for site in inventory.sites
    )


def _cables(inventory: Inventory, findings: Iterable[LinkFinding]) -> tuple[Cable, ...]:
    by_name = {finding.link: finding for finding in findings if finding.link}
    return tuple(
        Cable(
            name=link.name,
            kind=link.kind,
            a=link.a.device,
            b=link.b.device,
            capacity_mbps=link.capacity_mbps,
            finding=by_name[link.name],
        )
        for link in inventory.links
    )


def _tenants(inventory: Inventory) -> tuple[Tenant, ...]:
    return tuple(
        Tenant(
            name=one.name,
            title=one.title,
            site=one.site,
            device=one.port.device if one.port is not None else None,
            example=one.example,
        )
        for one in inventory.institutions
    )
