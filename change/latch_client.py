"""The latch of a box that is in reach: requests and answers of docs/adr/0003 as types.

The latch itself is change/latch/; how it comes onto the box is installation.py, and this file knows its wire format
alone. Texts go to its standard input, never into an argument.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from change.installation import PROGRAM
from change.model import Digest, Inspection, Record
from change.target import TargetError, TargetUnreachable, by_its_sentence

UNKNOWN_FORM = "the latch answered in a form that is not known"
Verb = Literal["arm", "try", "confirm", "revert", "inspect", "read"]


class LatchRefused(TargetError):
    """Exit status 3: the latch would not, and nothing was changed."""


class LatchReverted(TargetError):
    """Exit status 4: it failed, and the box is back at its pre-image."""


class LatchBroken(TargetError):
    """Exit status 5: the box does not read as its pre-image, or the latch cannot tell. A person must look."""


ERRORS: dict[int, tuple[type[TargetError], str]] = {
    3: (LatchRefused, "the latch refused"),
    4: (LatchReverted, "the change failed and was undone"),
    5: (LatchBroken, "the latch is broken, a person must look"),
}
ABSENT_STATUS = 127
"""What a shell says where there is no such program (POSIX sh, 2.8.2)."""


class LatchPart(Record):
    """One part on the wire. `text` and `commands` hold real secrets: they are kept out of the repr."""

    name: str
    kind: str
    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o600
    text: str = Field(default="", repr=False)
    commands: tuple[str, ...] = Field(default=(), repr=False)
    unit: str | None = None


class Said(Protocol):
    """How a program on a box ended, and what it printed."""

    @property
    def status(self) -> int: ...
    @property
    def stdout(self) -> str: ...
    @property
    def stderr(self) -> str: ...


class Box(Protocol):
    """A box in reach. `execute` runs a program there, with a text on its standard input.

    Raises TargetUnreachable where it is not known how that ended.
    """

    @property
    def name(self) -> str: ...
    def execute(self, argv: tuple[str, ...], stdin: str) -> Said: ...


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    error: str = ""
    parts: dict[str, str] = Field(default_factory=dict, repr=False)


def text_digest(text: str) -> str:
    """What `arm` compares a live text with: lower-case hex SHA-256 of its UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


class Latch:
    """Every method raises LatchRefused, LatchReverted, LatchBroken, or TargetUnreachable: then only `inspect` knows."""

    def __init__(self, box: Box) -> None:
        self._box = box

    @by_its_sentence
    def read(self, parts: Iterable[LatchPart]) -> dict[str, str]:
        """Part name to its live text, secrets and all: redact before keeping it."""
        wanted = [{"name": part.name, "kind": part.kind, "path": part.path} for part in parts]
        return _parsed(self._ask("read", {"parts": wanted})).parts

    @by_its_sentence
    def arm(self, step: str, plan: Digest, timer_s: float, parts: Iterable[LatchPart], base: Mapping[str, str]) -> None:
        """`base`: part name to the digest of the live text that the step was planned on."""
        entries = [part.model_dump() for part in parts]
        request = {"step": step, "plan": plan, "timer_s": timer_s, "parts": entries, "base": dict(base)}
        self._ask("arm", request)

    @by_its_sentence
    def try_(self, step: str) -> None:
        self._ask("try", {"step": step})

    @by_its_sentence
    def confirm(self, step: str) -> None:
        self._ask("confirm", {"step": step})

    @by_its_sentence
    def revert(self, step: str) -> None:
        self._ask("revert", {"step": step})

    @by_its_sentence
    def inspect(self, step: str) -> Inspection:
        try:
            return Inspection.model_validate_json(self._ask("inspect", {"step": step}))
        except ValidationError:
            raise TargetError(UNKNOWN_FORM) from None

    def _ask(self, verb: Verb, request: Mapping[str, object]) -> str:
        name = self._box.name
        answer = self._box.execute((PROGRAM, verb), json.dumps(request))
        if answer.status == 0:
            return answer.stdout
        if answer.status == ABSENT_STATUS:
            raise LatchRefused(f"{name}: it has no latch at {PROGRAM}; day-0 installs it")
        if answer.status not in ERRORS:
            raise TargetUnreachable(f"{name}: the latch's `{verb}` ended with status {answer.status}: ask it again")
        kind, sentence = ERRORS[answer.status]
        try:
            said = _parsed(answer.stdout).error
        except TargetError:
            said = ""
        raise kind(f"{name}: {sentence}" + (f": {said}" if said else ""))


def _parsed(text: str) -> _Answer:
    try:
        return _Answer.model_validate_json(text)
    except ValidationError:
        raise TargetError(UNKNOWN_FORM) from None
