"""What the topology report's template shows beside its document: names in the reader's language, counts, drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from govnet.report import svg
from govnet.report.language import Language
from govnet.report.layer_drawing import layer_drawings
from govnet.report.map_drawing import MANY_DISTRICTS, map_drawing
from govnet.report.phrases import LINK_KINDS, LINK_STATES, ROLES, Phrase
from govnet.report.topology_document import TopologyDocument
from inventory.model import Role, SiteKind
from network.topology import LinkFinding, LinkState, PointOfFailure

SHOWN_NAMES = 12
"""More institutions behind one point than this are counted; the document names them all."""


@dataclass(frozen=True)
class LinkRow:
    name: str
    kind: str
    finding: LinkFinding
    phrase: Phrase


@dataclass(frozen=True)
class PointRow:
    point: PointOfFailure
    what: str
    """Its role, or its kind of link."""


@dataclass(frozen=True)
class PointGroup:
    """Points that cut off the same institutions: the chain from a district's router to its switch, often."""

    rows: tuple[PointRow, ...]
    count: int
    institutions: tuple[str, ...]
    """By title; the first few where there are many."""
    more: int


@dataclass(frozen=True)
class ReachRow:
    title: str
    second_path: bool
    hangs_on: tuple[str, ...]


def topology_view(document: TopologyDocument, language: Language) -> Mapping[str, object]:
    title = language.say("Topology report")
    readings = document.evidence.readings
    moments = [reading.at for reading in readings]
    links = _links(document)
    states = Counter(row.finding.state for row in links)
    places = Counter(place.kind for place in document.places)
    return {
        "running": f"{title} · {language.text(document.title)}",
        "moment": max(moments).isoformat().replace("+00:00", "Z") if moments else None,
        "inventories": [document.evidence.inventory_digest],
        "first": min(moments, default=None),
        "last": max(moments, default=None),
        "links": links,
        "differences": [row for row in links if row.finding.difference],
        "states": {state.value: states[state] for state in LinkState},
        "intended": len(document.cables),
        "points": _points(document, language),
        "reach": _reach(document, language),
        "second_paths": sum(one.second_path for one in document.reach),
        "centres": places[SiteKind.DATA_CENTRE],
        "regions": places[SiteKind.REGION],
        "districts": places[SiteKind.DISTRICT],
        "connected": sum(tenant.device is not None for tenant in document.tenants),
        "examples": sum(tenant.example for tenant in document.tenants),
        "many": places[SiteKind.DISTRICT] > MANY_DISTRICTS,
        "speakers": sum(box.managed and box.role is not Role.SERVER for box in document.boxes),
        "map": Markup(map_drawing(document, language)),
        "layers": [(title, Markup(one)) for title, one in layer_drawings(document, language)],
        "keys": [(Markup(_key(state)), LINK_STATES[state]) for state in LinkState if states[state]],
    }


def _links(document: TopologyDocument) -> list[LinkRow]:
    rows = [
        LinkRow(cable.name, LINK_KINDS[cable.kind], cable.finding, LINK_STATES[cable.finding.state])
        for cable in document.cables
    ]
    return rows + [LinkRow("", "", finding, LINK_STATES[finding.state]) for finding in document.unexpected]


def _points(document: TopologyDocument, language: Language) -> list[PointGroup]:
    titles = {tenant.name: language.text(tenant.title) for tenant in document.tenants}
    what = {box.name: ROLES[box.role] for box in document.boxes}
    what |= {cable.name: LINK_KINDS[cable.kind] for cable in document.cables}
    groups: dict[tuple[str, ...], list[PointRow]] = {}
    for point in document.points:
        groups.setdefault(point.institutions, []).append(PointRow(point, what[point.name]))
    return [
        PointGroup(
            rows=tuple(rows),
            count=len(names),
            institutions=tuple(titles[name] for name in names[:SHOWN_NAMES]),
            more=max(0, len(names) - SHOWN_NAMES),
        )
        for names, rows in groups.items()
    ]


def _reach(document: TopologyDocument, language: Language) -> list[ReachRow]:
    titles = {place.name: language.text(place.title) for place in document.places}
    return [ReachRow(titles[one.site], one.second_path, one.hangs_on) for one in document.reach]


def _key(state: LinkState) -> str:
    """A short stroke as the drawings use it, for the legend."""
    stroke = svg.line(1, 4, 33, 4, svg.STROKES[state])
    return svg.element("svg", {"width": 34, "height": 8, "viewBox": "0 0 34 8", "aria-hidden": "true"}, stroke)
