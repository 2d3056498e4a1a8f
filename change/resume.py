"""After any interruption: every open step of the journal is brought to its end, by asking the boxes.

Nothing is decided before a box's deadline. It may itself be killed at any moment and run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from change.apply import as_far_as_known, close_plan, take_locks
from change.history import History, history_of
from change.journal import Event, Journal, JournalError, Note
from change.locks import Locked, LockLost
from change.model import INVERSE, Digest, JournalEntry, Outcome
from change.plan import PlanRefused
from change.refusal import GIVEN_UP, INTERRUPTED, refuse
from change.result import Result, StepEnd
from change.run import Means, Run, begin, end
from change.settle import LOOK
from change.store import StoreError
from change.take_back import conclude
from change.wave import end_wave

BRING_BACK = "bring the journal back from its copy; until then the plan stays open and its targets locked"
STOPPED_AGAIN = "stopped by a person: run govnet resume again"


def resume(means: Means) -> tuple[Result, ...]:
    """One result for each plan that was open, oldest first; none where none was. A paused plan is not open.

    A plan whose owner still runs is left alone, and its result says so; likewise one that the journal no longer has as
    it was. No new wave is ever begun: what had not been sent is refused. Raises JournalError where the journal cannot
    be read.
    """
    journal = means.journal
    results = tuple(resume_opened(means, opened) for opened in journal.open_plans())
    means.locks.sweep(journal.open_plans())
    return results


def resume_opened(means: Means, opened: Digest) -> Result:
    try:
        plan = means.journal.plan(opened)
    except JournalError as problem:
        ends = told_by(means.journal.entries(opened))
        return Result(plan=opened, ends=ends, problem=f"{problem}; {BRING_BACK}")
    return resume_plan(begin(means, plan, opened))


def resume_plan(run: Run) -> Result:
    ends: dict[str, StepEnd] = {}
    try:
        others = [other for other in run.journal.open_plans() if other != run.digest]
        run.locks.take((step.target for step in run.plan.steps), run.digest, others)
        if run.digest not in run.journal.open_plans():
            run.locks.release(run.digest)
            return Result(plan=run.digest, ends=(), problem="somebody else has just ended it")
        run.journal.append(Note(event=Event.RESUMED, plan=run.digest, detail=str(run.locks.owner)))
        run.watcher.plan_started(run.plan, run.digest)
        end_waves(run, ends)
        if run.stop.is_set() and len(ends) < len(run.plan.steps):
            return still_open(run, ends, STOPPED_AGAIN)
        conclude(run, ends)
        result = Result(plan=run.digest, ends=tuple(ends[step.id] for step in run.plan.steps))
        close_plan(run, result)
    except Locked as problem:
        return Result(plan=run.digest, ends=(), problem=str(problem))
    except LockLost as problem:
        run.locks.release(run.digest)
        return still_open(run, ends, str(problem))
    except StoreError as problem:
        return still_open(run, ends, str(problem))
    return result


def give_up(means: Means, plan: Digest) -> Result:
    """Close a paused plan: what it has not begun is refused, and what it confirmed stands.

    Raises PlanRefused where it is not paused, or where a target of it is being changed just now; StoreError.
    """
    refuse_unpaused(means.journal, plan)
    run = begin(means, means.journal.plan(plan), plan)
    take_locks(run)
    try:
        refuse_unpaused(means.journal, plan)
    except PlanRefused:
        run.locks.release(plan)
        raise
    run.journal.append(Note(event=Event.GIVING_UP, plan=plan, detail=str(run.locks.owner)))
    ends = history_of(run.journal.entries(plan)).ends(run.plan.steps)
    ends |= refuse(run, [step for step in run.plan.steps if step.id not in ends], GIVEN_UP)
    conclude(run, ends)
    result = Result(plan=plan, ends=tuple(ends[step.id] for step in run.plan.steps))
    close_plan(run, result)
    return result


def refuse_unpaused(journal: Journal, plan: Digest) -> None:
    if plan not in journal.paused_plans():
        raise PlanRefused(f"no plan {plan} is paused: govnet status lists those that are")


def end_waves(run: Run, ends: dict[str, StepEnd]) -> None:
    """Fills `ends` wave by wave: those that ended are taken from the journal, those never begun are refused."""
    history = history_of(run.journal.entries(run.digest))
    for number, wave in enumerate(run.plan.waves):
        ended = history.ends(wave)
        if len(ended) < len(wave):
            if run.stop.is_set():
                return
            run.watcher.wave_started(number, wave)
            left = tuple(step for step in wave if step.id not in ended)
            begun = any(history.had(step.id, Event.INTENT) for step in left)
            ended |= end_wave(run, left, history) if begun else refuse(run, left, INTERRUPTED)
            run.watcher.wave_ended(number, tuple(ended[step.id] for step in wave))
        ends |= ended


def told_by(entries: Sequence[JournalEntry]) -> tuple[StepEnd, ...]:
    """Of a plan that cannot be read: how each step that its entries name ended, as far as they say."""
    history = history_of(entries)
    targets = {e.step: e.target for e in entries if e.step in history.events and e.target and INVERSE not in e.step}
    return tuple(end_told_by(history, id_, target) for id_, target in targets.items())


def end_told_by(history: History, id_: str, target: str) -> StepEnd:
    ended = history.outcomes.get(id_)
    undoing = id_ not in history.decided_again and any(other.startswith(id_ + INVERSE) for other in history.events)
    if undoing or (ended is None and history.had(id_, Event.INTENT)):
        ended = (Outcome.UNKNOWN, LOOK.format(id=id_))
    outcome, reason = ended or (Outcome.REFUSED, "nothing was sent")
    return StepEnd(step=id_, target=target, outcome=outcome, reason=reason)


def still_open(run: Run, ends: Mapping[str, StepEnd], problem: str) -> Result:
    """What ended, in the plan's order; of the rest nobody can say yet how it ends."""
    open_end = "it is still open: run govnet resume again"
    ended = (
        as_far_as_known(run, step, ends[step.id]) if step.id in ends else end(step, Outcome.UNKNOWN, open_end)
        for step in run.plan.steps
    )
    return Result(plan=run.digest, ends=tuple(ended), problem=problem)
