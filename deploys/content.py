"""What a file of ours shall hold: text, and secrets by name. Values appear where it is written, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from inventory.sealed import Sealed


@dataclass(frozen=True)
class SecretText:
    """A place in a file where a secret's value stands."""

    name: str


Piece = str | SecretText
Content = tuple[Piece, ...]


class ContentFile(StringIO):
    """A file to put, as pyinfra takes it; it remembers its pieces, so that a plan can hold it without the values."""

    def __init__(self, content: Content, secrets: Mapping[str, Sealed], owner: str, group: str, mode: int) -> None:
        super().__init__(opened(content, secrets))
        self.content = content
        self.owner = owner
        self.group = group
        self.permissions = mode

    def __repr__(self) -> str:
        return f"ContentFile({self.owner}:{self.group} {self.permissions:o})"


def opened(content: Content, secrets: Mapping[str, Sealed]) -> str:
    """The text with the values in it. Raises KeyError (a secret that was not handed over)."""
    return "".join(secrets[piece.name].open() if isinstance(piece, SecretText) else piece for piece in content)


def text(*lines: str) -> Content:
    """Lines without a secret."""
    return ("".join(f"{line}\n" for line in lines),)
