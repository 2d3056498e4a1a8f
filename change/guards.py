"""What is dangerous about a step, or forbidden: findings from its effects alone. Pure, and a table.

A finding either raises the step's risk, with the diff line that caused it, or refuses the plan. Risk never falls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from change.model import Effect, Level, Reason, Record, RevertStrength, Risk, Step

REASONS: dict[Effect, tuple[Level, str]] = {
    Effect.MANAGEMENT_PATH: (Level.HIGH, "it changes the way by which we reach the box"),
    Effect.IDENTITY_CHANGED: (Level.HIGH, "the box will present itself as another"),
    Effect.FILTER_LOOSENED: (Level.HIGH, "a filter, route policy or ACL lets more through"),
    Effect.AUTHENTICATION_CHANGED: (Level.HIGH, "a neighbour or a person may no longer be accepted"),
    Effect.DEFAULT_ROUTE: (Level.HIGH, "a default route moves everything that has no better route"),
    Effect.NEIGHBOUR_REMOVED: (Level.HIGH, "a routing neighbour goes away"),
    Effect.PREFIX_REMOVED: (Level.MEDIUM, "a prefix is no longer announced or reached"),
    Effect.INTERFACE_REMOVED: (Level.HIGH, "an interface goes away, and what is behind it"),
    Effect.ACCOUNT_CHANGED: (Level.HIGH, "who may log in changes"),
    Effect.DATA_DELETED: (Level.HIGH, "data is deleted"),
    Effect.MACHINE_REPLACED: (Level.HIGH, "a machine is replaced by a new one"),
    Effect.CANNOT_BE_UNDONE: (Level.HIGH, "it cannot be undone"),
}
NEEDS_TIMED: tuple[Effect, ...] = (Effect.MANAGEMENT_PATH,)
"""Effects that only a box that undoes itself may be asked for."""
ORDER = (Level.LOW, Level.MEDIUM, Level.HIGH)


class Finding(Record):
    """About one step. `refuse` ends the plan; a level raises the step's risk to at least that."""

    target: str
    verdict: Level | Literal["refuse"]
    reason: Reason


def findings(steps: Sequence[Step], selected: Collection[str]) -> tuple[Finding, ...]:
    """All there is to say of the steps of one plan; `selected` are the targets that the plan may touch."""
    judged = (found for step in steps for guard in (effect_findings, weak_findings) for found in guard(step))
    return (*outside_findings(steps, selected), *judged, *pair_findings(steps))


def effect_findings(step: Step) -> Iterable[Finding]:
    """One finding for each effect, with the first diff line that has it; an effect without a line counts too."""
    for effect in sorted({*step.effects, *step.diff.effects}):
        level, why = REASONS[effect]
        lines = (
            f"{part.part}: {line.sign} {line.text.strip()}"
            for part in step.diff.parts
            for line in part.lines
            if line.sign != " " and effect in line.effects
        )
        yield Finding(target=step.target, verdict=level, reason=Reason(guard=effect, says=why, line=next(lines, "")))


def weak_findings(step: Step) -> Iterable[Finding]:
    if step.strength is RevertStrength.TIMED:
        return
    weak = Reason(guard="weak", about=(step.strength,), says=f"it does not undo itself ({step.strength})")
    yield Finding(target=step.target, verdict=Level.HIGH, reason=weak)
    for effect in NEEDS_TIMED:
        if effect in step.effects or effect in step.diff.effects:
            says = f"{effect} on a target that does not undo itself: a mistake would lock us out"
            reason = Reason(guard="needs-timed", about=(effect,), says=says)
            yield Finding(target=step.target, verdict="refuse", reason=reason)


def outside_findings(steps: Sequence[Step], selected: Collection[str]) -> Iterable[Finding]:
    for step in steps:
        if step.target not in selected:
            outside = Reason(guard="outside", says="it is outside what was selected")
            yield Finding(target=step.target, verdict="refuse", reason=outside)


def pair_findings(steps: Sequence[Step]) -> Iterable[Finding]:
    """Both halves of a redundant pair in one plan: never in one wave, and worth a second look."""
    targets = {step.id: step.target for step in steps}
    for step in steps:
        for other in sorted(targets[id_] for id_ in step.apart if id_ in targets):
            says = f"both halves of a redundant pair change: {step.target} and {other}, in different waves"
            reason = Reason(guard="pair", about=(step.target, other), says=says)
            yield Finding(target=step.target, verdict=Level.MEDIUM, reason=reason)


def refusals(found: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(f"{one.target}: {one.reason}" for one in found if one.verdict == "refuse")


def risk_of(target: str, found: Iterable[Finding]) -> Risk:
    """The highest level of the target's findings, and every reason."""
    mine = [one for one in found if one.target == target and isinstance(one.verdict, Level)]
    level = max((one.verdict for one in mine if isinstance(one.verdict, Level)), key=ORDER.index, default=Level.LOW)
    return Risk(level=level, reasons=tuple(one.reason for one in mine))
