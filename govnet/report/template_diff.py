"""Parts that several steps of one plan change alike, read once: a template of lines, and a table of what differs.

Alike are diffs whose lines are the same but for values: what has a digit in it, a secret's name, a name of the
inventory. Nothing is lost: template and values give back every device's own diff, to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from change.model import Diff, DiffLine, Effect, PartDiff, Step

WORD = re.compile(r"<[^<>\s]*>|[\w.:@-]+|\s+|.", re.DOTALL)
MANY_VALUES = 4
"""More columns than this are worth a table only where the diff is at least twice as long."""

Piece: TypeAlias = str | int
"""Text that all have, or the column of the table that the text is in."""
Shape: TypeAlias = tuple[tuple[str, tuple[Effect, ...], tuple[str | None, ...]], ...]
"""Of a part: sign, effects and words of each line; None stands for any value."""


@dataclass(frozen=True)
class TemplateLine:
    sign: Literal[" ", "+", "-"]
    pieces: tuple[Piece, ...]
    effects: tuple[Effect, ...]

    def line(self, values: Sequence[str]) -> DiffLine:
        text = "".join(values[piece] if isinstance(piece, int) else piece for piece in self.pieces)
        return DiffLine(sign=self.sign, text=text, effects=self.effects)


@dataclass(frozen=True)
class Row:
    """Targets that change in exactly one way, and their value in each column."""

    targets: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class TemplateDiff:
    """One change of one part, and the targets that it is for, in the plan's order."""

    part: str
    lines: tuple[TemplateLine, ...]
    columns: int
    rows: tuple[Row, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(target for row in self.rows for target in row.targets)

    def of(self, row: Row) -> PartDiff:
        """The whole diff of these targets."""
        return PartDiff(part=self.part, lines=tuple(line.line(row.values) for line in self.lines))


def column_name(number: int) -> str:
    """a to z, then aa, ab ..."""
    before, letter = divmod(number, 26)
    return (column_name(before - 1) if before else "") + chr(ord("a") + letter)


def template_diffs(steps: Iterable[Step], names: Collection[str]) -> tuple[TemplateDiff, ...]:
    """Every part of every step, in exactly one of them. `names`: of the inventory, which may differ as values do."""
    own = frozenset(names)
    alike: dict[tuple[str, Shape], dict[PartDiff, list[str]]] = {}
    for step in steps:
        for part in step.diff.parts:
            alike.setdefault((part.part, shape(part, own)), {}).setdefault(part, []).append(step.target)
    return tuple(found for parts in alike.values() for found in templates(parts))


def templates(parts: dict[PartDiff, list[str]]) -> Iterator[TemplateDiff]:
    """One of all these parts of one shape; or one of each, where the table would be as long to read as the diffs."""
    made = template(parts)
    changed = sum(line.sign != " " for line in made.lines)
    if made.columns <= max(MANY_VALUES, changed // 2):
        yield made
    else:
        yield from (template({part: targets}) for part, targets in parts.items())


def template(parts: dict[PartDiff, list[str]]) -> TemplateDiff:
    """Of parts of one shape, with the targets of each."""
    split = [[words(line.text) for line in part.lines] for part in parts]
    first = next(iter(parts))
    columns: dict[tuple[str, ...], int] = {}
    lines: list[TemplateLine] = []
    for number, line in enumerate(first.lines):
        texts = zip(*(rows[number] for rows in split), strict=True)
        pieces = [said[0] if len(set(said)) == 1 else columns.setdefault(said, len(columns)) for said in texts]
        lines.append(TemplateLine(line.sign, joined(pieces), line.effects))
    values = zip(*columns, strict=True) if columns else iter([()] * len(parts))
    rows = tuple(Row(tuple(targets), tuple(said)) for targets, said in zip(parts.values(), values, strict=True))
    return TemplateDiff(first.part, tuple(lines), len(columns), rows)


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Texts that follow one another as one."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(found)


def words(text: str) -> list[str]:
    return WORD.findall(text)


def shape(part: PartDiff, names: frozenset[str]) -> Shape:
    return tuple(
        (line.sign, line.effects, tuple(None if is_value(word, names) else word for word in words(line.text)))
        for line in part.lines
    )


def is_value(word: str, names: frozenset[str]) -> bool:
    return word.startswith("<") or any(map(str.isdigit, word)) or not names.isdisjoint(runs(word))


def runs(word: str) -> Iterator[str]:
    """The word, and all that its hyphens part or join: of dr-kyela-in also dr-kyela, kyela-in, kyela ..."""
    parts = word.split("-")
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            yield "-".join(parts[start:end])


def names_in(diffs: Iterable[Diff], known: frozenset[str]) -> tuple[str, ...]:
    """Those of the known names that stand in these diffs, sorted."""
    texts = {line.text for diff in diffs for part in diff.parts for line in part.lines}
    said = {word for text in texts for word in words(text)}
    return tuple(sorted(known & {run for word in said for run in runs(word)}))
