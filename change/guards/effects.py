"""What a step's lines do, by their effects: a table. And what only a box that undoes itself may be asked for."""

from __future__ import annotations

from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.line import changed_lines, shown
from change.guards.surroundings import Surroundings
from change.model import Effect, Level, Reason, RevertStrength, Step

REASONS: dict[Effect, tuple[Level, str]] = {
    Effect.MANAGEMENT_PATH: (Level.HIGH, "it changes the way by which we reach the box"),
    Effect.OWN_ACCESS: (Level.HIGH, "it changes what govnet itself is let in by: its account, its key, its latch"),
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
NEEDS_TIMED: tuple[Effect, ...] = (Effect.MANAGEMENT_PATH, Effect.OWN_ACCESS)
"""Effects that only a box that undoes itself may be asked for."""


def what_it_does(step: Step, _: Surroundings) -> Iterable[Finding]:
    """One finding for each effect, with the first diff line that has it; an effect without a line counts too."""
    for effect in sorted({*step.effects, *step.diff.effects}):
        level, why = REASONS[effect]
        lines = (shown(part, line) for part, line in changed_lines(step) if effect in line.effects)
        yield Finding(target=step.target, verdict=level, reason=Reason(guard=effect, says=why, line=next(lines, "")))


def weak(step: Step, _: Surroundings) -> Iterable[Finding]:
    """A target that does not undo itself; what could lock us out of it is refused."""
    if step.strength is RevertStrength.TIMED:
        return
    reason = Reason(guard="weak", about=(step.strength,), says=f"it does not undo itself ({step.strength})")
    yield Finding(target=step.target, verdict=Level.HIGH, reason=reason)
    for effect in NEEDS_TIMED:
        if effect in step.effects or effect in step.diff.effects:
            says = f"{effect} on a target that does not undo itself: a mistake would lock us out"
            reason = Reason(guard="needs-timed", about=(effect,), says=says)
            yield Finding(target=step.target, verdict="refuse", reason=reason)
