"""One server's change by hand, as an apply would make it."""

from __future__ import annotations

import itertools

from change.model import Level, Read, RevertStrength, Risk, Step
from deploys.target import HostPreview, HostTarget

PLAN = "sha256:" + "0" * 64
NUMBERS = itertools.count()


def silent(_: str) -> None:
    """A server announces no sub-steps."""


def step_of(target: HostTarget, preview: HostPreview) -> Step:
    """With an id that no step before had."""
    return Step(
        id=f"{target.name}-{next(NUMBERS)}",
        target=target.name,
        plane=target.plane,
        site=target.site,
        base=Read(fingerprint=preview.base),
        payload=preview.payload,
        inverse=preview.inverse,
        result=preview.result,
        diff=preview.diff,
        effects=preview.effects,
        risk=Risk(level=Level.HIGH),
        intent=preview.intent,
        strength=RevertStrength.TIMED,
        hold_s=preview.hold_s,
        timer_s=preview.timer_s,
    )


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
