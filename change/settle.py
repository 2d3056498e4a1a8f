"""Bringing one step that may not stay to its end: the box is asked to go back, and asked until it has."""

from __future__ import annotations

from change.confirm import reads_as
from change.flight import Failures, Flight
from change.journal import Event
from change.model import Inspection, LatchState, Outcome, Step
from change.result import StepEnd, listed
from change.run import end
from change.target import TargetError

PENDING = frozenset({LatchState.ARMED, LatchState.TRYING, LatchState.TRIED})
"""A timer runs and the pre-image can be had now for the asking."""
FINAL = frozenset({LatchState.ABSENT, LatchState.CONFIRMED, LatchState.REVERTED, LatchState.BROKEN})
LOOK = "on its own console, ask its latch about step {id}: reverted or absent means that all is as before"


def settle(flight: Flight, step: Step) -> StepEnd | None:
    """How the step ended once nothing of it is pending; None where the box says that it is confirmed.

    Nothing is decided of a silent box before its deadline, and it gets settle_s more to be back and to answer.
    """
    answer = await_final(flight, step)
    if not isinstance(answer, Inspection):
        reason = f"it has not answered since its timer ended ({answer}); {LOOK.format(id=step.id)}"
        return end(step, Outcome.UNKNOWN, reason)
    if answer.state is LatchState.CONFIRMED:
        return None
    if answer.state in (LatchState.REVERTED, LatchState.ABSENT):
        return as_before(flight, step, answer.state)
    detail = f" ({answer.detail})" if answer.detail else ""
    return end(step, Outcome.UNKNOWN, f"its latch says {answer.state}{detail}: it does not read as before; log in")


def as_before(flight: Flight, step: Step, state: LatchState) -> StepEnd:
    """Reverted, or refused where the box never had the step; unknown where the target does not read as its base."""
    had_it = state is LatchState.REVERTED or step.id in flight.armed
    if not had_it:
        return end(step, Outcome.REFUSED, "the box never accepted it: nothing was done")
    if why := reads_as(flight, step, step.base.fingerprint):
        return end(step, Outcome.UNKNOWN, f"its latch says {state}, but {why}")
    flight.run.note(Event.REVERTED, (step,))
    return end(step, Outcome.REVERTED)


def await_final(flight: Flight, step: Step) -> Inspection | TargetError:
    """The box's last word: its final state, or what it said (or why it was silent) when there was no more waiting."""
    run = flight.run
    give_up = max(flight.latest(step), run.clock.monotonic()) + run.pace.settle_s
    while True:
        answer = ask(flight, step)
        if isinstance(answer, Inspection) and answer.state in FINAL:
            return answer
        if run.clock.monotonic() >= give_up:
            return answer
        run.pause()


def ask(flight: Flight, step: Step) -> Inspection | TargetError:
    """Inspect, ask for the pre-image where a timer still runs, and inspect again."""
    try:
        target = flight.run.target(step)
        answer = target.inspect(step)
        if answer.state not in PENDING:
            return answer
        target.revert(step, flight.run.announce(step))
        return target.inspect(step)
    except TargetError as problem:
        return problem


def blamed(flight: Flight, ended: StepEnd, failures: Failures) -> StepEnd:
    """With what its wave failed at after its own reason: its own failure, or whose company it went back in."""
    because = tuple(step.target for step in flight.steps if step.id in failures)
    why = failures.get(ended.step) or failures.get(None) or f"in one wave with {listed(because)}, which failed"
    reason = f"{ended.reason} ({why})" if ended.reason else why
    return ended.model_copy(update={"reason": reason, "because": because})
