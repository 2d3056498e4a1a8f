"""What is so of a plan at this moment: when its waves may begin, and who has signed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from change.approval import Approved, missing_problems
from change.calendar import calendar_of
from change.clock import moment
from change.longest import longest_s
from change.model import Plan, Step
from change.run import Pace
from change.window import Calendar, Shut, ask
from govnet.approvals import of_file
from govnet.desk import Desk
from govnet.report.plan_document import Approvals, Now, WaveWindow
from inventory.model import Inventory
from inventory.select import select


def now_of(desk: Desk, plan: Plan, file: Path | None, at: datetime) -> Now:
    """`file`: where the plan is sealed, and approvals lie beside it; None of one that was just made."""
    approved = None if file is None else of_file(desk.trust, file)(plan, at)
    return Now(
        at=moment(at),
        windows=tuple(windows_of(plan, calendar(desk.inventory, plan), at)),
        approvals=None if approved is None else approvals_of(approved),
    )


def calendar(inventory: Inventory, plan: Plan) -> Calendar:
    """As of the steps alone: no target is made for it, and no secret read."""
    return calendar_of(
        inventory,
        {step.target: step for step in plan.steps},
        lambda selector: [device.name for device in select(inventory, selector)],
    )


def windows_of(plan: Plan, windows: Calendar, at: datetime) -> Iterator[WaveWindow]:
    """Each different answer once, with the waves that it is for."""
    found: dict[WaveWindow, list[int]] = {}
    for number, wave in enumerate(plan.waves, start=1):
        found.setdefault(window_of(plan, wave, windows, at), []).append(number)
    for one, waves in found.items():
        yield one.model_copy(update={"waves": tuple(waves)})


def window_of(plan: Plan, wave: tuple[Step, ...], windows: Calendar, at: datetime) -> WaveWindow:
    answer = ask(windows, [step.target for step in wave], at, longest_s(plan, wave, Pace()))
    if isinstance(answer, Shut):
        return WaveWindow(waves=(), why=answer.why, opens=moment(answer.opens) if answer.opens else None)
    return WaveWindow(waves=(), names=answer.windows, closes=moment(answer.closes) if answer.closes else None)


def approvals_of(approved: Approved) -> Approvals:
    missing = set(missing_problems(approved.missing))
    return Approvals(
        signed=approved.counted,
        missing=dict(approved.missing),
        problems=tuple(problem for problem in approved.problems if problem not in missing),
        set_aside=approved.set_aside,
        broken_glass=approved.break_glass is not None,
    )
