"""The end of a plan: what its policy on failure makes of the confirmed waves, and then nothing is taken back any more.

Where a wave of a plan that takes back was begun and does not stand, the confirmed steps go back too, the last wave
first, by the inverse steps that were signed with it. Each gets a second outcome, which counts; that is also how a
resume knows which of them are decided. It ends at the first wave that does not go back as a whole. What was never begun
(another intent, a stop between two waves, a plan that is given up) is no failure: then what was confirmed stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from change.confirm import close
from change.history import history_of
from change.journal import Event
from change.model import OnFailure, Outcome, Step
from change.refusal import with_outcomes
from change.result import StepEnd, listed
from change.run import Run, end
from change.undo import invert
from change.waves import earlier


def conclude(run: Run, ends: dict[str, StepEnd]) -> None:
    """Every step has its end in `ends`, and what the policy makes of it gets there. Then the targets let go."""
    if run.plan.on_failure is OnFailure.TAKE_BACK:
        take_back(run, ends)
    close(run, run.plan.steps, ends)


def take_back(run: Run, ends: dict[str, StepEnd]) -> None:
    history = history_of(run.journal.entries(run.digest))
    failed = [
        ends[step.id]
        for step in run.plan.steps
        if ends[step.id].outcome is not Outcome.CONFIRMED
        and history.had(step.id, Event.INTENT)
        and step.id not in history.decided_again  # its own wave stood
    ]
    if not failed:
        return
    names = because(failed)
    needed = needed_by_unknown(run.plan.steps, ends)
    left = [
        tuple(s for s in wave if ends[s.id].outcome is Outcome.CONFIRMED and s.id not in history.decided_again)
        for wave in run.plan.waves
    ]
    while left:
        wave = left.pop()
        stay = {step.id: end(step, Outcome.CONFIRMED, needed[step.id]) for step in wave if step.id in needed}
        back = [step for step in wave if step.id not in stay]
        inverses = invert(run, back, f"taken back because of {listed(names)}") if back else {}
        taken = {step.id: taken_end(step, inverses[step.id], names) for step in back}
        stuck = [one for one in taken.values() if one.outcome is not Outcome.REVERTED]
        if stuck:
            stay |= stays([step for earlier_wave in left for step in earlier_wave], stuck)
            left = []
        decided = taken | stay
        run.note_ends([step for step in run.plan.steps if step.id in decided], decided)
        ends |= decided


def because(failed: Sequence[StepEnd]) -> tuple[str, ...]:
    """The targets on whose account the plan did not come through."""
    return tuple(dict.fromkeys(name for one in failed for name in one.because or (one.target,)))


def needed_by_unknown(steps: Sequence[Step], ends: Mapping[str, StepEnd]) -> dict[str, str]:
    """By step id, why it may not be taken back: what came after it, and stands on it, may be in force."""
    before = earlier(steps)
    unknown = [step for step in steps if ends[step.id].outcome is Outcome.UNKNOWN]
    return {
        id_: f"it stays: it is unknown whether {step.target}, which came after it, went back"
        for step in unknown
        for id_ in before[step.id]
    }


def taken_end(step: Step, inverse: StepEnd, names: tuple[str, ...]) -> StepEnd:
    """An inverse step that itself went back left the box as it was confirmed; one that could not begin says nothing."""
    if inverse.outcome is Outcome.CONFIRMED:
        return end(step, Outcome.REVERTED, f"it was confirmed, and was taken back because of {listed(names)}", names)
    if inverse.outcome is Outcome.REVERTED:
        return end(step, Outcome.CONFIRMED, f"it stays: it could not be taken back: {inverse.reason}", names)
    reason = f"it was confirmed, and its inverse ended {inverse.outcome}: {inverse.reason}"
    return end(step, Outcome.UNKNOWN, reason, names)


def stays(steps: Iterable[Step], stuck: Sequence[StepEnd]) -> dict[str, StepEnd]:
    """After a wave that did not go back no other one does: where something went wrong, nothing more is risked."""
    reason = f"it stays: nothing more is taken back after {with_outcomes(stuck)}"
    return {step.id: end(step, Outcome.CONFIRMED, reason, tuple(one.target for one in stuck)) for step in steps}
