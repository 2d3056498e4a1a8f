"""Before any wave: what the inventory wants of every target that is left, and what its plan would be today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from change.comparison import altered
from change.flight import UNMET
from change.model import Digest, Read, Step
from change.refusal import Refusal, unfit, unwanted
from change.run import Run
from change.target import Preview, TargetError, named


@dataclass(frozen=True)
class Findings:
    all: Refusal | None = None
    """Why nothing of the plan may be begun; None where the rest may."""
    company: tuple[Step, ...] = ()
    """Those that today's inventory wants otherwise, and what cannot be done without them."""
    some: Refusal | None = None
    """Why these are refused; None where there are none."""


def preflight(run: Run, steps: Sequence[Step]) -> Findings:
    """Another intent refuses a step and its company alone. Of any of the rest, whatever else differs refuses all.

    That is another base, no answer, and a step that its target's own preview does not make of the same base and
    intent. So does what this machine itself denies us: nothing was sent yet.
    """
    try:
        answers = run.each(steps, lambda step: run.target(step).intent())
        differing = {step.id: unlike(step) for step in steps if is_another(answers[step.id], step.intent)}
        company = in_company(steps, differing)
        going = [step for step in steps if step not in company]
        previews = run.each(going, lambda step: run.target(step).preview())
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        return Findings(all=Refusal(f"nothing was sent: {where}{problem.strerror or problem}"))
    found = {step.id: unmade(step, previews[step.id], is_there(step, steps)) for step in going}
    problems = {id_: why for id_, why in found.items() if why}
    return Findings(
        all=unfit(going, problems) if problems else None,
        company=company,
        some=unwanted(company, differing) if company else None,
    )


def unmade(step: Step, preview: Preview | TargetError | None, there: bool) -> str:
    """Why a plan made now would not hold this step; empty where it would. None: its target is as intended already."""
    if isinstance(preview, TargetError):
        return named(step.target, preview)
    if preview is None or preview.base != step.base.fingerprint:
        return f"{step.target} {UNMET[step.base.kind if there else 'read']}"
    if preview.intent != step.intent:
        return unlike(step)
    return altered(step, preview)


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
