"""When changes may be made: windows that open, freezes that end, and whom they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from inventory.checks.names import unknown
from inventory.checks.world import is_zone
from inventory.draft import Draft, Finding, Section, Spot
from inventory.hours import DAY_MIN, local_moment, minutes
from inventory.model import Period
from inventory.select import BadSelector, select


def some(draft: Draft) -> Iterator[Finding]:
    """Without a window no change may ever be applied: that must be meant, and nobody means it."""
    if not draft.windows and draft.whole("windows"):
        what = "no change window: nothing may ever be applied"
        fix = "add the section `windows`; one of all days from 00:00 to 24:00 is always open"
        yield Finding("no-window", Spot("windows", 0), what, fix)


def weekly(draft: Draft) -> Iterator[Finding]:
    """A window of some days has two times of day, which differ."""
    for index, window in enumerate(draft.windows):
        if window.days:
            yield from _times(Spot("windows", index), window, "window", minutes, '"22:00"')
            if minutes(window.start) == DAY_MIN:
                what = f"the window {window.name} starts when its day is over"
                yield Finding(
                    "window-start", Spot("windows", index, ("start",)), what, 'write "00:00", and the next day'
                )
            elif minutes(window.start) is not None and window.start == window.end:
                what = f"the window {window.name} ends when it starts"
                fix = 'write another end; a whole day is from "00:00" to "24:00"'
                yield Finding("window-empty", Spot("windows", index, ("end",)), what, fix)


def dated(draft: Draft) -> Iterator[Finding]:
    """A freeze, and a window without days, have two local moments, the first before the second."""
    for index, window in enumerate(draft.windows):
        if not window.days and minutes(window.start) is not None:
            what = f"the window {window.name} has times of day and no days"
            yield Finding("window-days", Spot("windows", index), what, "add `days: [tue, wed, thu]`, or write dates")
        elif not window.days:
            yield from _moments(Spot("windows", index), window, "window")
    for index, freeze in enumerate(draft.freezes):
        yield from _moments(Spot("freezes", index), freeze, "freeze")


def zones(draft: Draft) -> Iterator[Finding]:
    """A zone of its own is one that is known."""
    for spot, period in _periods(draft):
        if period.zone is not None and not is_zone(period.zone):
            what = f"the time zone `{period.zone}` of {period.name} is not known"
            fix = "write an IANA zone name, or leave it out for the world's"
            yield Finding("unknown-zone", spot.under("zone"), what, fix)


def scopes(draft: Draft) -> Iterator[Finding]:
    """Whom it is for exists."""
    for spot, period in _periods(draft):
        for place, name in enumerate(period.sites):
            yield from unknown(draft, "sites", name, spot.under("sites", place), "unknown-site")
        if period.selector is not None and draft.whole("sites", "devices", "institutions"):
            try:
                select(draft, period.selector)
            except BadSelector as problem:
                what, _, fix = str(problem).partition("; ")
                yield Finding("period-selector", spot.under("selector"), f"{period.name}: {what}", fix)


def _periods(draft: Draft) -> Iterator[tuple[Spot, Period]]:
    sections: tuple[tuple[Section, Sequence[Period]], ...] = (("windows", draft.windows), ("freezes", draft.freezes))
    for section, periods in sections:
        for index, period in enumerate(periods):
            yield Spot(section, index), period


def _moments(spot: Spot, period: Period, noun: str) -> Iterator[Finding]:
    yield from _times(spot, period, noun, local_moment, '"2026-12-20T00:00", without an offset: its zone says that')
    start, end = local_moment(period.start), local_moment(period.end)
    if start is not None and end is not None and start >= end:
        what = f"the {noun} {period.name} ends before it starts"
        yield Finding("period-empty", spot.under("end"), what, "write a later end")


def _times(
    spot: Spot, period: Period, noun: str, parse: Callable[[str], object | None], example: str
) -> Iterator[Finding]:
    for key, text in (("start", period.start), ("end", period.end)):
        if parse(text) is None:
            what = f"the {key} of the {noun} {period.name} is `{text}`"
            yield Finding("period-time", spot.under(key), what, f"write it as {example}")
