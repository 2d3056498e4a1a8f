"""Time strips: one line for each institution and service, its states over time. Height tells what colour tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from govnet.report import svg
from govnet.report.language import Language
from monitoring.document import Row
from monitoring.model import State

WIDTH, LEFT, RIGHT = 690.0, 218.0, 6.0
STEP, TALL, HEAD = 17.0, 11.0, 20.0
LINES = 44
"""At most this many on one drawing, so that each fits on a page."""
SLIVER = 1.2
"""The least width at which an interval that is not up can still be seen."""

LOOKS: dict[State, tuple[float, svg.Attributes]] = {
    State.UP: (0.36, {"fill": "#4d8f5b"}),
    State.DOWN: (1.0, {"fill": "#b3261e"}),
    State.UNREACHABLE: (0.72, {"fill": "#e0a030"}),
    State.MAINTENANCE: (0.72, {"fill": "#ffffff", "stroke": "#2b5d8a", "stroke-width": 0.9}),
    State.UNKNOWN: (0.36, {"fill": "#ffffff", "stroke": "#8d99a6", "stroke-width": 0.7, "stroke-dasharray": "2 1.5"}),
}
"""Height as a part of the line, and the fill."""


def strip_drawing(rows: Sequence[Row], start: datetime, end: datetime, language: Language) -> list[str]:
    """As many drawings as the rows need; none where there are no rows or no time."""
    if end <= start:
        return []
    return [_drawing(rows[first : first + LINES], start, end, language, first) for first in range(0, len(rows), LINES)]


def strip_key(state: State) -> str:
    """A sample for the legend."""
    return svg.element(
        "svg", {"width": 22, "height": 12, "viewBox": "0 0 22 12", "aria-hidden": "true"}, _bar(state, 1, 20, 6)
    )


def _drawing(rows: Sequence[Row], start: datetime, end: datetime, language: Language, first: int) -> str:
    height = HEAD + STEP * len(rows) + 4
    return svg.drawing(
        WIDTH,
        height,
        language.say("States over the period"),
        f"strips-{first}",
        *_axis(start, end, height, language),
        *(shape for number, row in enumerate(rows) for shape in _strip(row, number, start, end, language)),
    )


def _strip(row: Row, number: int, start: datetime, end: datetime, language: Language) -> Iterable[str]:
    middle = HEAD + STEP * (number + 0.5)
    title = language.text(row.title)
    size = min(8.5, 8.5 * (LEFT - 10) / max(svg.text_width(title, 8.5), 1.0))
    yield svg.words(title, {"x": 0, "y": middle + 3, "font-size": size, "fill": svg.INK})
    for interval in row.uptime.intervals:
        left, right = _x(interval.start, start, end), _x(interval.end, start, end)
        least = 0.0 if interval.state is State.UP else SLIVER
        yield _bar(interval.state, left, max(right - left, least), middle)


def _bar(state: State, left: float, width: float, middle: float) -> str:
    part, look = LOOKS[state]
    tall = TALL * part
    return svg.element("rect", {"x": left, "y": middle - tall / 2, "width": width, "height": tall, **look})


def _x(moment: datetime, start: datetime, end: datetime) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * ((moment - start) / (end - start))


def _axis(start: datetime, end: datetime, height: float, language: Language) -> Iterable[str]:
    """Four equal parts; clock times for periods under two days, dates for longer ones."""
    write = language.clock if end - start < timedelta(days=2) else language.short_date
    for quarter in range(5):
        moment = start + (end - start) * quarter / 4
        x = _x(moment, start, end)
        anchor = "start" if quarter == 0 else "end" if quarter == 4 else "middle"
        yield svg.line(x, HEAD - 6, x, height, {"stroke": "#d5dce3", "stroke-width": 0.7})
        yield svg.words(
            write(moment), {"x": x, "y": HEAD - 9, "text-anchor": anchor, "font-size": 7.5, "fill": svg.MUTED}
        )
