"""Applying a sealed plan: everything is checked before anything is sent, and written down before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from change.approval import Approved
from change.flight import stale
from change.journal import Event, Journal, Note
from change.locks import Locked
from change.model import Digest, Outcome, Plan, Read, RevertStrength, Step
from change.papers import keep
from change.plan import PlanRefused, digest, refuse_expired, unseal
from change.refusal import STOPPED, Refusal, not_begun, refuse, unfit
from change.result import Result, StepEnd
from change.run import Means, Run, begin, end
from change.store import StoreError
from change.target import Target, TargetError, named
from change.wave import run_wave
from change.waves import order_problems

STRENGTHS = (RevertStrength.NONE, RevertStrength.MANUAL, RevertStrength.TIMED)


def apply(sealed: bytes, means: Means) -> Result:
    """Apply the plan of a sealed file, wave by wave, until one does not confirm or a person stops it.

    Raises PlanRefused, with nothing sent and nothing journalled, where the file, its date, its order, its targets, its
    approvals or the locks forbid it. Refusals that follow from reading the targets are outcomes in the result, and in
    the journal.
    """
    plan = unseal(sealed)
    refuse_expired(plan, means.clock.utc())
    run = begin(means, plan, digest(plan))
    if not plan.steps:
        return Result(plan=run.digest, ends=())
    approved = means.approvals(plan, means.clock.utc())
    if problems := (*order_problems(plan), *target_problems(plan, means.targets), *unapproved(approved)):
        raise PlanRefused(*problems)
    ends: dict[str, StepEnd] = {}
    try:
        take_locks(run)
        open_plan(run)
        keep(run, approved)
        apply_waves(run, ends)
        result = Result(plan=run.digest, ends=tuple(ends[step.id] for step in plan.steps))
        close_plan(run, result)
    except StoreError as problem:
        return journal_failed(run, ends, problem)
    return result


def take_locks(run: Run) -> None:
    """Every target of the plan, or none. Raises PlanRefused; also where the plan was applied before."""
    refuse_used(run.journal, run.digest)
    try:
        run.locks.take((step.target for step in run.plan.steps), run.digest, run.journal.open_plans())
    except Locked as problem:
        raise PlanRefused(*problem.problems) from problem
    try:
        refuse_used(run.journal, run.digest)
    except PlanRefused:
        run.locks.release(run.digest)
        raise


def refuse_used(journal: Journal, plan: Digest) -> None:
    """A box accepts a step once, so a plan that was ever begun is not begun again. Raises PlanRefused."""
    events = {entry.event for entry in journal.entries(plan)}
    if plan in journal.open_plans():
        raise PlanRefused("this plan is being applied, or was interrupted: run govnet resume")
    if Event.INTENT in events:
        raise PlanRefused("this plan was applied already: make and review a new one")


def open_plan(run: Run) -> None:
    run.journal.open_plan(run.plan)
    run.watcher.plan_started(run.plan, run.digest)
    run.note(Event.LOCK_TAKEN, run.plan.steps, str(run.locks.owner))


def apply_waves(run: Run, ends: dict[str, StepEnd]) -> None:
    """Fills `ends` as the waves end; after one that did not confirm, all the rest is refused.

    What does not depend on the failed step too: where something went wrong in the field, nothing more is risked.
    """
    problems = preflight(run)
    refusal: Refusal | None = unfit(run.plan.steps, problems) if problems else None
    for number, wave in enumerate(run.plan.waves):
        if refusal is None and run.stop.is_set():
            refusal = STOPPED
        run.watcher.wave_started(number, wave)
        why = refusal or approval_lost(run) or base_moved(run, number, wave)
        ended = refuse(run, wave, why) if why else run_wave(run, wave)
        ends |= ended
        run.watcher.wave_ended(number, tuple(ended[step.id] for step in wave))
        if refusal is None and any(one.outcome is not Outcome.CONFIRMED for one in ended.values()):
            refusal = STOPPED if run.stop.is_set() else not_begun(run.plan, ended)


def unapproved(approved: Approved) -> tuple[str, ...]:
    """Why it may not be applied, and then what was handed in and does not count; empty where it is approved."""
    return (*approved.problems, *approved.set_aside) if approved.problems else ()


def approval_lost(run: Run) -> Refusal | None:
    """Whether what counted no longer does: a key was revoked, a role or the policy changed."""
    problems = unapproved(run.approvals(run.plan, run.clock.utc()))
    return Refusal(f"nothing was sent: it is no longer approved: {'; '.join(problems)}") if problems else None


def base_moved(run: Run, number: int, wave: tuple[Step, ...]) -> Refusal | None:
    """Whether the bases of a wave changed while others were applied; those of the first were read just now."""
    changed = stale(run, wave) if number else {}
    return unfit(wave, changed) if changed else None


def close_plan(run: Run, result: Result) -> None:
    run.journal.append(Note(event=Event.PLAN_CLOSED, plan=run.digest, detail=f"exit status {result.exit_status}"))
    run.locks.release(run.digest)
    run.watcher.plan_ended(result)


def preflight(run: Run) -> dict[str, str]:
    """By step id, why it may not be applied: another intent, another base, no answer. Before any wave."""
    answers = run.each(run.plan.steps, lambda step: run.target(step).intent())
    problems = {
        step.id: intent_problem(step, answers[step.id]) for step in run.plan.steps if answers[step.id] != step.intent
    }
    standing = [step for step in run.plan.steps if isinstance(step.base, Read)]
    return stale(run, standing) | problems


def intent_problem(step: Step, answer: Digest | TargetError) -> str:
    if isinstance(answer, TargetError):
        return named(step.target, answer)
    return f"the inventory wants something else of {step.target} than when the plan was made: make a new plan"


def target_problems(plan: Plan, targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Targets that are gone, or that can no longer undo themselves as well as the plan says."""
    problems: list[str] = []
    for step in plan.steps:
        if step.target not in targets:
            problems.append(f"{step.target}: today's inventory has no such target")
        elif STRENGTHS.index(targets[step.target].revert_strength) < STRENGTHS.index(step.strength):
            problems.append(f"{step.target}: it no longer undoes itself as the plan says ({step.strength})")
    return tuple(problems)


def journal_failed(run: Run, ends: Mapping[str, StepEnd], problem: StoreError) -> Result:
    """What can be said when the journal cannot be written: no box was told anything more since.

    Boxes that may have heard of their step go back when their timers end; the plan stays open for resume.
    """

    def said(step: Step) -> StepEnd:
        if step.id in ends:
            return ends[step.id]
        if step.id in run.sent:
            return end(step, Outcome.UNKNOWN, "the journal failed; it goes back by itself: then run govnet resume")
        return end(step, Outcome.REFUSED, "nothing was sent: the journal could not be written")

    result = Result(plan=run.digest, ends=tuple(said(step) for step in run.plan.steps), problem=str(problem))
    run.watcher.plan_ended(result)
    return result
