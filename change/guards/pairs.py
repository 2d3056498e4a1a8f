"""Both halves of a redundant pair in one plan: never in one wave, and worth a second look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from change.guards.finding import Finding
from change.model import Level, Reason, Step


def pairs(steps: Sequence[Step]) -> Iterable[Finding]:
    targets = {step.id: step.target for step in steps}
    for step in steps:
        for other in sorted(targets[id_] for id_ in step.apart if id_ in targets):
            says = f"both halves of a redundant pair change: {step.target} and {other}, in different waves"
            reason = Reason(guard="pair", about=(step.target, other), says=says)
            yield Finding(target=step.target, verdict=Level.MEDIUM, reason=reason)
