"""The map: sites at their coordinates, intended links in the state that LLDP shows, labels that do not collide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from govnet.report import svg
from govnet.report.labels import Box, Label, Segment, place_labels
from govnet.report.language import Language
from govnet.report.topology_document import Place, TopologyDocument
from inventory.model import LinkKind, SiteKind
from network.topology import LinkState

WIDTH, HEIGHT, MARGIN = 690.0, 700.0, 34.0
NEAR, BOW = 5.0, 13.0
"""A cable that would pass a foreign site nearer than this is bent aside by that much."""
WEST_SHARE = 0.3
"""Of the room beside the map: labels stand to the right of their sites by preference, and off an eastern coast."""
KM_PER_DEGREE = 111.2
MANY_DISTRICTS = 40
"""From here on districts are dots without labels."""
Point = tuple[float, float]

RADII: dict[SiteKind, float] = {SiteKind.DATA_CENTRE: 8.0, SiteKind.REGION: 6.0, SiteKind.DISTRICT: 4.2}
SIZES: dict[SiteKind, float] = {SiteKind.DATA_CENTRE: 12.0, SiteKind.REGION: 11.0, SiteKind.DISTRICT: 9.5}


@dataclass(frozen=True)
class Projection:
    """Equirectangular about the middle latitude: good to a few parts in a thousand over one country."""

    west: float
    north: float
    squeeze: float
    """Length of a degree of longitude as a part of a degree of latitude."""
    scale: float
    """Drawing units per degree of latitude."""
    left: float
    top: float

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        return (
            self.left + (longitude - self.west) * self.squeeze * self.scale,
            self.top + (self.north - latitude) * self.scale,
        )

    def coordinates(self, x: float, y: float) -> tuple[float, float]:
        return self.north - (y - self.top) / self.scale, self.west + (x - self.left) / (self.squeeze * self.scale)


def map_drawing(document: TopologyDocument, language: Language) -> str:
    """The whole map as SVG; empty where the world has no sites."""
    if not document.places:
        return ""
    projection = fit(document.places)
    points = {place.name: projection.at(place.latitude, place.longitude) for place in document.places}
    dense = sum(place.kind is SiteKind.DISTRICT for place in document.places) > MANY_DISTRICTS
    labelled = [place for place in document.places if not (dense and place.kind is SiteKind.DISTRICT)]
    routes = list(_routes(document, points, {place.name for place in labelled}))
    return svg.drawing(
        WIDTH,
        HEIGHT,
        language.say("Map of sites and links"),
        "map",
        *_graticule(projection),
        *(_path(route) for route in routes),
        *(mark for place in _small_first(document.places) for mark in _mark(place, points[place.name], dense)),
        *_labels(labelled, document.places, points, routes, language),
        _scale_bar(projection),
    )


def fit(places: Iterable[Place]) -> Projection:
    """The projection that shows all of these places within the margins."""
    latitudes = [place.latitude for place in places]
    longitudes = [place.longitude for place in places]
    south, north = min(latitudes), max(latitudes)
    west, east = min(longitudes), max(longitudes)
    squeeze = math.cos(math.radians((north + south) / 2))
    tall, wide = max(north - south, 0.2), max((east - west) * squeeze, 0.2)
    scale = min((HEIGHT - 2.4 * MARGIN) / tall, (WIDTH - 5 * MARGIN) / wide)
    return Projection(
        west=west,
        north=north,
        squeeze=squeeze,
        scale=scale,
        left=(WIDTH - (east - west) * squeeze * scale) * WEST_SHARE,
        top=(HEIGHT - (north - south) * scale) / 2,
    )


@dataclass(frozen=True)
class Route:
    """One cable between two sites as drawn: two straight pieces, or a curve near them."""

    points: tuple[Point, ...]
    state: LinkState

    @property
    def segments(self) -> list[Segment]:
        return [(*a, *b) for a, b in pairwise(self.points)]


def _routes(document: TopologyDocument, points: dict[str, Point], avoided: set[str]) -> Iterator[Route]:
    """Cables between sites; those between the same two run side by side, and each keeps clear of the avoided sites."""
    site_of = {box.name: box.site for box in document.boxes}
    between: dict[tuple[str, str], list[LinkState]] = {}
    for cable in document.cables:
        if cable.kind is not LinkKind.UPSTREAM:
            _add(between, site_of, cable.a, cable.b, cable.finding.state)
    for finding in document.unexpected:
        _add(between, site_of, finding.a.partition(":")[0], finding.b.partition(":")[0], finding.state)
    for (a, b), states in sorted(between.items()):
        for number, state in enumerate(states):
            x1, y1, x2, y2 = _aside(*points[a], *points[b], 3.4 * (number - (len(states) - 1) / 2))
            others = [points[name] for name in sorted(avoided) if name not in (a, b)]
            yield Route(((x1, y1), *_detour((x1, y1, x2, y2), others), (x2, y2)), state)


def _add(
    between: dict[tuple[str, str], list[LinkState]], site_of: dict[str, str], a: str, b: str, state: LinkState
) -> None:
    ends = sorted((site_of.get(a, ""), site_of.get(b, "")))
    if ends[0] and ends[0] != ends[1]:
        between.setdefault((ends[0], ends[1]), []).append(state)


def _aside(x1: float, y1: float, x2: float, y2: float, offset: float) -> Segment:
    """The segment, moved sideways: cables between the same two sites run beside each other."""
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = -(y2 - y1) / length * offset, (x2 - x1) / length * offset
    return (x1 + dx, y1 + dy, x2 + dx, y2 + dy)


def _detour(segment: Segment, others: Iterable[Point]) -> Iterator[Point]:
    """A point beside the middle, where the straight line would run through a site that it does not end on."""
    x1, y1, x2, y2 = segment
    if any(_distance(segment, point) < NEAR for point in others):
        left, top, right, bottom = _aside(x1, y1, x2, y2, min(BOW, math.hypot(x2 - x1, y2 - y1) / 2))
        yield (left + right) / 2, (top + bottom) / 2


def _distance(segment: Segment, point: Point) -> float:
    """From the point to the nearest point of the segment."""
    x1, y1, x2, y2 = segment
    square = (x2 - x1) ** 2 + (y2 - y1) ** 2 or 1.0
    along = min(1.0, max(0.0, ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / square))
    return math.hypot(point[0] - x1 - along * (x2 - x1), point[1] - y1 - along * (y2 - y1))


def _path(route: Route) -> str:
    """Straight, or a quadratic curve that passes through its middle point."""
    (x1, y1), *middle, (x2, y2) = route.points
    stroke = svg.STROKES[route.state]
    if not middle:
        return svg.line(x1, y1, x2, y2, stroke)
    bend_x, bend_y = 2 * middle[0][0] - (x1 + x2) / 2, 2 * middle[0][1] - (y1 + y2) / 2
    curve = f"M{x1:.1f} {y1:.1f} Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}"
    return svg.element("path", {"d": curve, "fill": "none", **stroke})


def _small_first(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (RADII[place.kind], place.name))


def _mark(place: Place, point: tuple[float, float], dense: bool) -> list[str]:
    """Square: data centre; circle: region or district. Hollow where the coordinates are approximate."""
    x, y = point
    radius = RADII[place.kind] * (0.55 if dense and place.kind is SiteKind.DISTRICT else 1.0)
    look: svg.Attributes = {
        "fill": svg.PAPER if place.approximate else svg.INK,
        "stroke": svg.INK,
        "stroke-width": 1.0 if radius < 4 else 1.8,
    }
    if place.kind is SiteKind.DATA_CENTRE:
        corner: svg.Attributes = {"x": x - radius, "y": y - radius, "width": 2 * radius, "height": 2 * radius}
        return [svg.element("rect", {**corner, **look})]
    return [svg.element("circle", {"cx": x, "cy": y, "r": radius, **look})]


def _labels(
    labelled: list[Place],
    places: Iterable[Place],
    points: dict[str, tuple[float, float]],
    routes: list[Route],
    language: Language,
) -> Iterable[str]:
    wanted = [
        Label(
            text=language.text(place.title),
            x=points[place.name][0],
            y=points[place.name][1],
            size=SIZES[place.kind],
            bold=place.kind is not SiteKind.DISTRICT,
            clear=RADII[place.kind] + 3,
        )
        for place in sorted(labelled, key=lambda place: (-RADII[place.kind], place.name))
    ]
    marks = [
        Box(points[place.name][0], points[place.name][1], 2 * RADII[place.kind], 2 * RADII[place.kind])
        for place in places
        if place in labelled
    ]
    frame = (4.0, 4.0, WIDTH - 4.0, HEIGHT - 20.0)
    for label, box in place_labels(wanted, marks, [piece for route in routes for piece in route.segments], frame):
        if box.distance_to(label.x, label.y) > label.clear + 5:
            yield svg.line(label.x, label.y, *box.nearest(label.x, label.y), {"stroke": svg.MUTED, "stroke-width": 0.6})
        yield svg.element(
            "rect",
            {
                "x": box.left - 1,
                "y": box.top,
                "width": box.width + 2,
                "height": box.height,
                "fill": svg.PAPER,
                "fill-opacity": "0.82",
            },
        )
        yield svg.words(
            label.text,
            {
                "x": box.x,
                "y": box.y + label.size * 0.36,
                "text-anchor": "middle",
                "font-size": label.size,
                "font-weight": "600" if label.bold else "400",
                "fill": svg.INK,
            },
        )


def _graticule(projection: Projection) -> Iterable[str]:
    """Whole degrees, each one or each two, with their figures at the frame."""
    frame: svg.Attributes = {"x": 0.5, "y": 0.5, "width": WIDTH - 1, "height": HEIGHT - 1}
    yield svg.element("rect", {**frame, "fill": "#f7f9fb", "stroke": svg.FAINT})
    north, west = projection.coordinates(0, 0)
    south, east = projection.coordinates(WIDTH, HEIGHT)
    hair: svg.Attributes = {"stroke": "#e3e8ed", "stroke-width": 0.8}
    figure: svg.Attributes = {"font-size": 7.5, "fill": svg.MUTED}
    for latitude in range(math.ceil(south), math.floor(north) + 1):
        y = projection.at(latitude, west)[1]
        yield svg.line(0, y, WIDTH, y, hair)
        if y > 20:
            yield svg.words(_degrees(latitude, "N", "S"), {"x": 4, "y": y - 2.5, **figure})
    for longitude in range(math.ceil(west), math.floor(east) + 1):
        x = projection.at(south, longitude)[0]
        yield svg.line(x, 0, x, HEIGHT, hair)
        yield svg.words(_degrees(longitude, "E", "W"), {"x": x + 2.5, "y": 9, **figure})


def _degrees(value: int, positive: str, negative: str) -> str:
    return f"{abs(value)}° {positive if value >= 0 else negative}" if value else "0°"


def _scale_bar(projection: Projection) -> str:
    """The longest round distance that fits into a fifth of the width."""
    fits = [km for km in (1, 2, 5, 10, 20, 50, 100, 200, 500) if km / KM_PER_DEGREE * projection.scale <= WIDTH / 5]
    km = fits[-1] if fits else 1
    length = km / KM_PER_DEGREE * projection.scale
    x, y = WIDTH - 14 - length, HEIGHT - 12
    corners = [(x, y - 4), (x, y), (x + length, y), (x + length, y - 4)]
    ink: svg.Attributes = {"stroke": svg.INK, "stroke-width": 1}
    figure: svg.Attributes = {"x": x + length / 2, "y": y - 4, "text-anchor": "middle", "font-size": 8, "fill": svg.INK}
    return svg.element("g", {}, *(svg.line(*a, *b, ink) for a, b in pairwise(corners)), svg.words(f"{km} km", figure))
