"""Parts that several steps of one plan change in the same way, gathered, so that each change is read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from change.model import PartDiff, Step


@dataclass(frozen=True)
class SameDiff:
    """The diff of one part, and the targets that it is for, in the plan's order."""

    part: PartDiff
    targets: tuple[str, ...]


def same_diffs(steps: Iterable[Step]) -> tuple[SameDiff, ...]:
    """Each different part diff once, by its first step: every line of every step stands in exactly one of them."""
    found: dict[PartDiff, list[str]] = {}
    for step in steps:
        for part in step.diff.parts:
            found.setdefault(part, []).append(step.target)
    return tuple(SameDiff(part, tuple(targets)) for part, targets in found.items())
