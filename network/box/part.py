"""What the part handlers on a network's box share. Runs there under Debian's python3, so: standard library only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from change.latch import part as latch_part
from change.latch.part import Failed, Look, Part

RUN = Path("/run/govnet-latch")
COMMAND_LIMIT_S = 60.0


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
    verbs = {
        "try": handler.try_,
        "check": handler.check,
        "revert": handler.revert,
        "settle": handler.settle,
        "release": handler.release,
    }
    return latch_part.main(handler.look, verbs)


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
