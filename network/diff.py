"""The exact difference of two configurations, as a person reads it: changed lines under the headers they stand in."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from change.model import Diff, DiffLine, PartDiff
from network import effects, tree
from network.config import Config, Part, PartName

CONTEXT = 2
"""Unchanged lines shown around a change of a part that has no sections."""


def difference(live: Config, wanted: Config) -> Diff:
    """What must change for `live` to become `wanted`; empty exactly if all their parts are equal.

    Both hold canonical texts with secrets as references. A part that only one of them has counts as empty in the other.
    """
    names = dict.fromkeys(part.name for config in (wanted, live) for part in config.parts)
    parts = []
    for name in names:
        before, after = live.text(name), wanted.text(name)
        if before != after:
            parts.append(PartDiff(part=name, lines=tuple(_tagged(name, before, after))))
    return Diff(parts=tuple(parts), lines_before=sum(_count(part) for part in live.parts))


def _count(part: Part) -> int:
    """The lines of a part that a diff could remove: of the tree, its headers and lines."""
    if part.name != "frr":
        return len(part.text.splitlines())
    return _lines(tree.parse(part.text))


def _lines(section: tree.Section) -> int:
    return len(section.lines) + sum(1 + _lines(inner) for inner in section.sections)


def _tagged(name: PartName, before: str, after: str) -> Iterator[DiffLine]:
    judge = effects.Judge.of(name, before, after)
    rows = _section_rows(tree.parse(before), tree.parse(after), ()) if name == "frr" else _plain_rows(before, after)
    for sign, path, line in rows:
        found = () if sign == " " else judge.effects(sign, path, line.strip())
        yield DiffLine(sign=sign, text=line, effects=found)


Row = tuple[effects.Sign, tuple[str, ...], str]
"""Sign, the headers that it stands under, the line as it is shown."""


def _section_rows(old: tree.Section, new: tree.Section, path: tuple[str, ...]) -> Iterator[Row]:
    pad = " " * len(path)
    both = tree.canonical(tree.Section(new.header, (*old.lines, *new.lines), (*old.sections, *new.sections)))
    for line in both.lines:
        if line not in new.lines:
            yield "-", path, pad + line
        elif line not in old.lines:
            yield "+", path, pad + line
    olds, news = ({section.header: section for section in side.sections} for side in (old, new))
    for header in (section.header for section in both.sections):
        was, will = olds.get(header), news.get(header)
        if was == will:
            continue
        sign: effects.Sign = " " if was and will else "+" if will else "-"
        yield sign, path, pad + header
        yield from _section_rows(was or tree.Section(header), will or tree.Section(header), (*path, header))


def _plain_rows(before: str, after: str) -> Iterator[Row]:
    olds, news = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        first = group[0][3]
        if above := _above(news, first):
            yield " ", (), above
        for code, i1, i2, j1, j2 in group:
            if code == "equal":
                yield from ((" ", (), line) for line in news[j1:j2])
                continue
            sides: tuple[tuple[effects.Sign, list[str], int, int], ...] = (("-", olds, i1, i2), ("+", news, j1, j2))
            for sign, rows, start, end in sides:
                for place in range(start, end):
                    header = _above(rows, place)
                    yield sign, (header,) if header else (), rows[place]


def _above(rows: list[str], place: int) -> str:
    """The header that an indented row stands under; empty where the row is not indented."""
    if place >= len(rows) or not rows[place].startswith(" "):
        return ""
    return next((row for row in reversed(rows[:place]) if row and not row.startswith(" ")), "")
