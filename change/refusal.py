"""Refusing steps with nothing sent, each for a reason that names the target on whose account it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from change.model import Outcome, Plan, Step
from change.result import StepEnd, listed
from change.run import Run, end
from change.waves import earlier


@dataclass(frozen=True)
class Refusal:
    """Why steps are refused."""

    others: str
    """Of each step that has no reason of its own."""
    own: Mapping[str, str] = field(default_factory=dict)
    """By step id."""
    because: tuple[str, ...] = ()
    """The targets that are to blame."""


STOPPED_BEFORE = Refusal("stopped by a person before it began")
GIVEN_UP = Refusal("given up by a person while its plan was paused: nothing was sent")
INTERRUPTED = Refusal("not begun when govnet was interrupted: nothing was sent")


def unfit(steps: Iterable[Step], problems: Mapping[str, str]) -> Refusal:
    """Where some targets, by step id, cannot be changed as planned: then none in their company is."""
    because = tuple(step.target for step in steps if step.id in problems)
    return Refusal(f"nothing was sent: {listed(because)} cannot be changed as planned", problems, because)


def unwanted(company: Iterable[Step], problems: Mapping[str, str]) -> Refusal:
    """Of steps that today's inventory wants otherwise, by step id, and of those that cannot be taken without them."""
    because = tuple(step.target for step in company if step.id in problems)
    return Refusal(f"nothing was sent: it cannot be changed without {listed(because)}", problems, because)


def not_begun(plan: Plan, wave: Mapping[str, StepEnd]) -> Refusal:
    """After a wave that did not confirm no later one is begun, whether it depends on what failed or not."""
    failed = {id_: one for id_, one in wave.items() if one.outcome is not Outcome.CONFIRMED}
    because = tuple(dict.fromkeys(name for one in failed.values() for name in one.because or (one.target,)))
    own = {
        id_: f"not begun: it comes after {with_outcomes(failed[one] for one in failed if one in before)}"
        for id_, before in earlier(plan.steps).items()
        if before & failed.keys()
    }
    blamed = with_outcomes(one for one in failed.values() if one.target in because)
    return Refusal(f"not begun: no wave is begun after {blamed}", own, because)


def with_outcomes(ends: Iterable[StepEnd]) -> str:
    return listed(f"{one.target} ({one.outcome})" for one in ends)


def refuse(run: Run, steps: Sequence[Step], refusal: Refusal) -> dict[str, StepEnd]:
    """Nothing was sent to any of these."""
    reasons = {step.id: refusal.own.get(step.id, refusal.others) for step in steps}
    ends = {step.id: end(step, Outcome.REFUSED, reasons[step.id], refusal.because) for step in steps}
    run.note_ends(steps, ends)
    run.refused.update(ends)
    return ends
