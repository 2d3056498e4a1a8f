"""A wave from its first question to its outcomes: atomic, so that all of it stays or all of it goes back."""

from __future__ import annotations

from collections.abc import Sequence

from change.confirm import confirm_wave, finish_interrupted, read_back
from change.flight import Flight, probe_all, push, stale
from change.history import History, reopen
from change.journal import Event
from change.model import Outcome, Step
from change.result import StepEnd
from change.run import Run, end
from change.settle import settle
from change.undo import undo


def run_wave(run: Run, steps: tuple[Step, ...]) -> dict[str, StepEnd]:
    """Check, arm, try, hold, verify, confirm, read back; the outcomes are in the journal when it returns."""
    if changed := stale(run, steps):
        return refuse(run, steps, changed, "nothing was sent: " + "; ".join(changed.values()))
    run.note(Event.CHECKED, steps, "reads as its base")
    flight = Flight(run, steps)
    run.each(steps, lambda step: probe_all(flight, step))  # how it was before: evidence, and no verdict
    failures = push(flight) or confirm_wave(flight)
    return land(flight, failures)


def end_wave(run: Run, steps: tuple[Step, ...], history: History) -> dict[str, StepEnd]:
    """The same end for a wave that an earlier run left open: finished if it was being confirmed, else taken back."""
    flight = reopen(run, steps, history)
    if history.was_confirming(steps):
        return land(flight, finish_interrupted(flight))
    undoing = {step.id for step in steps if history.had(step.id, Event.UNDOING)}
    return land(flight, ("govnet was interrupted",), undoing)


def land(flight: Flight, failures: Sequence[str], undoing: set[str] | None = None) -> dict[str, StepEnd]:
    """All confirmed where nothing failed; else none. `undoing`: steps that are known to be confirmed and to go back."""
    ends = go_back(flight, failures, undoing or set()) if failures else read_back(flight, flight.steps)
    flight.run.note_ends(flight.steps, ends)
    return ends


def go_back(flight: Flight, failures: Sequence[str], undoing: set[str]) -> dict[str, StepEnd]:
    """Ask every box that may have heard to go back, wait out those that are silent, undo what had been confirmed."""
    run = flight.run
    why = "; ".join(failures)
    asked = [step for step in flight.steps if step.id in flight.asked]
    run.note(Event.REVERTING, asked, why)
    run.locks.beat()
    settled = run.each([step for step in asked if step.id not in undoing], lambda step: settle(flight, step))
    ends = {id_: ended for id_, ended in settled.items() if isinstance(ended, StepEnd)}
    confirmed = [step for step in asked if step.id not in ends]
    if confirmed:
        ends |= undo(run, confirmed, why)
    ends |= {step.id: end(step, Outcome.REFUSED, "nothing was sent") for step in flight.steps if step not in asked}
    return {id_: reasoned(ended, why) for id_, ended in ends.items()}


def reasoned(ended: StepEnd, why: str) -> StepEnd:
    """With the wave's reason after the step's own."""
    return ended.model_copy(update={"reason": f"{ended.reason} ({why})" if ended.reason else why})


def refuse(run: Run, steps: Sequence[Step], own: dict[str, str], why: str) -> dict[str, StepEnd]:
    """Nothing was sent to any of these; each with its own reason where it has one."""
    ends = {step.id: end(step, Outcome.REFUSED, own.get(step.id, why)) for step in steps}
    run.note_ends(steps, ends)
    return ends
