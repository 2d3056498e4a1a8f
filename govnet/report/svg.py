"""SVG as text: attributes in sorted order, coordinates to a tenth, so that equal drawings are equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from network.topology import LinkState

INK = "#1d2733"
MUTED = "#5d6b7a"
FAINT = "#c9d2db"
PAPER = "#ffffff"

Attributes = Mapping[str, str | float]

STROKES: dict[LinkState, Attributes] = {
    LinkState.MATCHING: {"stroke": "#2b5d8a", "stroke-width": 1.6},
    LinkState.ONE_SIDE: {"stroke": "#b26a00", "stroke-width": 1.8, "stroke-dasharray": "7 3 1.5 3"},
    LinkState.MISSING: {"stroke": "#b3261e", "stroke-width": 2.2, "stroke-dasharray": "5 4"},
    LinkState.UNEXPECTED: {"stroke": "#7b3fa0", "stroke-width": 2.0, "stroke-dasharray": "1.5 3"},
    LinkState.UNKNOWN: {"stroke": "#8d99a6", "stroke-width": 1.2, "stroke-dasharray": "3 2.5"},
}
"""Each state has a dash pattern of its own, so that the drawing reads in black and white too."""


def element(tag: str, attributes: Attributes, *children: str) -> str:
    """One element; children are SVG already."""
    written = "".join(f' {key}="{_value(value)}"' for key, value in sorted(attributes.items()))
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def words(content: str, attributes: Attributes) -> str:
    """A text element; the content is escaped here."""
    return element("text", attributes, escape(content))


def drawing(width: float, height: float, title: str, name: str, *children: str) -> str:
    """A whole drawing, with a title for those who hear it."""
    heading = element("title", {"id": f"{name}-title"}, escape(title))
    frame: Attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_value(width)} {_value(height)}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "font-family": "Open Sans, DejaVu Sans, sans-serif",
    }
    return element("svg", frame, heading, *children)


def line(x1: float, y1: float, x2: float, y2: float, stroke: Attributes) -> str:
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, **stroke})


def text_width(content: str, size: float) -> float:
    """A generous estimate for a proportional sans serif face, in the unit of `size`."""
    return sum(_WIDTHS.get(letter, 0.6) for letter in content) * size


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value)
    return f"{value:z.1f}".removesuffix(".0")


_WIDTHS: dict[str, float] = {
    **dict.fromkeys("iljI.,:;'|!", 0.29),
    **dict.fromkeys("ftr()-/ ", 0.4),
    **dict.fromkeys("mwMW", 0.93),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.68),
}
