"""All guards, in the order of their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from change.guards.drift import drifted
from change.guards.effects import weak, what_it_does
from change.guards.finding import Finding
from change.guards.isolation import isolation
from change.guards.pairs import pairs
from change.guards.secret import secret_in_clear
from change.guards.selection import outside
from change.guards.share import removed_share
from change.guards.surroundings import Surroundings
from change.guards.way_in import blind, only_way_in
from change.model import Step

StepGuard = Callable[[Step, Surroundings], Iterable[Finding]]
STEP_GUARDS: tuple[StepGuard, ...] = (
    outside,
    secret_in_clear,
    what_it_does,
    weak,
    only_way_in,
    removed_share,
    drifted,
    blind,
)
"""Each looks at one step."""
OWN_GUARDS: tuple[StepGuard, ...] = (secret_in_clear, what_it_does, weak, removed_share, drifted)
"""Those that look neither at the network nor at the selector."""


def step_findings(steps: Sequence[Step], around: Surroundings) -> tuple[Finding, ...]:
    """All there is to say of the steps of one plan, in whatever waves they will stand."""
    return (*(found for step in steps for guard in STEP_GUARDS for found in guard(step, around)), *pairs(steps))


def own_findings(steps: Iterable[Step], around: Surroundings) -> tuple[Finding, ...]:
    """What holds of steps when they are applied as when they were made, wherever they stand and whatever is down."""
    return tuple(found for step in steps for guard in OWN_GUARDS for found in guard(step, around))


def wave_findings(waves: Iterable[Sequence[Step]], around: Surroundings) -> tuple[Finding, ...]:
    """And of the waves that they stand in."""
    return tuple(found for wave in waves for found in isolation(wave, around))
