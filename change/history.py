"""What the journal says of each step of a plan: the memory of a run that ended early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from change.flight import Flight
from change.journal import Event
from change.model import INVERSE, JournalEntry, Outcome, Step
from change.result import StepEnd
from change.run import Run, end


@dataclass(frozen=True)
class History:
    events: dict[str, frozenset[str]]
    """Step id (inverse steps too) to the events that were written of it."""
    outcomes: dict[str, tuple[Outcome, str]]
    """The last of each step."""
    decided_again: frozenset[str] = frozenset()
    """Steps with two outcomes: confirmed, and what the plan's policy on failure then made of it."""

    def had(self, step_id: str, event: Event) -> bool:
        return event in self.events.get(step_id, frozenset())

    def ends(self, steps: Sequence[Step]) -> dict[str, StepEnd]:
        """Those of the steps that have ended."""
        return {step.id: end(step, *self.outcomes[step.id]) for step in steps if step.id in self.outcomes}

    def attempts(self, step: Step) -> int:
        """How many inverse steps of this one have an intent; they are numbered from 1."""
        number = 0
        while self.had(inverse_id(step, number + 1), Event.INTENT):
            number += 1
        return number

    def was_confirming(self, steps: Sequence[Step]) -> bool:
        """The whole wave had been verified and the confirm begun, and nobody had begun to take it back."""
        begun = all(self.had(step.id, Event.CONFIRMING) for step in steps)
        back = any(self.had(step.id, event) for step in steps for event in (Event.REVERTING, Event.UNDOING))
        return begun and not back


def history_of(entries: Sequence[JournalEntry]) -> History:
    """Of a plan's entries, those since it was last opened: one that was refused as a whole may be opened again."""
    opened = [place for place, entry in enumerate(entries) if entry.event == Event.PLAN_OPENED]
    events: dict[str, set[str]] = {}
    outcomes: dict[str, tuple[Outcome, str]] = {}
    again: set[str] = set()
    for entry in entries[opened[-1] if opened else 0 :]:
        if entry.step is None:
            continue
        events.setdefault(entry.step, set()).add(entry.event)
        if entry.outcome is not None:
            again |= outcomes.keys() & {entry.step}
            outcomes[entry.step] = (entry.outcome, entry.detail)
    return History({step: frozenset(found) for step, found in events.items()}, outcomes, frozenset(again))


def reopen(run: Run, steps: Sequence[Step], history: History) -> Flight:
    """The wave as the run before left it. Its timers are not known, so each is taken to run whole from now."""
    return Flight(
        run,
        tuple(steps),
        asked={step.id for step in steps if history.had(step.id, Event.INTENT)},
        armed={step.id for step in steps if history.had(step.id, Event.ARMED)},
    )


def inverse_id(step: Step, attempt: int) -> str:
    return f"{step.id}{INVERSE}{attempt}"
