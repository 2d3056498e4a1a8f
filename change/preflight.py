"""Before any wave: what the inventory wants today of every target that is left, and what each reads as now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from change.flight import stale
from change.model import Digest, Read, Step
from change.refusal import Refusal, unfit, unwanted
from change.run import Run
from change.target import TargetError, named


@dataclass(frozen=True)
class Findings:
    all: Refusal | None = None
    """Why nothing of the plan may be begun; None where the rest may."""
    company: tuple[Step, ...] = ()
    """Those that today's inventory wants otherwise, and what cannot be done without them."""
    some: Refusal | None = None
    """Why these are refused; None where there are none."""


def preflight(run: Run, steps: Sequence[Step]) -> Findings:
    """Another intent refuses a step and its company alone; another base, or no answer, of any of the rest refuses all.

    So does what this machine itself denies us: nothing was sent yet.
    """
    try:
        answers = run.each(steps, lambda step: run.target(step).intent())
        differing = {step.id: unlike(step) for step in steps if is_another(answers[step.id], step.intent)}
        company = in_company(steps, differing)
        going = [step for step in steps if step not in company]
        problems = {step.id: named(step.target, answers[step.id]) for step in going if answers[step.id] != step.intent}
        found = stale(run, [step for step in going if is_there(step, steps)]) | problems
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        return Findings(all=Refusal(f"nothing was sent: {where}{problem.strerror or problem}"))
    return Findings(
        all=unfit(going, found) if found else None,
        company=company,
        some=unwanted(company, differing) if company else None,
    )


def is_another(answer: Digest | TargetError, intent: Digest) -> bool:
    return not isinstance(answer, TargetError) and answer != intent


def is_there(step: Step, steps: Sequence[Step]) -> bool:
    """Not one that a step among these is still to create."""
    return isinstance(step.base, Read) or all(step.base.step != other.id for other in steps)


def unlike(step: Step) -> str:
    return f"the inventory wants something else of {step.target} than when the plan was made: make a new plan"


def in_company(steps: Sequence[Step], ids: Collection[str]) -> tuple[Step, ...]:
    """Those of these ids, and all that must be together with one of them or come after one: as far as that leads."""
    found = set(ids)
    while True:
        groups = {step.together for step in steps if step.id in found and step.together}
        more = {step.id for step in steps if step.together in groups or not found.isdisjoint(step.after)} - found
        if not more:
            return tuple(step for step in steps if step.id in found)
        found |= more
