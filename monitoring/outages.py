"""Intervals of all subjects -> outages: one root cause, how long, and whom it took with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from monitoring.document import Outage
from monitoring.model import Interval, State, Subject, SubjectKind, Uptime
from monitoring.state import fault, roots

OUT = frozenset({State.DOWN, State.UNREACHABLE})
"""Not available to the people there."""


class Episode(NamedTuple):
    """A maximal run of time in which one subject was out."""

    subject: Subject
    start: datetime
    end: datetime
    cause: str
    """Of its causes, the one that held longest: the first round after a cut may not have known better."""
    ongoing: bool
    """What follows is the end of the period, or of our looking."""


def episodes(uptime: Uptime) -> tuple[Episode, ...]:
    """By time."""
    found: list[Episode] = []
    run: list[Interval] = []
    for one in uptime.intervals:
        if one.state in OUT:
            run.append(one)
            continue
        if run:
            found.append(_episode(run, one.state is State.UNKNOWN))
        run = []
    if run:
        found.append(_episode(run, True))
    return tuple(found)


def _episode(run: list[Interval], ongoing: bool) -> Episode:
    held: dict[str, timedelta] = {}
    for one in run:
        held[one.cause] = held.get(one.cause, timedelta()) + (one.end - one.start)
    cause = max(held, key=lambda text: held[text])
    return Episode(run[0].subject, run[0].start, run[-1].end, cause, ongoing)


def outages(uptimes: Iterable[Uptime]) -> tuple[Outage, ...]:
    """Episodes of one cause that overlap or touch are one outage. Numbered by start, then cause."""
    every = sorted(
        (episode for uptime in uptimes for episode in episodes(uptime)), key=lambda one: (one.cause, one.start)
    )
    groups: list[list[Episode]] = []
    for episode in every:
        last = groups[-1] if groups else []
        if last and last[0].cause == episode.cause and episode.start <= max(one.end for one in last):
            last.append(episode)
        else:
            groups.append([episode])
    groups.sort(key=lambda group: (group[0].start, group[0].cause))
    return tuple(_outage(number, group) for number, group in enumerate(groups, start=1))


def _outage(number: int, group: list[Episode]) -> Outage:
    cause = group[0].cause
    return Outage(
        number=number,
        start=group[0].start,
        end=max(one.end for one in group),
        cause=cause,
        root=roots(cause),
        fault=fault(cause),
        devices=_names(group, SubjectKind.DEVICE),
        links=_names(group, SubjectKind.LINK),
        institutions=_names(group, SubjectKind.INSTITUTION),
        services=_names(group, SubjectKind.SERVICE),
        ongoing=any(one.ongoing for one in group),
    )


def _names(group: list[Episode], kind: SubjectKind) -> tuple[str, ...]:
    return tuple(sorted({one.subject.name for one in group if one.subject.kind is kind}))
