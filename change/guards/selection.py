"""A plan touches what was selected, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.surroundings import Surroundings
from change.model import Reason, Step


def outside(step: Step, around: Surroundings) -> Iterable[Finding]:
    if step.target not in around.selected:
        reason = Reason(guard="outside", says="it is outside what was selected")
        yield Finding(target=step.target, verdict="refuse", reason=reason)
