"""Steps and findings for the guards' tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from change.guards.finding import ORDER, Finding, risks_of
from change.guards.surroundings import Surroundings
from change.guards.table import step_findings
from change.model import Diff, DiffLine, Effect, Level, PartDiff, Reason, RevertStrength, Risk, Step
from tests.change.test_waves import step

LOW = Risk(level=Level.LOW)


def with_lines(*lines: DiffLine, name: str = "a", before: int = 0) -> Step:
    diff = Diff(parts=(PartDiff(part="part", lines=lines),), lines_before=before)
    return step(name).model_copy(update={"diff": diff})


def with_effects(*effects: Effect, strength: RevertStrength = RevertStrength.TIMED) -> Step:
    lines = (DiffLine(sign="-", text=f"  line of {effect}", effects=(effect,)) for effect in effects)
    return with_lines(*lines).model_copy(update={"effects": effects, "strength": strength})


def judged(*steps: Step, around: Surroundings | None = None) -> tuple[Finding, ...]:
    """By every guard that looks at steps, all of them selected."""
    selected = frozenset(step.target for step in steps)
    return step_findings(steps, replace(around or Surroundings(), selected=selected))


def risk(one: Step, around: Surroundings | None = None) -> Risk:
    return risks_of(judged(one, around=around)).get(one.target, LOW)


def reasons(found: Iterable[Finding], guard: str) -> Sequence[Reason]:
    return [one.reason for one in found if one.reason.guard == guard]


def rank(level: Level) -> int:
    return ORDER.index(level)
