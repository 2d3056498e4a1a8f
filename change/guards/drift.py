"""What changed on a target since our last confirmed change of it, and nobody planned."""

from __future__ import annotations

from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.line import changed_lines, shown
from change.guards.surroundings import Surroundings
from change.model import Level, Read, Reason, Step


def drifted(step: Step, around: Surroundings) -> Iterable[Finding]:
    """Where the inventory wants what it wanted then, every line is drift; else the base is not as we left it."""
    last = around.last_known.get(step.target)
    if last is None or not isinstance(step.base, Read):
        return
    if last.intent == step.intent:
        says = "somebody changed it since our last change: the inventory wants what it wanted then"
        line = next((shown(part, line) for part, line in changed_lines(step)), "")
        reason = Reason(guard="drift-alone", says=says, line=line)
        yield Finding(target=step.target, verdict=Level.MEDIUM, reason=reason)
    elif last.stands_as is not None and last.stands_as != step.base.fingerprint:
        says = "it is not as our last change left it: some of these lines undo what somebody else did"
        reason = Reason(guard="drift-too", says=says)
        yield Finding(target=step.target, verdict=Level.MEDIUM, reason=reason)
