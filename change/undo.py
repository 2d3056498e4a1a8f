"""Taking back what was confirmed, where its wave did not confirm as a whole: the plan's inverse payload, as a step."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from change.confirm import close, confirm_wave, finish_interrupted, read_back
from change.flight import Failures, Flight, push, stale
from change.history import History, history_of, inverse_id, reopen
from change.journal import Event
from change.model import Diff, DiffLine, Outcome, PartDiff, Read, Step
from change.result import StepEnd
from change.run import Run, end
from change.settle import blamed, settle

INTERRUPTED: Failures = {None: "interrupted before it was verified"}
Sign = Literal[" ", "+", "-"]
OPPOSITE: dict[Sign, Sign] = {"+": "-", "-": "+", " ": " "}


def inverse_step(step: Step, attempt: int) -> Step:
    """The step that undoes a confirmed one: from its result back to its base, under an id of its own."""
    return step.model_copy(
        update={
            "id": inverse_id(step, attempt),
            "base": Read(fingerprint=step.result),
            "result": step.base.fingerprint,
            "payload": step.inverse,
            "inverse": step.payload,
            "diff": Diff(parts=tuple(reversed_part(part) for part in step.diff.parts)),
            "after": (),
            "apart": (),
            "probes": (),
        }
    )


def reversed_part(part: PartDiff) -> PartDiff:
    """The same lines, with what came gone and what went back."""
    lines = (DiffLine(sign=OPPOSITE[line.sign], text=line.text, effects=line.effects) for line in part.lines)
    return PartDiff(part=part.part, lines=tuple(lines))


def undo(run: Run, steps: Sequence[Step], why: str) -> dict[str, StepEnd]:
    """Each confirmed step of a wave that goes back as one: reverted where its inverse was confirmed, else unknown."""
    ends = invert(run, steps, why)
    return {step.id: original_end(step, ends[step.id]) for step in steps}


def invert(run: Run, steps: Sequence[Step], why: str) -> dict[str, StepEnd]:
    """By id of these confirmed steps, how its inverse step ended; all inverse steps are one wave.

    A stop by a person does not end it half-way. An inverse step that a run before left open is ended first.
    """
    steady = replace(run, stop=threading.Event())
    steady.note(Event.UNDOING, steps, why)
    history = history_of(run.journal.entries(run.digest))
    ends = end_open_inverses(steady, steps, history)
    rest = [step for step in steps if step.id not in ends]
    if rest:
        inverses = {step.id: inverse_step(step, history.attempts(step) + 1) for step in rest}
        ended = fly_inverses(steady, tuple(inverses.values()))
        ends |= {step.id: ended[inverses[step.id].id] for step in rest}
    return ends


def end_open_inverses(run: Run, steps: Sequence[Step], history: History) -> dict[str, StepEnd]:
    """By original step id, how its last inverse step ended, where that settles the matter."""
    last = {step.id: inverse_step(step, history.attempts(step)) for step in steps if history.attempts(step)}
    ends = history.ends(tuple(last.values()))
    still_open = [inverse for inverse in last.values() if inverse.id not in ends]
    if still_open:
        flight = reopen(run, still_open, history)
        begun = history.was_confirming(still_open)
        ends |= land(flight, finish_interrupted(flight) if begun else INTERRUPTED)
    settled = (Outcome.CONFIRMED, Outcome.UNKNOWN)
    return {id_: ends[inverse.id] for id_, inverse in last.items() if ends[inverse.id].outcome in settled}


def fly_inverses(run: Run, inverses: tuple[Step, ...]) -> dict[str, StepEnd]:
    """A wave of inverse steps. Those whose target is no longer as it was confirmed are left alone."""
    changed = stale(run, inverses)
    ends = {step.id: end(step, Outcome.REFUSED, changed[step.id]) for step in inverses if step.id in changed}
    flying = tuple(step for step in inverses if step.id not in changed)
    if not flying:
        return ends
    flight = Flight(run, flying)
    return ends | land(flight, push(flight) or confirm_wave(flight))


def land(flight: Flight, failures: Failures) -> dict[str, StepEnd]:
    """How inverse steps ended, written down. After a failure each one is what its box says: there is no further way."""
    run = flight.run
    if failures:
        run.note(Event.REVERTING, flight.steps, flight.told(failures))
        settled = run.each(flight.steps, lambda step: settle(flight, step))
        kept = [step for step in flight.steps if settled[step.id] is None]
        ends = {id_: blamed(flight, one, failures) for id_, one in settled.items() if isinstance(one, StepEnd)}
        ends |= read_back(flight, kept)
    else:
        ends = read_back(flight, flight.steps)
    run.note_ends(flight.steps, ends)
    close(run, flight.steps, ends)
    return ends


def original_end(step: Step, inverse: StepEnd) -> StepEnd:
    if inverse.outcome is Outcome.CONFIRMED:
        return end(step, Outcome.REVERTED, "it was confirmed, and went back by its inverse")
    reason = f"it was confirmed, and its inverse ended {inverse.outcome}: {inverse.reason}"
    return end(step, Outcome.UNKNOWN, f"{reason}; its wave went back, so compare it with the plan")
