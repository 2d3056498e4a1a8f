"""What was seen -> a state for every moment of a period -> uptime. Pure: no clock, no store.

The state seen in a round holds until the next round of the same watch. Outside watches nobody was looking: unknown.
Time that was declared as maintenance is maintenance, whatever was seen, and is not counted for or against the subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from inventory.model import Record
from monitoring.document import Maintenance, Watch
from monitoring.model import Interval, State, Subject, Uptime

NOT_WATCHED = "the poller was off"
NOT_JUDGED = "not in the inventory at the time"


class Change(Record):
    """A subject's state from one round on, within one watch. Every watch begins with one for each subject."""

    watch: int
    subject: Subject
    at: datetime
    state: State
    cause: str = ""


def intervals(
    subject: Subject,
    changes: Iterable[Change],
    watches: Iterable[Watch],
    maintenance: Iterable[Maintenance],
    start: datetime,
    end: datetime,
) -> tuple[Interval, ...]:
    """A partition of [start, end), by time: no gaps, no overlaps, neighbours differ in state or cause.

    Changes and maintenance of other subjects are ignored. Raises ValueError where end is before start.
    """
    if end < start:
        raise ValueError("a period ends before it starts")
    own = sorted((change for change in changes if change.subject == subject), key=lambda change: change.at)
    seen: list[Interval] = []
    cursor = start
    for watch in sorted(watches, key=lambda one: (one.start, one.number)):
        first, last = max(watch.start, cursor), min(watch.end, end)
        if first >= last:
            continue
        seen.append(_unknown(subject, cursor, first, NOT_WATCHED))
        seen += _watched(subject, [change for change in own if change.watch == watch.number], first, last)
        cursor = last
    seen.append(_unknown(subject, cursor, end, NOT_WATCHED))
    for declared in sorted(maintenance, key=lambda one: one.start):
        if declared.subject == subject:
            seen = _overlay(seen, declared)
    return _merged(seen)


def _unknown(subject: Subject, start: datetime, end: datetime, cause: str) -> Interval:
    return Interval(subject=subject, state=State.UNKNOWN, start=start, end=end, cause=cause)


def _watched(subject: Subject, changes: Sequence[Change], start: datetime, end: datetime) -> list[Interval]:
    """One watch, clipped to [start, end)."""
    edges = [min(max(change.at, start), end) for change in changes]
    found = [_unknown(subject, start, edges[0] if edges else end, NOT_JUDGED)]
    for change, (first, last) in zip(changes, pairwise([*edges, end]), strict=True):
        found.append(Interval(subject=subject, state=change.state, start=first, end=last, cause=change.cause))
    return found


def _overlay(seen: Iterable[Interval], declared: Maintenance) -> list[Interval]:
    """The same time, with the declared part of each interval as maintenance."""
    found = []
    for one in seen:
        first = min(max(declared.start, one.start), one.end)
        last = max(min(declared.end, one.end), first)
        during = {"state": State.MAINTENANCE, "start": first, "end": last, "cause": declared.reason}
        found += [
            one.model_copy(update={"end": first}),
            one.model_copy(update=during),
            one.model_copy(update={"start": last}),
        ]
    return found


def _merged(seen: Iterable[Interval]) -> tuple[Interval, ...]:
    """Empty intervals dropped, equal neighbours joined."""
    found: list[Interval] = []
    for one in seen:
        if one.start == one.end:
            continue
        if found and (found[-1].state, found[-1].cause) == (one.state, one.cause):
            found[-1] = found[-1].model_copy(update={"end": one.end})
        else:
            found.append(one)
    return tuple(found)


def uptime(subject: Subject, start: datetime, end: datetime, partition: tuple[Interval, ...]) -> Uptime:
    """Sums of a partition of [start, end). Every state has its seconds, zero included."""
    spent = dict.fromkeys(State, timedelta())
    for one in partition:
        spent[one.state] += one.end - one.start
    measured = spent[State.UP] + spent[State.DOWN] + spent[State.UNREACHABLE]
    return Uptime(
        subject=subject,
        start=start,
        end=end,
        seconds={state: time.total_seconds() for state, time in spent.items()},
        availability=spent[State.UP] / measured if measured else None,
        intervals=partition,
    )


def watched(watches: Iterable[Watch], start: datetime, end: datetime) -> timedelta:
    """How much of [start, end) at least one watch covers."""
    total, cursor = timedelta(), start
    for watch in sorted(watches, key=lambda one: one.start):
        first, last = max(watch.start, cursor), min(watch.end, end)
        if first < last:
            total += last - first
            cursor = last
    return total
