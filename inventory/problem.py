"""What is wrong with a file, where, and what would be right; always all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """`line` counts from 1; 0 stands for the file as a whole."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}; {self.fix}"


class BadInventory(Exception):
    """Carries every problem, by file and line. Its text has one problem on each line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean x?` where something known is close, else a list of what is known (at most twelve), for a fix."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return "none is known yet"
    shown = ", ".join(names[:12])
    return f"known: {shown}" if len(names) <= 12 else f"known: {shown} and {len(names) - 12} more"
