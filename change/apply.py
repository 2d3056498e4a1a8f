"""Applying a sealed plan: everything is checked before anything is sent, and written down before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from change.approval import Approved, unapproved
from change.conditions import FIRST, LATER, Pause, may_begin, outdated, shut_out, window_text
from change.guards.finding import ORDER, refusals, risks_of
from change.guards.surroundings import Surroundings
from change.guards.table import own_findings
from change.history import history_of
from change.journal import Event, Journal, Note
from change.locks import Locked, LockLost
from change.model import INVERSE, Digest, Outcome, RevertStrength, Step
from change.papers import keep
from change.plan import PlanRefused, digest, refuse_expired, unseal
from change.preflight import preflight
from change.refusal import STOPPED_BEFORE, Refusal, not_begun, refuse
from change.result import Paused, Result, StepEnd, listed
from change.run import Means, Run, begin, end
from change.store import StoreError
from change.take_back import conclude
from change.target import Target
from change.wave import run_wave
from change.waves import order_problems

GOES_BACK = "it goes back by itself: then run govnet resume"
KEPT = "it was told to keep the change, and nobody knows whether it did: run govnet resume"
STRENGTHS = (RevertStrength.NONE, RevertStrength.MANUAL, RevertStrength.TIMED)


def apply(sealed: bytes, means: Means) -> Result:
    """Apply the plan of a sealed file, wave by wave, until one does not confirm, a person stops it, or it is paused.

    A paused plan goes on where it was. Raises PlanRefused, with nothing sent and nothing journalled, where the file,
    its date, order, targets or approvals, the window or the locks forbid it. Refusals that follow from reading the
    targets are outcomes in the result, and in the journal.
    """
    plan = unseal(sealed)
    run = begin(means, plan, digest(plan))
    if not plan.steps:
        return Result(plan=run.digest, ends=())
    ends: dict[str, StepEnd] = {}
    try:
        approved = run.approvals(plan, run.clock.utc())
        refuse_unfit(run, approved)
        take_locks(run)
        ends |= ended(run)
        open_plan(run, ends)
        keep(run, approved)
        paused = apply_waves(run, ends)
        if paused is None:
            conclude(run, ends)
        in_order = tuple(ends[step.id] for step in run.plan.steps if step.id in ends)
        result = Result(plan=run.digest, ends=in_order, paused=paused)
        close_plan(run, result)
    except StoreError as problem:
        return journal_failed(run, ends, problem)
    return result


def refuse_unfit(run: Run, approved: Approved) -> None:
    """Raises PlanRefused for what can be said before anything is read or written. A paused plan may be out of date."""
    if run.digest not in run.journal.paused_plans():
        refuse_expired(run.plan, run.clock.utc())
    done = ended(run)
    left = [step for step in run.plan.steps if step.id not in done]
    wrong = (*order_problems(run.plan), *target_problems(left, run.targets), *understated(left, run.around()))
    if problems := (*wrong, *unapproved(approved)):
        raise PlanRefused(*problems)
    first = [step for step in left if step.wave == left[0].wave]
    if first and isinstance(shut := may_begin(run, first, (outdated, shut_out)), Pause):
        raise PlanRefused(shut.why)


def ended(run: Run) -> dict[str, StepEnd]:
    """The steps that have ended already, where the plan is paused."""
    if run.digest not in run.journal.paused_plans():
        return {}
    return history_of(run.journal.entries(run.digest)).ends(run.plan.steps)


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
    """A box accepts a step once, so a plan that was ever ended is not begun again. Raises PlanRefused."""
    events = {entry.event for entry in journal.entries(plan)}
    if plan in journal.open_plans():
        raise PlanRefused("this plan is being applied, or was interrupted: run govnet resume")
    if Event.INTENT in events and plan not in journal.paused_plans():
        raise PlanRefused("this plan was applied already: make and review a new one")


def open_plan(run: Run, done: Mapping[str, StepEnd]) -> None:
    """For the first time, or again where it was paused and some of it is done."""
    if run.digest in run.journal.paused_plans():
        run.journal.append(Note(event=Event.PLAN_CONTINUED, plan=run.digest, detail=str(run.locks.owner)))
        run.refused.update(id_ for id_, one in done.items() if one.outcome is Outcome.REFUSED)
    else:
        run.journal.open_plan(run.plan)
    run.watcher.plan_started(run.plan, run.digest)
    run.note(Event.LOCK_TAKEN, [step for step in run.plan.steps if step.id not in done], str(run.locks.owner))


def apply_waves(run: Run, ends: dict[str, StepEnd]) -> Paused | None:
    """Fills `ends` as the waves end; after one that did not confirm, all the rest is refused.

    What does not depend on the failed step too: where something went wrong in the field, nothing more is risked. Where
    the next wave may not begin now and may later, the rest is left, and the result says so.
    """
    found = preflight(run, [step for step in run.plan.steps if step.id not in ends])
    refusal, conditions = found.all, FIRST
    if found.some:
        ends |= refuse(run, found.company, found.some)
    for number, planned in enumerate(run.plan.waves):
        wave = tuple(step for step in planned if step.id not in ends)
        if not wave:
            continue
        verdict = refusal or may_begin(run, wave, conditions)
        if isinstance(verdict, Pause):
            left = tuple(step.target for step in run.plan.steps if step.id not in ends)
            return Paused(why=verdict.why, left=left, opens=verdict.opens)
        run.watcher.wave_started(number, wave)
        wave_ends = refuse(run, wave, verdict) if verdict else begin_wave(run, wave)
        ends |= wave_ends
        run.watcher.wave_ended(number, tuple(wave_ends[step.id] for step in wave))
        refusal, conditions = refusal or after(run, verdict, wave_ends), LATER
    return None


def begin_wave(run: Run, wave: tuple[Step, ...]) -> dict[str, StepEnd]:
    run.note(Event.WINDOW, wave, window_text(run, wave))
    return run_wave(run, wave)


def after(run: Run, verdict: Refusal | None, wave: Mapping[str, StepEnd]) -> Refusal | None:
    """Why no later wave may begin; None where this one confirmed."""
    if verdict and not verdict.because:  # no target's fault, so the same holds of all that are left
        return verdict
    if all(one.outcome is Outcome.CONFIRMED for one in wave.values()):
        return None
    return STOPPED_BEFORE if run.stop.is_set() else not_begun(run.plan, wave)


def close_plan(run: Run, result: Result) -> None:
    """For good, or until somebody goes on with it; nothing of it is open, so its targets are anybody's."""
    event = Event.PLAN_PAUSED if result.paused else Event.PLAN_CLOSED
    detail = pause_text(result.paused) if result.paused else f"exit status {result.exit_status}"
    run.journal.append(Note(event=event, plan=run.digest, detail=detail))
    run.locks.release(run.digest)
    run.watcher.plan_ended(result)


def pause_text(paused: Paused) -> str:
    return f"{paused.why}; left: {listed(paused.left)}"


def target_problems(steps: Sequence[Step], targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Targets that are gone, or that can no longer undo themselves as well as the plan says."""
    problems: list[str] = []
    for step in steps:
        if step.target not in targets:
            problems.append(f"{step.target}: today's inventory has no such target")
        elif (step.plane, step.site) != (targets[step.target].plane, targets[step.target].site):
            problems.append(f"{step.target}: it is of another plane or site than the plan says")
        elif STRENGTHS.index(targets[step.target].revert_strength) < STRENGTHS.index(step.strength):
            problems.append(f"{step.target}: it no longer undoes itself as the plan says ({step.strength})")
    return tuple(problems)


def understated(steps: Sequence[Step], around: Surroundings) -> tuple[str, ...]:
    """Who makes a plan could say less of its risk than its own lines do, and so be asked for fewer signatures."""
    found = own_findings(steps, around)
    risks = risks_of(found)
    return (
        *refusals(found),
        *(
            f"{step.target}: its risk is {risks[step.target].level}, and the plan says {step.risk.level}"
            for step in steps
            if step.target in risks and ORDER.index(risks[step.target].level) > ORDER.index(step.risk.level)
        ),
    )


def journal_failed(run: Run, ends: Mapping[str, StepEnd], problem: StoreError) -> Result:
    """What can be said when the journal cannot be written, or our locks are gone: no box was told anything more since.

    Boxes that may have heard of their step go back when their timers end, but for those that were told to keep it; the
    plan stays open for resume.
    """
    why = "another owner has its lock" if isinstance(problem, LockLost) else "the journal failed"

    def said(step: Step) -> StepEnd:
        if step.id in ends:
            return as_far_as_known(run, step, ends[step.id])
        if step.id in run.sent:
            return end(step, Outcome.UNKNOWN, f"{why}; {KEPT if step.id in run.told_to_keep else GOES_BACK}")
        return end(step, Outcome.REFUSED, f"nothing was sent: {why}")

    result = Result(plan=run.digest, ends=tuple(said(step) for step in run.plan.steps), problem=str(problem))
    run.watcher.plan_ended(result)
    return result


def as_far_as_known(run: Run, step: Step, ended: StepEnd) -> StepEnd:
    """Of a plan that could not be ended: a confirmed step whose box may have heard of its inverse may be either."""
    if ended.outcome is not Outcome.CONFIRMED or not any(id_.startswith(step.id + INVERSE) for id_ in run.sent):
        return ended
    return end(step, Outcome.UNKNOWN, "it was confirmed, and was being taken back: run govnet resume")
