"""Making a verified wave stay, and reading back that it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from change.flight import Failures, Flight, inspect_all, probe_all, remaining
from change.journal import Event
from change.model import Inspection, LatchState, Outcome, Step
from change.result import StepEnd
from change.run import Run, end
from change.target import TargetError, TargetUnreachable

STANDING = frozenset({LatchState.TRIED, LatchState.CONFIRMED})


def confirm_wave(flight: Flight) -> Failures:
    """Say so in the journal for the whole wave at once, then tell every box."""
    flight.run.note(Event.CONFIRMING, flight.steps)
    return confirm_all(flight, flight.steps)


def confirm_all(flight: Flight, steps: Sequence[Step]) -> Failures:
    """Tell these boxes to keep it. A failure is of each that did not, or that did not say."""
    answers = flight.run.each(steps, lambda step: confirm_one(flight, step))
    return {id_: str(why) for id_, why in answers.items() if why}


def confirm_one(flight: Flight, step: Step) -> str:
    """Until the box has answered, or its timer must have ended. Returns why not, empty where it is kept."""
    run = flight.run
    give_up = flight.latest(step)
    run.told_to_keep.add(step.id)
    while True:
        try:
            run.target(step).confirm(step)
        except TargetError as problem:
            why, lost = str(problem), isinstance(problem, TargetUnreachable)
        else:
            run.note(Event.CONFIRMED, (step,))
            return ""
        run.note(Event.FAILED, (step,), f"confirming: {why}")
        answer = inspect_all(run, (step,))[step.id]
        if isinstance(answer, Inspection) and answer.state is LatchState.CONFIRMED:
            run.note(Event.CONFIRMED, (step,), "as the box says itself")
            return ""
        unsure = isinstance(answer, TargetError) or answer.state is LatchState.TRIED
        if not (lost and unsure) or run.clock.monotonic() >= give_up:
            return f"not confirmed: {why}"
        run.pause()


def finish_interrupted(flight: Flight) -> Failures:
    """A wave that was being confirmed when govnet ended: confirm the rest if every box still stands. Else why not."""
    states, failures = await_answers(flight)
    if failures:
        return failures
    run = flight.run
    tried = [step for step in flight.steps if states[step.id].state is LatchState.TRIED]
    verified = run.each(tried, lambda step: run.target(step).verify(step))
    failed: Failures = {id_: str(why) for id_, why in verified.items() if why is not None}
    short: Failures = {
        id_: "too little was left of its timer to confirm safely"
        for id_, left_s in remaining(run, tried).items()
        if left_s < run.pace.confirm_s
    }
    return failed or short or confirm_all(flight, tried)


def await_answers(flight: Flight) -> tuple[dict[str, Inspection], Failures]:
    """Ask every box until all have answered, one has given the change up, or a timer leaves no more time to ask."""
    run = flight.run
    give_up = max(flight.latest(step) for step in flight.steps)
    while True:
        answers = inspect_all(run, flight.steps)
        states = {id_: answer for id_, answer in answers.items() if isinstance(answer, Inspection)}
        given_up = [step for step in flight.steps if step.id in states and states[step.id].state not in STANDING]
        if given_up:
            return states, {step.id: f"it is {states[step.id].state}" for step in given_up}
        silent = [step for step in flight.steps if step.id not in states]
        if not silent:
            return states, {}
        lefts = [state.remaining_s for state in states.values() if state.remaining_s is not None]
        left_s = min([give_up - run.clock.monotonic(), *lefts])
        if left_s <= run.pace.poll_s + run.pace.confirm_s:
            return states, {step.id: str(answers[step.id]) for step in silent}
        run.pause()


def read_back(flight: Flight, steps: Sequence[Step]) -> dict[str, StepEnd]:
    """How confirmed steps ended: confirmed where the target reads as the result, and never on its word alone."""
    answers = flight.run.each(steps, lambda step: reads_as(flight, step, step.result))
    ends: dict[str, StepEnd] = {}
    for step in steps:
        why = answers[step.id]
        ends[step.id] = (
            end(step, Outcome.UNKNOWN, f"it was confirmed, but {why}", (step.target,))
            if why
            else end(step, Outcome.CONFIRMED)
        )
    return ends


def probes_after(flight: Flight, steps: Sequence[Step]) -> Failures:
    """What confirmed steps have lost, asked for settle_s: each answer is written down anew. Empty where nothing is."""
    run = flight.run
    probed = [step for step in steps if step.probes]
    give_up = run.clock.monotonic() + run.pace.settle_s
    flight.seen.clear()
    while True:
        answers = run.each(probed, lambda step: probe_all(flight, step))
        failures: Failures = {id_: f"after the confirm: {why}" for id_, why in answers.items() if why}
        if not failures or run.clock.monotonic() >= give_up:
            return failures
        run.locks.beat()
        run.pause()


def close(run: Run, steps: Sequence[Step], ends: Mapping[str, StepEnd]) -> None:
    """Of what stays as planned nothing is taken back any more. A target that does not hear it lets go by itself."""
    stay = [step for step in steps if ends[step.id].outcome is Outcome.CONFIRMED]
    run.each(stay, lambda step: run.target(step).close(step))


def reads_as(flight: Flight, step: Step, fingerprint: str) -> str:
    """Why the target does not read as this; empty where it does. A silent one is asked for settle_s."""
    run = flight.run
    give_up = run.clock.monotonic() + run.pace.settle_s
    while True:
        try:
            found = run.target(step).read()
        except TargetError as problem:
            if run.clock.monotonic() >= give_up:
                return f"it could not be read: {problem}"
            run.pause()
            continue
        if found == fingerprint:
            return ""
        return f"it reads as {found} and not as {fingerprint}: compare it with the plan"
