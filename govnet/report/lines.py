"""Lines for people in a terminal: of at most 80 columns, and nothing in them that it would obey rather than show."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

COLUMNS = 80
Style = Literal["plain", "heading", "added", "removed", "context", "high", "medium", "muted"]
"""What a line is; the caller's console decides how that looks."""


@dataclass(frozen=True)
class Line:
    text: str
    style: Style = "plain"


def counted(number: int, noun: str, several: str = "") -> str:
    return f"{number} {noun if number == 1 else several or f'{noun}s'}"


def wrapped(text: str, indent: str, style: Style = "plain") -> list[Line]:
    """Words, broken at spaces; further lines stand two further in."""
    words = _shown(" ".join(text.split()))
    lines = textwrap.wrap(
        words, COLUMNS, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
    return [Line(line, style) for line in lines] or [Line("")]


def labelled(label: str, text: str, width: int, style: Style = "plain") -> list[Line]:
    """Words beside a label of that width, two in; further lines stand below the words."""
    return [Line(line, style) for line in hung(text, f"  {_shown(label):<{width}}  ")]


def hung(text: str, first: str) -> list[str]:
    """Words after `first`, broken at spaces; further lines stand under the first word."""
    words, under = _shown(" ".join(text.split())), " " * len(first)
    lines = textwrap.wrap(words, COLUMNS, initial_indent=first, subsequent_indent=under, break_on_hyphens=False)
    return lines or [first.rstrip()]


def cut(text: str, lead: str, style: Style = "plain") -> Iterator[Line]:
    """Configuration, never reflowed: what does not fit goes on in the next line, after a backslash."""
    text = _shown(text)
    room = COLUMNS - len(lead)
    while len(text) > room:
        yield Line(f"{lead}{text[: room - 1]}\\", style)
        text, lead = text[room - 1 :], " " * len(lead)
    yield Line(f"{lead}{text}".rstrip(), style)


def _shown(text: str) -> str:
    """What a terminal would obey, written out."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
