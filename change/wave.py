"""A wave from its first question to its outcomes: atomic, so that all of it stays or all of it goes back."""

from __future__ import annotations

from change.confirm import confirm_wave, finish_interrupted, probes_after, read_back
from change.flight import Failures, Flight, probe_all, push
from change.history import History, reopen
from change.journal import Event
from change.model import Outcome, Step
from change.result import StepEnd
from change.run import Run, end
from change.settle import blamed, settle
from change.undo import undo


def run_wave(run: Run, steps: tuple[Step, ...]) -> dict[str, StepEnd]:
    """Arm, try, hold, verify, confirm and read back a wave whose bases were read just now; its outcomes are noted."""
    run.note(Event.CHECKED, steps, "reads as its base")
    own = max(step.wave for step in steps)
    later = (step.target for step in run.plan.steps if step.wave > own and step.id not in run.refused)
    flight = Flight(run, steps, later=frozenset(later))
    run.each(steps, lambda step: probe_all(flight, step))  # how it was before: evidence, and no verdict
    failures = push(flight) or confirm_wave(flight)
    return land(flight, failures)


def end_wave(run: Run, steps: tuple[Step, ...], history: History) -> dict[str, StepEnd]:
    """The same end for a wave that an earlier run left open: finished if it was being confirmed, else taken back."""
    flight = reopen(run, steps, history)
    if history.was_confirming(steps):
        return land(flight, finish_interrupted(flight))
    undoing = {step.id for step in steps if history.had(step.id, Event.UNDOING)}
    return land(flight, {None: "govnet was interrupted"}, undoing)


def land(flight: Flight, failures: Failures, undoing: set[str] | None = None) -> dict[str, StepEnd]:
    """All confirmed where nothing failed; else none. `undoing`: steps that are known to be confirmed and to go back."""
    ends = go_back(flight, failures, undoing or set()) if failures else stay(flight)
    flight.run.note_ends(flight.steps, ends)
    return ends


def stay(flight: Flight) -> dict[str, StepEnd]:
    """Read back, and probed once more: where a confirmed wave then has lost something, it goes back by its inverses."""
    ends = read_back(flight, flight.steps)
    confirmed = [step for step in flight.steps if ends[step.id].outcome is Outcome.CONFIRMED]
    lost = probes_after(flight, confirmed)
    if not lost:
        return ends
    undone = undo(flight.run, confirmed, flight.told(lost))
    return ends | {id_: blamed(flight, ended, lost) for id_, ended in undone.items()}


def go_back(flight: Flight, failures: Failures, undoing: set[str]) -> dict[str, StepEnd]:
    """Ask every box that may have heard to go back, wait out those that are silent, undo what had been confirmed."""
    run = flight.run
    why = flight.told(failures)
    asked = [step for step in flight.steps if step.id in flight.asked]
    run.note(Event.REVERTING, asked, why)
    run.locks.beat()
    settled = run.each([step for step in asked if step.id not in undoing], lambda step: settle(flight, step))
    ends = {id_: ended for id_, ended in settled.items() if isinstance(ended, StepEnd)}
    confirmed = [step for step in asked if step.id not in ends]
    if confirmed:
        ends |= undo(run, confirmed, why)
    ends |= {step.id: end(step, Outcome.REFUSED, "nothing was sent") for step in flight.steps if step not in asked}
    return {id_: blamed(flight, ended, failures) for id_, ended in ends.items()}
