"""What must hold when a wave begins, as a table: whom it cuts off, date, approvals, window, terminal, bases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from change.approval import unapproved
from change.clock import moment
from change.flight import stale
from change.guards.isolation import forbidden
from change.longest import longest_s
from change.model import Moment, Record, Step
from change.plan import PlanRefused, refuse_expired
from change.refusal import STOPPED_BEFORE, Refusal, unfit
from change.run import Run
from change.window import Open, Shut, ask, begun_in, told


class Pause(Record):
    """Why a wave is not begun now, and may be later."""

    why: str
    """One sentence."""
    opens: Moment | None = None
    """When the next window opens that is long enough; None where none does, or where the window is not why."""


Verdict = Refusal | Pause | None
Condition = Callable[[Run, Sequence[Step]], Verdict]


def stopped(run: Run, wave: Sequence[Step]) -> Verdict:
    return STOPPED_BEFORE if run.stop.is_set() else None


def outdated(run: Run, wave: Sequence[Step]) -> Verdict:
    """A plan expires for every wave that has not begun by then."""
    try:
        refuse_expired(run.plan, run.clock.utc())
    except PlanRefused as problem:
        return Refusal(str(problem))
    return None


def approval_lost(run: Run, wave: Sequence[Step]) -> Verdict:
    """What counted no longer does: a key was revoked, a role or the policy changed."""
    problems = unapproved(run.approvals(run.plan, run.clock.utc()))
    return Refusal(f"nothing was sent: it is no longer approved: {'; '.join(problems)}") if problems else None


def shut_out(run: Run, wave: Sequence[Step]) -> Verdict:
    """No window is open that the wave's longest time fits in."""
    answer = window_for(run, wave)
    if isinstance(answer, Open):
        return None
    return Pause(why=told(run.calendar, answer), opens=moment(answer.opens) if answer.opens else None)


def left_alone(run: Run, wave: Sequence[Step]) -> Verdict:
    return Pause(why="the terminal was lost") if run.unattended.is_set() else None


def moved(run: Run, wave: Sequence[Step]) -> Verdict:
    """A base changed while other waves were applied."""
    changed = stale(run, wave)
    return unfit(wave, changed) if changed else None


def cuts_off(run: Run, wave: Sequence[Step]) -> Verdict:
    """With what is down now the wave would cut off somebody; what the wave before shook is given time to be back."""
    give_up_s = run.clock.monotonic() + run.pace.settle_s
    while reasons := tuple(forbidden(wave, run.around())):
        if run.stop.is_set():
            return STOPPED_BEFORE
        if run.clock.monotonic() >= give_up_s:
            return Pause(why="; ".join(map(str, reasons)))
        run.clock.wait(run.pace.poll_s, run.stop)
    return None


FIRST: tuple[Condition, ...] = (stopped, cuts_off, outdated, approval_lost, shut_out, left_alone)
"""Of the first wave of a run: its bases were read just now, with all the others'. What waits stands first."""
LATER: tuple[Condition, ...] = (*FIRST, moved, outdated, shut_out)
"""Reading the bases takes its time, so what hangs on the hour is asked again after it."""


def may_begin(run: Run, wave: Sequence[Step], conditions: Sequence[Condition]) -> Verdict:
    """What the first condition says that does not hold; None where all do."""
    return next((verdict for condition in conditions if (verdict := condition(run, wave))), None)


def window_for(run: Run, wave: Sequence[Step]) -> Open | Shut:
    needs_s = longest_s(run.plan, wave, run.pace)
    return ask(run.calendar, [step.target for step in wave], run.clock.utc(), needs_s)


def window_text(run: Run, wave: Sequence[Step]) -> str:
    """For the journal: the window that a wave begins in, and when that closes."""
    return begun_in(run.calendar, [step.target for step in wave], run.clock.utc())
