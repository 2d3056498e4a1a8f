"""When changes may be made: weekly and dated windows, and freezes, which win over every window.

Pure. A clock on the wall of a window's own zone decides: a window is open at a moment if the wall reads a time within
it. So it is an hour longer in the night in which the clock goes back over it, and the part that the clock jumps over
never comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, field_serializer

from change.clock import moment
from change.model import Record
from change.result import listed

DAY_MIN = 24 * 60
SAMPLE = timedelta(hours=12)
"""No zone has ever changed its offset and changed it back within this."""
BEYOND = timedelta(days=22)
"""How far past the last dated thing a weekly window is looked for: two of its nights may be frozen or jumped over."""


class Weekly(Record):
    """On each of these days, from one local time to another; it may pass midnight."""

    kind: Literal["weekly"] = "weekly"
    days: frozenset[int]
    """0 is Monday."""
    start_min: int = Field(ge=0, lt=DAY_MIN)
    """Minutes after midnight on the wall."""
    end_min: int = Field(ge=1, lt=2 * DAY_MIN)
    """Likewise, counted from the midnight of the day that it starts on."""

    @field_serializer("days")
    def _in_order(self, days: frozenset[int]) -> list[int]:
        return sorted(days)


class Dated(Record):
    """Once, from one local moment to another; both are naive."""

    kind: Literal["dated"] = "dated"
    start: datetime
    end: datetime


class Period(Record):
    """A window or a freeze."""

    name: str
    title: str
    when: Weekly | Dated = Field(discriminator="kind")
    zone: str
    """An IANA name."""
    targets: frozenset[str] | None = None
    """Whom it is for; None where it is for all."""

    @field_serializer("targets")
    def _in_order(self, targets: frozenset[str] | None) -> list[str] | None:
        return None if targets is None else sorted(targets)

    def is_for(self, target: str) -> bool:
        return self.targets is None or target in self.targets


class Calendar(Record):
    """All windows and freezes of a world. Where there is no window, nothing is ever open."""

    windows: tuple[Period, ...] = ()
    freezes: tuple[Period, ...] = ()
    zone: str = "UTC"
    """In which people are told the time."""


class Open(NamedTuple):
    windows: tuple[str, ...]
    """By name, those that are open."""
    closes: datetime | None
    """UTC; None where it stays open as far as one can see."""


class Shut(NamedTuple):
    why: str
    """One sentence, with the freeze's or the window's name."""
    opens: datetime | None
    """UTC; None where it never opens for long enough."""


class Span(NamedTuple):
    """UTC, from the one up to and without the other."""

    begins: datetime
    ends: datetime


class Stretch(NamedTuple):
    """A time in which a zone keeps one offset."""

    span: Span
    offset: timedelta


def ask(calendar: Calendar, targets: Iterable[str], now: datetime, needs_s: float = 0.0) -> Open | Shut:
    """Whether all these targets may be changed from now (aware) on for needs_s seconds; else when next they may."""
    wanted = tuple(targets)
    second = now.astimezone(UTC).replace(microsecond=0)
    seen = Span(second, horizon(calendar, second))
    needs = timedelta(seconds=needs_s)
    spans = open_spans(calendar, wanted, seen)
    now_open = next((span for span in spans if span.begins == seen.begins), None)
    if now_open is not None and now_open.ends - now_open.begins >= needs:
        closes = None if now_open.ends == seen.ends else now_open.ends
        return Open(in_force(calendar.windows, wanted, seen.begins), closes)
    later = (span.begins for span in spans if span.ends - span.begins >= needs)
    return Shut(why_not(calendar, wanted, seen.begins, now_open, needs_s), next(later, None))


def now_or_next(calendar: Calendar, period: Period, now: datetime) -> tuple[datetime, datetime | None] | None:
    """From when (UTC; now, where it is in force) to when it is in force; None where it never is again.

    The end is None where it stays in force as far as one can see.
    """
    second = now.astimezone(UTC).replace(microsecond=0)
    seen = Span(second, horizon(calendar, second))
    span = next(iter(merged(spans_of(period, seen))), None)
    return span and (span.begins, None if span.ends == seen.ends else span.ends)


def said(calendar: Calendar, at: datetime) -> str:
    """A moment as people read it: Tue 2026-11-24 22:00 Africa/Dar_es_Salaam."""
    return f"{at.astimezone(ZoneInfo(calendar.zone)):%a %Y-%m-%d %H:%M} {calendar.zone}"


def begun_in(calendar: Calendar, targets: Sequence[str], now: datetime) -> str:
    """For the journal: the windows that these targets' wave begins in, and when they close; or why none is open."""
    answer = ask(calendar, targets, now)
    if isinstance(answer, Shut):
        return told(calendar, answer)
    closes = f"closes at {moment(answer.closes)}" if answer.closes else "always open"
    return f"{', '.join(answer.windows)}: {closes}"


def told(calendar: Calendar, answer: Shut) -> str:
    if answer.opens is None:
        return f"{answer.why}; none that is long enough is to come"
    return f"{answer.why}; the next one that is long enough opens on {said(calendar, answer.opens)}"


def why_not(calendar: Calendar, targets: Sequence[str], now: datetime, now_open: Span | None, needs_s: float) -> str:
    if now_open is not None:
        names = listed(in_force(calendar.windows, targets, now))
        return f"the window {names} closes on {said(calendar, now_open.ends)}, and this may take {needs_s:.0f} s"
    if frozen := in_force(calendar.freezes, targets, now):
        titles = {period.name: period.title for period in calendar.freezes}
        return f"frozen: {listed(f'{name} ({titles[name]})' for name in frozen)}"
    return "no change window is open"


def horizon(calendar: Calendar, now: datetime) -> datetime:
    """As far as one need look: after it every week is like the one before."""
    dated = (period.when for period in (*calendar.windows, *calendar.freezes) if isinstance(period.when, Dated))
    return max([now, *(one.end.replace(tzinfo=UTC) for one in dated)]) + BEYOND


def in_force(periods: Iterable[Period], targets: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The names of those that are for any of the targets and that a clock on the wall reads a time of."""
    a_moment = Span(now, now + timedelta(seconds=1))
    return tuple(
        period.name
        for period in periods
        if any(period.is_for(target) for target in targets) and any(spans_of(period, a_moment))
    )


def open_spans(calendar: Calendar, targets: Sequence[str], seen: Span) -> tuple[Span, ...]:
    """When all of the targets may be changed: each in some window that is for it, and none in a freeze for it."""
    spans: tuple[Span, ...] = (seen,)
    for windows, freezes in {applying(calendar, target) for target in targets}:
        allowed = merged(span for period in windows for span in spans_of(calendar.windows[period], seen))
        frozen = merged(span for period in freezes for span in spans_of(calendar.freezes[period], seen))
        spans = common(spans, common(allowed, outside(frozen, seen)))
    return spans


def applying(calendar: Calendar, target: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which windows and which freezes are for a target, by their places in the calendar."""
    windows = (place for place, period in enumerate(calendar.windows) if period.is_for(target))
    freezes = (place for place, period in enumerate(calendar.freezes) if period.is_for(target))
    return tuple(windows), tuple(freezes)


def spans_of(period: Period, seen: Span) -> Iterator[Span]:
    """Each time that the period is in force within `seen`, clipped to it."""
    for stretch in stretches(ZoneInfo(period.zone), seen):
        first, last = (edge.replace(tzinfo=None) + stretch.offset for edge in stretch.span)
        for start, end in occurrences(period.when, first, last):
            span = Span(
                max(start - stretch.offset, first - stretch.offset).replace(tzinfo=UTC),
                min(end - stretch.offset, last - stretch.offset).replace(tzinfo=UTC),
            )
            if span.begins < span.ends:
                yield span


def occurrences(when: Weekly | Dated, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Start and end of each on the wall (naive), of those that may touch the time between the two."""
    if isinstance(when, Dated):
        yield when.start, when.end
        return
    day = first.date() - timedelta(days=1)
    while day <= last.date():
        if day.weekday() in when.days:
            midnight = datetime.combine(day, time())
            yield midnight + timedelta(minutes=when.start_min), midnight + timedelta(minutes=when.end_min)
        day += timedelta(days=1)


def stretches(zone: ZoneInfo, seen: Span) -> Iterator[Stretch]:
    """The time seen, cut where the zone's offset from UTC changes."""
    begins = at = seen.begins
    while at < seen.ends:
        after = min(at + SAMPLE, seen.ends)
        if offset(zone, at) != offset(zone, after):
            change = first_of_offset(zone, at, after)
            yield Stretch(Span(begins, change), offset(zone, begins))
            begins = change
        at = after
    if begins < seen.ends:
        yield Stretch(Span(begins, seen.ends), offset(zone, begins))


def first_of_offset(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second that has the offset of `after`; the one of `before` is another."""
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (low, middle) if offset(zone, middle) == offset(zone, after) else (middle, high)
    return high


def offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In order, those that touch or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return tuple(found)


def outside(spans: Sequence[Span], seen: Span) -> tuple[Span, ...]:
    """What is left of the time seen without these (merged) spans."""
    edges = [seen.begins, *(edge for span in spans for edge in span), seen.ends]
    gaps = (Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=True))
    return tuple(gap for gap in gaps if gap.begins < gap.ends)


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """The time that lies in both; each is merged."""
    found: list[Span] = []
    mine, theirs = iter(one), iter(other)
    a, b = next(mine, None), next(theirs, None)
    while a is not None and b is not None:
        shared = Span(max(a.begins, b.begins), min(a.ends, b.ends))
        if shared.begins < shared.ends:
            found.append(shared)
        if a.ends <= b.ends:
            a = next(mine, None)
        else:
            b = next(theirs, None)
    return tuple(found)
