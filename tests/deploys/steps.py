"""One server's change by hand, as an apply would make it."""

from __future__ import annotations

import itertools

from change import plan
from change.model import Step
from change.target import Preview
from deploys.target import HostTarget

PLAN = "sha256:" + "0" * 64
NUMBERS = itertools.count()


def silent(_: str) -> None:
    """A server announces no sub-steps."""


def step_of(target: HostTarget, preview: Preview) -> Step:
    """With an id that no step before had."""
    return plan.step_of(target, preview, {target.name: f"{target.name}-{next(NUMBERS)}"}, plan.Relations())


def planned(target: HostTarget) -> Step:
    preview = target.preview()
    assert preview is not None, f"nothing is pending on {target.name}"
    return step_of(target, preview)


def armed(target: HostTarget, timer_s: int | None = None) -> Step:
    step = planned(target)
    target.arm(step, PLAN, timer_s or step.timer_s)
    return step


def tried(target: HostTarget, timer_s: int | None = None) -> Step:
    step = armed(target, timer_s)
    target.try_(step, silent)
    return step


def applied(target: HostTarget) -> Step:
    step = tried(target)
    target.verify(step)
    target.confirm(step)
    return step
