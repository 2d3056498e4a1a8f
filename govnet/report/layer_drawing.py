"""The layered drawing: upstream, core, regions, districts, switches, institutions, each layer in its own row.

A small world is one drawing; a country is one for its data centres and one for each region.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from govnet.report import svg
from govnet.report.language import Language
from govnet.report.topology_document import Box, Place, Tenant, TopologyDocument
from inventory.model import Role, SiteKind, Text
from network.topology import LinkState

WIDTH = 690.0
GUTTER = 78.0
"""Room for the layers' names, at the left."""
BOX_HEIGHT = 20.0
COLUMNS = 10
"""More districts than this are drawn in several rows of columns."""

LAYERS: dict[Role, int] = {
    Role.UPSTREAM: 0,
    Role.CORE: 1,
    Role.REGION_ROUTER: 2,
    Role.DISTRICT_ROUTER: 3,
    Role.ACCESS_SWITCH: 4,
    Role.SERVER: 4,
    Role.JUMP_HOST: 4,
}
INSTITUTIONS = 5
"""The layer below them all, of texts rather than boxes."""
NAMED = 3
"""More institutions than this on one switch are counted, not named."""
GAPS: tuple[float, ...] = (62.0, 78.0, 84.0, 62.0, 46.0)
"""Between the middles of neighbouring layers."""

FILLS: dict[Role, str] = {
    Role.UPSTREAM: "#ffffff",
    Role.CORE: "#d7e4f1",
    Role.REGION_ROUTER: "#e1eedd",
    Role.DISTRICT_ROUTER: "#f4efdc",
    Role.ACCESS_SWITCH: "#eceff2",
    Role.SERVER: "#eceff2",
    Role.JUMP_HOST: "#ffffff",
}


@dataclass(frozen=True)
class Sheet:
    """What one drawing shows."""

    title: Text
    name: str
    boxes: tuple[Box, ...]
    columns: tuple[str, ...]
    """Sites from left to right that have a column."""


@dataclass
class _Canvas:
    """Where each device stands, while a sheet is laid out."""

    step: float
    """Width of a column of one box."""
    middle: dict[str, tuple[float, float]] = field(default_factory=dict)
    width: dict[str, float] = field(default_factory=dict)


def layer_drawings(document: TopologyDocument, language: Language) -> list[tuple[str, str]]:
    """Title and SVG of each sheet."""
    return [(language.text(sheet.title), _draw(sheet, document, language)) for sheet in sheets(document)]


def sheets(document: TopologyDocument) -> list[Sheet]:
    """One sheet where at most ten columns suffice; else the data centres, then each region with its neighbours."""
    districts = [place for place in document.places if place.kind is SiteKind.DISTRICT]
    if len(districts) < COLUMNS:
        return [Sheet(document.title, "layers", document.boxes, _columns(document))]
    centres = [place.name for place in document.places if place.kind is SiteKind.DATA_CENTRE]
    found = [
        Sheet(place.title, f"layers-{place.name}", _at(document, {place.name}), (place.name,))
        for place in document.places
        if place.name in centres
    ]
    for region in document.places:
        if region.kind is SiteKind.REGION:
            inside = tuple(place.name for place in districts if place.region == region.name)
            for start in range(0, max(len(inside), 1), COLUMNS):
                some = inside[start : start + COLUMNS]
                boxes = _with_neighbours(document, {region.name, *some})
                found.append(Sheet(region.title, f"layers-{region.name}-{start}", boxes, some))
    return found


def _at(document: TopologyDocument, sites: set[str]) -> tuple[Box, ...]:
    return tuple(box for box in document.boxes if box.site in sites)


def _with_neighbours(document: TopologyDocument, sites: set[str]) -> tuple[Box, ...]:
    """The devices of these sites, and the routers outside that they are linked to, which stand in the core's row."""
    inside = {box.name for box in _at(document, sites)}
    outside = {
        other
        for cable in document.cables
        for near, other in ((cable.a, cable.b), (cable.b, cable.a))
        if near in inside and other not in inside
    }
    ghosts = tuple(
        box.model_copy(update={"role": Role.CORE, "managed": False}) for box in document.boxes if box.name in outside
    )
    return ghosts + _at(document, sites)


def _columns(document: TopologyDocument) -> tuple[str, ...]:
    """Districts by region, the data centres between the regions."""
    regions = [place.name for place in document.places if place.kind is SiteKind.REGION]
    centres = [place.name for place in document.places if place.kind is SiteKind.DATA_CENTRE]
    half = (len(regions) + 1) // 2
    inside = {
        name: [one.name for one in document.places if one.region == name and one.name not in centres]
        for name in regions
    }
    left = [site for region in regions[:half] for site in inside[region]]
    right = [site for region in regions[half:] for site in inside[region]]
    return tuple(left + centres + right)


def _draw(sheet: Sheet, document: TopologyDocument, language: Language) -> str:
    rows = _rows(sheet)
    canvas = _lay_out(sheet, document.places, rows)
    lines = list(_lines(sheet, document, canvas))
    boxes = [shape for box in sheet.boxes for shape in _box(box, canvas)]
    tenants, bottom = _tenants(sheet, document.tenants, canvas, rows, language)
    return svg.drawing(
        WIDTH,
        bottom + 6,
        f"{language.say('Layers')}: {language.text(sheet.title)}",
        sheet.name,
        *_row_names(sheet, rows, bottom, language),
        *lines,
        *boxes,
        *tenants,
    )


def _rows(sheet: Sheet) -> dict[int, float]:
    """Each layer that occurs to the height of its middle."""
    present = sorted({LAYERS[box.role] for box in sheet.boxes} | {INSTITUTIONS})
    heights: dict[int, float] = {}
    y = 24.0
    for number, layer in enumerate(present):
        if number:
            y += GAPS[layer - 1]
        heights[layer] = y
    return heights


def _lay_out(sheet: Sheet, places: Iterable[Place], rows: dict[int, float]) -> _Canvas:
    """A column is as many units wide as its fullest row has boxes; routers of a region stand over its districts."""
    counts = Counter((box.site, LAYERS[box.role]) for box in sheet.boxes if LAYERS[box.role] > LAYERS[Role.CORE])
    units = {site: max((count for (at, _), count in counts.items() if at == site), default=1) for site in sheet.columns}
    step = (WIDTH - GUTTER) / max(sum(units.values()), 1)
    x_of: dict[str, float] = {}
    left = GUTTER
    for site in sheet.columns:
        x_of[site] = left + step * units[site] / 2
        left += step * units[site]
    for region, inside in _by_region(sheet.columns, places).items():
        x_of.setdefault(region, sum(x_of[site] for site in inside) / len(inside))
    centre = (GUTTER + WIDTH) / 2
    groups: dict[tuple[int, float], list[Box]] = {}
    for box in sheet.boxes:
        layer = LAYERS[box.role]
        x = centre if layer <= LAYERS[Role.CORE] else x_of.get(box.site, centre)
        groups.setdefault((layer, x), []).append(box)
    canvas = _Canvas(step=step)
    for (layer, x), boxes in groups.items():
        spread = min((WIDTH - GUTTER) / len(boxes) if layer <= LAYERS[Role.CORE] else step, 150.0)
        for number, box in enumerate(boxes):
            canvas.middle[box.name] = (x + spread * (number - (len(boxes) - 1) / 2), rows[layer])
            canvas.width[box.name] = min(104.0, spread - 8)
    return canvas


def _by_region(columns: Iterable[str], places: Iterable[Place]) -> dict[str, list[str]]:
    region_of = {place.name: place.region for place in places}
    found: dict[str, list[str]] = {}
    for site in columns:
        region = region_of[site]
        if region:
            found.setdefault(region, []).append(site)
    return found


def _lines(sheet: Sheet, document: TopologyDocument, canvas: _Canvas) -> Iterable[str]:
    shown = {box.name for box in sheet.boxes}
    ours = {box.name for box in sheet.boxes if box.managed}
    pairs = [(cable.a, cable.b, cable.finding.state) for cable in document.cables]
    pairs += [(one.a.partition(":")[0], one.b.partition(":")[0], one.state) for one in document.unexpected]
    for a, b, state in pairs:
        if a in shown and b in shown and ({a, b} & ours):
            yield _line(canvas.middle[a], canvas.middle[b], state)


def _line(a: tuple[float, float], b: tuple[float, float], state: LinkState) -> str:
    """Straight, but between two of one row an arc below them, so that what stands between stays legible."""
    if a[1] != b[1]:
        return svg.line(*a, *b, svg.STROKES[state])
    (x1, y), (x2, _) = sorted((a, b))
    bow = y + min(34.0, 14.0 + (x2 - x1) / 12)
    path = f"M{x1:.1f} {y:.1f} C{x1:.1f} {bow:.1f} {x2:.1f} {bow:.1f} {x2:.1f} {y:.1f}"
    return svg.element("path", {"d": path, "fill": "none", **svg.STROKES[state]})


def _box(box: Box, canvas: _Canvas) -> Iterable[str]:
    x, y = canvas.middle[box.name]
    width = canvas.width[box.name]
    size = min(9.0, 9.0 * (width - 6) / max(svg.text_width(box.name, 9.0), 1))
    outline: svg.Attributes = {
        "x": x - width / 2,
        "y": y - BOX_HEIGHT / 2,
        "width": width,
        "height": BOX_HEIGHT,
        "rx": 3,
        "fill": FILLS[box.role],
        "stroke": svg.INK if box.managed else svg.MUTED,
        "stroke-width": 1.0,
    }
    dashes: svg.Attributes = {} if box.managed else {"stroke-dasharray": "3 2"}
    yield svg.element("rect", {**outline, **dashes})
    yield svg.words(box.name, {"x": x, "y": y + 3.2, "text-anchor": "middle", "font-size": size, "fill": svg.INK})


def _tenants(
    sheet: Sheet, tenants: Iterable[Tenant], canvas: _Canvas, rows: dict[int, float], language: Language
) -> tuple[list[str], float]:
    """The institutions under the switch that they are plugged in to, and how far down they reach."""
    top = rows[INSTITUTIONS] - 4
    behind: dict[str, list[str]] = {}
    for tenant in tenants:
        if tenant.device in canvas.middle:
            behind.setdefault(tenant.device, []).append(language.text(tenant.title))
    look: svg.Attributes = {"text-anchor": "middle", "font-size": 8, "fill": svg.INK}
    shapes, bottom = [], top + 8
    for device, titles in behind.items():
        x, above = canvas.middle[device]
        shapes.append(svg.line(x, above + BOX_HEIGHT / 2, x, top - 2, {"stroke": svg.MUTED, "stroke-width": 0.8}))
        y = top + 8
        for text in _tenant_lines(titles, int(canvas.step / 4.6), language):
            if text:
                shapes.append(svg.words(text, {"x": x, "y": y, **look}))
            y += 9.6 if text else 4.0
        bottom = max(bottom, y)
    return shapes, bottom


def _tenant_lines(titles: list[str], letters: int, language: Language) -> list[str]:
    """Names in full where few, an empty line after each; else how many."""
    if len(titles) > NAMED:
        return [
            language.catalogue.ngettext("one institution", "%(shown)s institutions", len(titles))
            % {"shown": language.number(len(titles))}
        ]
    return [text for title in titles for text in (*textwrap.wrap(title, max(letters, 10), break_long_words=False), "")]


def _row_names(sheet: Sheet, rows: dict[int, float], bottom: float, language: Language) -> Iterable[str]:
    cores = any(box.role is Role.CORE and box.managed for box in sheet.boxes)
    names = {
        0: language.say("Upstream"),
        1: language.say("Core") if cores else language.say("Neighbours"),
        2: language.say("Region"),
        3: language.say("District"),
        4: language.say("Switch"),
        5: language.say("Institution"),
    }
    heights = sorted(rows.items())
    for number, (layer, y) in enumerate(heights):
        if number % 2 == 0:
            upper = y - (y - heights[number - 1][1]) / 2 if number else 2.0
            lower = y + (heights[number + 1][1] - y) / 2 if number + 1 < len(heights) else bottom + 4
            band: svg.Attributes = {"x": 0, "y": upper, "width": WIDTH, "height": lower - upper, "fill": "#f7f9fb"}
            yield svg.element("rect", band)
        yield svg.words(names[layer], {"x": 6, "y": y + 3, "font-size": 8.5, "fill": svg.MUTED, "font-weight": "600"})
