"""What we know of targets from the journal: what our last change of each one left there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from change.guards.surroundings import LastKnown
from change.journal import Event, Journal, JournalError
from change.model import Digest, Outcome, Step


def last_known(journal: Journal, targets: Collection[str], comparable: Callable[[Step], bool]) -> dict[str, LastKnown]:
    """By target, of those whose last step was confirmed or went back; what ended otherwise tells nothing.

    `comparable`: whether a step's fingerprints say what its target is, and not what is pending there. What only a plan
    of another govnet's version could tell is not known.
    """
    last = {
        entry.target: entry
        for entry in journal.of(Event.OUTCOME)
        if entry.target in targets and entry.outcome is not Outcome.REFUSED
    }
    steps = steps_of(journal, {entry.plan for entry in last.values() if entry.plan is not None})
    found: dict[str, LastKnown] = {}
    for entry in last.values():
        step = steps.get(entry.step or "")
        if step is None:
            continue
        if entry.outcome is Outcome.CONFIRMED:
            stands_as = step.result if comparable(step) else None
            found[step.target] = LastKnown(intent=step.intent, stands_as=stands_as)
        elif entry.outcome is Outcome.REVERTED and comparable(step):
            found[step.target] = LastKnown(intent=None, stands_as=step.base.fingerprint)
    return found


def steps_of(journal: Journal, plans: Iterable[Digest]) -> dict[str, Step]:
    """By step id; inverse steps stand in no plan."""
    found: dict[str, Step] = {}
    for plan in plans:
        with suppress(JournalError):
            found.update((step.id, step) for step in journal.plan(plan).steps)
    return found
