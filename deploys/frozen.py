"""What a plan holds of a server: operations frozen to the letter, secrets as `<name#tag>`, and what the box must keep.

Pure: the worker makes these, the target plans and diffs with them, the handler on the box is sent them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from change.model import Record
from deploys.manifest import Manifest


class Reference(Record):
    """A place where a secret's value stands: `<name#tag>`."""

    secret: str


Content = tuple[str | Reference, ...]


class Put(Record):
    """A file shall have this content, owner and mode."""

    kind: Literal["put"] = "put"
    deploy: str
    title: str
    path: str
    owner: str
    group: str
    mode: int
    content: Content


class Copy(Record):
    """A file shall have the content that our store holds under this digest: too much of it, or not text, for a plan."""

    kind: Literal["copy"] = "copy"
    deploy: str
    title: str
    path: str
    owner: str
    group: str
    mode: int
    sha256: str
    octets: int


class Run(Record):
    """A shell command (POSIX sh), as root."""

    kind: Literal["run"] = "run"
    deploy: str
    title: str
    command: str


Operation = Annotated[Put | Copy | Run, Field(discriminator="kind")]


class LiveFile(Record):
    """A file as it is, secrets masked. `lines` without their ends; empty where it is not text."""

    owner: str
    group: str
    mode: int
    lines: tuple[str, ...]


class Prepared(Record):
    """What the worker found of one server: what is pending, and from which facts that followed."""

    manifest: Manifest
    operations: tuple[Operation, ...]
    facts: str
    """Digest of the facts that the pending operations were derived from."""
    live: dict[str, LiveFile]
    """Path to what a pending put would replace; an absent file is not in it."""


class Tree(Record):
    """What is kept of the box before the try, and put back. Shallow: a folder's own owner and mode, or its absence."""

    path: str
    deep: bool = True


class Unit(Record):
    """A unit whose state is kept; it is told (`reload` or `restart`) where a revert changed what it reads."""

    name: str
    tell: Literal["reload", "restart"]
    reads: tuple[str, ...]


class Check(Record):
    """A command that must end with status 0 while the change is in force."""

    title: str
    argv: tuple[str, ...]


class Keeps(Record):
    trees: tuple[Tree, ...] = ()
    units: tuple[Unit, ...] = ()
    checks: tuple[Check, ...] = ()
