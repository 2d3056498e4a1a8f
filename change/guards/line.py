"""A line of a diff, as reasons name it."""

from __future__ import annotations

from collections.abc import Iterator

from change.model import DiffLine, PartDiff, Step


def changed_lines(step: Step) -> Iterator[tuple[PartDiff, DiffLine]]:
    """Every line that comes or goes, with its part, in the diff's order."""
    for part in step.diff.parts:
        yield from ((part, line) for line in part.lines if line.sign != " ")


def shown(part: PartDiff, line: DiffLine) -> str:
    """`part: SIGN text`."""
    return f"{part.part}: {line.sign} {line.text.strip()}"
