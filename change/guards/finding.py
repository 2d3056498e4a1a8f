"""What a guard says: of one target, how bad it is, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from change.model import Level, Reason, Record, Risk

ORDER = (Level.LOW, Level.MEDIUM, Level.HIGH)


class Finding(Record):
    """About one step. `refuse` ends the plan; a level raises the step's risk to at least that."""

    target: str
    verdict: Level | Literal["refuse"]
    reason: Reason


def refusals(found: Iterable[Finding]) -> tuple[str, ...]:
    """One sentence a reason that refuses, with all of its targets before it."""
    targets: dict[Reason, list[str]] = {}
    for one in found:
        if one.verdict == "refuse":
            targets.setdefault(one.reason, []).append(one.target)
    return tuple(f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in targets.items())


def risks_of(found: Iterable[Finding]) -> dict[str, Risk]:
    """By target, the highest level of its findings, and every reason. Who is not in it has none."""
    risks: dict[str, Risk] = {}
    for one in found:
        if isinstance(one.verdict, Level):
            before = risks.get(one.target, Risk(level=Level.LOW))
            level = max(before.level, one.verdict, key=ORDER.index)
            risks[one.target] = Risk(level=level, reasons=(*before.reasons, one.reason))
    return risks
