"""A live file for people to read, no secret in it: what stands on a server was perhaps put there by hand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploys.frozen import Put, Reference
from inventory.sealed import Sealed
from inventory.secret_values import telling

HIDDEN = "<hidden>"


@dataclass(frozen=True)
class Known:
    """A value that may not be shown, and what is shown in its place."""

    value: Sealed
    shown: str


def without(text: str, known: Sequence[Known]) -> str:
    """Known values, and telling lines of those that have many, as what is shown for them."""
    for one in sorted(known, key=lambda one: -len(one.value.open())):
        value = one.value.open().strip()
        for word in (value, *telling(value)):
            text = text.replace(word, one.shown)
    return text


def masked(lines: Sequence[str], put: Put, known: Sequence[Known]) -> tuple[str, ...]:
    """Where secrets will stand in the file, an older value may: there each line that is not a wanted one is hidden."""
    shown = without("\n".join(lines), known).splitlines()
    if not any(isinstance(piece, Reference) for piece in put.content):
        return tuple(shown)
    wanted = "".join(piece.secret if isinstance(piece, Reference) else piece for piece in put.content).splitlines()
    return tuple(line if line in wanted or not line.strip() else HIDDEN for line in shown)
