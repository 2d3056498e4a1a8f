"""When changes may be made, for whoever asks how things stand: each window and freeze, as it is now or comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from change.model import Record
from change.window import Calendar, now_or_next, said
from govnet.report.lines import Line, wrapped


class InForce(Record):
    """A window or a freeze that is in force, or is to come."""

    kind: Literal["window", "freeze"]
    name: str
    title: str
    now: bool
    begins: datetime
    """UTC; the moment of the asking where it is in force."""
    ends: datetime | None
    """None where it stays in force as far as one can see."""


def in_force(calendar: Calendar, now: datetime) -> Iterator[InForce]:
    """Those that are not over; `now` is aware."""
    for period in (*calendar.windows, *calendar.freezes):
        if span := now_or_next(calendar, period, now):
            yield InForce(
                kind="window" if period in calendar.windows else "freeze",
                name=period.name,
                title=period.title,
                now=span[0] <= now.astimezone(UTC),
                begins=span[0],
                ends=span[1],
            )


def windows_lines(calendar: Calendar, found: Iterable[InForce], now: datetime) -> Iterator[Line]:
    """In the calendar's zone; nothing where there is none."""
    for place, one in enumerate(found):
        if place == 0:
            yield Line(f"Change windows, as of {said(calendar, now)}:")
        yield from wrapped(f"{one.kind} {one.name} ({one.title}): {_when(calendar, one)}", "  ")


def _when(calendar: Calendar, one: InForce) -> str:
    if not one.now:
        return f"from {said(calendar, one.begins)}"
    until = f" until {said(calendar, one.ends)}" if one.ends else ""
    return ("open" if one.kind == "window" else "in force") + until
