"""Whether what was taken back was taken back in order, from the evidence alone. Pure.

An inverse step goes through the phases of every other; it begins when the journal has said so of the step that it takes
back, one attempt after the other, and the waves go back the last first.
"""

from __future__ import annotations

from collections.abc import Iterator

from change.evidence import Evidence
from change.journal import Event
from change.model import INVERSE, JournalEntry, Outcome, Step


def inverses(change: Evidence) -> dict[str, list[JournalEntry]]:
    """The entries of each inverse step, by its id, in the order in which they began."""
    found: dict[str, list[JournalEntry]] = {}
    for entry in change.entries:
        if entry.step is not None and INVERSE in entry.step:
            found.setdefault(entry.step, []).append(entry)
    return found


def problems(change: Evidence) -> Iterator[str]:
    """Each in one sentence; none where all of it is in order."""
    yield from wave_order_problems(change)
    for step in change.plan.steps:
        yield from attempt_problems(step, change)
        yield from reverted_problems(step, change)


def attempt_problems(step: Step, change: Evidence) -> Iterator[str]:
    """Each attempt after the entry that the step is undone, and after the outcome of the attempt before it."""
    undoing, attempts = False, 0
    over = True
    for entry in change.entries:
        if entry.step == step.id:
            undoing = undoing or entry.event == Event.UNDOING
        if entry.step is None or not entry.step.startswith(step.id + INVERSE):
            continue
        if entry.event == Event.INTENT:
            attempts += 1
            if not undoing:
                yield f"{step.target}: entry {entry.number} takes it back, and no entry says before that it will be"
            if entry.step != f"{step.id}{INVERSE}{attempts}":
                yield f"{step.target}: entry {entry.number} is not of attempt {attempts} to take it back, which is due"
            elif not over:
                yield f"{step.target}: entry {entry.number} begins an attempt before the one before it has ended"
            over = False
        over = over or entry.event == Event.OUTCOME


def reverted_problems(step: Step, change: Evidence) -> Iterator[str]:
    """A step is reverted where its box went back, or where an inverse step of it was confirmed, before it is said."""
    back = False
    for entry in change.entries:
        if entry.step is None:
            continue
        if entry.step == step.id and entry.event == Event.REVERTED:
            back = True
        if entry.step.startswith(step.id + INVERSE) and entry.outcome is Outcome.CONFIRMED:
            back = True
        if entry.step == step.id and entry.outcome is Outcome.REVERTED and not back:
            yield f"{step.target}: entry {entry.number} says reverted, and nothing before it says that it went back"


def wave_order_problems(change: Evidence) -> Iterator[str]:
    """No wave goes back while a later one that is to go back has not ended."""
    wave = {step.id: step for step in change.plan.steps}
    open_: dict[str, Step] = {}
    lowest: Step | None = None
    for entry in change.entries:
        step = wave.get(entry.step.partition(INVERSE)[0]) if entry.step and INVERSE in entry.step else None
        if step is None or entry.step is None:
            continue
        if entry.event == Event.INTENT:
            late = [other.target for other in open_.values() if other.wave > step.wave]
            if lowest is not None and step.wave > lowest.wave:
                late.append(lowest.target)
            if late:
                yield f"{step.target}: entry {entry.number} takes it back out of turn: see {', '.join(sorted(late))}"
            open_[entry.step] = step
            lowest = step if lowest is None or step.wave < lowest.wave else lowest
        if entry.event == Event.OUTCOME:
            open_.pop(entry.step, None)
