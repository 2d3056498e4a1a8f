"""What the part handlers on a box share. Runs there under Debian's python3, so: standard library only.

A handler is called by the latch with a verb, and with the part as JSON on standard input (change/latch/part.py).
Status 0 says done; any other, with one sentence on standard error, says no. No sentence holds a word of the texts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

RUN = Path("/run/govnet-latch")
COMMAND_LIMIT_S = 60.0


class Failed(Exception):
    """One sentence for a person, without a word of the part's texts."""


@dataclass(frozen=True)
class Part:
    """What the latch tells a handler; it tells more than handlers need."""

    name: str
    path: str
    candidate: str
    text: str
    pre: str
    facts: str
    commands: tuple[str, ...]
    unit: str | None


@dataclass(frozen=True)
class Look:
    """What is live, the wanted text in the same form, and what else must be as before after a revert."""

    text: str
    wanted: str
    facts: str = ""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


class Handler(Protocol):
    def look(self, part: Part) -> Look: ...
    def try_(self, part: Part) -> None: ...
    def check(self, part: Part) -> None: ...
    def revert(self, part: Part) -> None: ...
    def settle(self, part: Part) -> None: ...
    def release(self, part: Part) -> None: ...


def main(handler: Handler) -> int:
    """One call by the latch."""
    document: Mapping[str, object] = json.load(sys.stdin)
    part = Part(**{field.name: document[field.name] for field in fields(Part)})  # type: ignore[arg-type]  # by the latch
    verb = sys.argv[1]
    try:
        if verb == "look":
            seen = handler.look(part)
            print(json.dumps({"text": seen.text, "wanted": seen.wanted, "facts": seen.facts}))
        else:
            verbs = {
                "try": handler.try_,
                "check": handler.check,
                "revert": handler.revert,
                "settle": handler.settle,
                "release": handler.release,
            }
            verbs[verb](part)
    except (Failed, OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as problem:
        print(sentence(problem), file=sys.stderr)
        return 1
    return 0


def sentence(problem: BaseException) -> str:
    """Of a problem that is not ours to word, only its kind: its text could quote the part."""
    if isinstance(problem, Failed):
        return str(problem)
    return problem.strerror or "system error" if isinstance(problem, OSError) else type(problem).__name__


def ask(*argv: str) -> Said:
    """Run a command to its end, within COMMAND_LIMIT_S."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_LIMIT_S, check=False)
    return Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def must(*argv: str) -> str:
    """What the command printed. Raises Failed, with the command but not with what it said."""
    said = ask(*argv)
    if said.status != 0:
        raise Failed(f"`{' '.join(argv)}` ended with status {said.status}")
    return said.out


@contextmanager
def private_file(text: str) -> Iterator[str]:
    """A path at which root can read this text while we live: memfd_create(2), so nothing is left if we are killed."""
    handle = os.memfd_create("part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield f"/proc/{os.getpid()}/fd/{handle}"


def restart(unit: str) -> None:
    """Restart it, whatever number of starts systemd has counted before. Raises Failed."""
    ask("systemctl", "reset-failed", unit)
    must("systemctl", "restart", unit)
