"""What a plan is judged beside itself: the terrain, what is down now, the world's limits, and what was known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from change.model import Digest, Record
from change.terrain import ALL_UP, Down, Terrain
from inventory.model import GuardLimits


class LastKnown(Record):
    """What our last change of a target left there."""

    intent: Digest | None
    """Of what the inventory wanted of it then; None where that went back."""
    stands_as: Digest | None
    """What it read as; None of a target whose fingerprints tell what is pending, and so change with the intent."""


def tells_nothing(_: str) -> bool:
    """Of a caller who has no secret store at hand."""
    return False


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    terrain: Terrain = field(default_factory=Terrain)
    now: Down | None = ALL_UP
    """What is down now; None where nobody measured it just now, which is not the same as nothing."""
    limits: GuardLimits = field(default_factory=GuardLimits)
    last_known: Mapping[str, LastKnown] = field(default_factory=dict)
    """By target; a target that we never changed is not in it."""
    holds_secret: Callable[[str], bool] = tells_nothing
    """Whether the value of any secret of ours stands in a text."""
    selected: frozenset[str] = frozenset()
    """The targets that the plan may touch."""
