"""Plans that are open or paused, for whoever asks how things stand: whose, how far, and who is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from change.history import history_of
from change.journal import Event, Journal
from change.locks import Lock, Owner, runs_here
from change.model import Digest, JournalEntry, Outcome, Record


class Unfinished(Record):
    """One plan that has not been brought to its end."""

    plan: Digest
    author: str
    reason: str
    opened: str
    """UTC, ISO 8601 with milliseconds and a trailing Z."""
    targets: int
    ended: int
    """Of the targets, those that have an outcome."""
    confirmed: int
    """Of those that ended, the ones that stand as planned."""
    paused: str
    """Why no further wave was begun, and what is left; empty of a plan that is open."""
    owner: str
    """Who holds the locks of an open plan; empty where nobody does."""
    runs: bool | None
    """Whether that process runs; None where it is of another host and cannot be asked."""


def unfinished(
    journal: Journal, held: Iterable[Lock], runs: Callable[[Owner], bool | None] = runs_here
) -> tuple[Unfinished, ...]:
    """Those that are open, then those that are paused, each in the order of their opening. Raises JournalError."""
    owners = {lock.plan: lock.owner for lock in held}
    paused = journal.paused_plans()
    return tuple(
        _of(journal, plan, plan in paused, owners.get(plan), runs) for plan in (*journal.open_plans(), *paused)
    )


def _of(
    journal: Journal, of: Digest, paused: bool, owner: Owner | None, runs: Callable[[Owner], bool | None]
) -> Unfinished:
    plan, entries = journal.plan(of), journal.entries(of)
    ends = history_of(entries).ends(plan.steps)
    return Unfinished(
        plan=of,
        author=plan.author,
        reason=plan.reason,
        opened=_last(entries, Event.PLAN_OPENED).at,
        targets=len(plan.steps),
        ended=len(ends),
        confirmed=sum(end.outcome is Outcome.CONFIRMED for end in ends.values()),
        paused=_last(entries, Event.PLAN_PAUSED).detail if paused else "",
        owner=str(owner) if owner else "",
        runs=runs(owner) if owner else False,
    )


def _last(entries: Iterable[JournalEntry], event: Event) -> JournalEntry:
    return [entry for entry in entries if entry.event == event][-1]
