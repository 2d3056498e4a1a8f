"""One part of a step, and the handler's end of a call. Every handler starts anew for each verb, so this file is small.

A handler is called by the latch with a verb, and with the part as JSON on standard input (docs/adr/0003). Status 0 says
done; any other, with one sentence on standard error, says no. No sentence holds a secret.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass


class Failed(Exception):
    """What a handler raises to say no: one sentence for a person, without a secret."""


@dataclass(frozen=True)
class Part:
    """One part of a step, and all that its handler is told. `wanted` is the digest of what must read back."""

    name: str
    kind: str
    path: str
    candidate: str = ""
    owner: str = "root"
    group: str = "root"
    mode: int = 0o600
    text: str = ""
    commands: tuple[str, ...] = ()
    unit: str | None = None
    wanted: str = ""
    pre: str = ""
    facts: str = ""


@dataclass(frozen=True)
class Look:
    """What a handler sees: the live text, the wanted text in the same form, and what else a revert must bring back."""

    text: str
    wanted: str
    facts: str


def main(look: Callable[[Part], Look], verbs: Mapping[str, Callable[[Part], None]]) -> int:
    """One call by the latch; returns the exit status."""
    part = Part(**json.load(sys.stdin))
    try:
        if sys.argv[1] == "look":
            print(json.dumps(asdict(look(part))))
        else:
            verbs[sys.argv[1]](part)
    except (Failed, OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as problem:
        print(sentence(problem), file=sys.stderr)
        return 1
    return 0


def sentence(problem: BaseException) -> str:
    """Of a problem that is not ours to word, only its kind: its text could quote a secret."""
    if isinstance(problem, Failed):
        return str(problem)
    return problem.strerror or "system error" if isinstance(problem, OSError) else type(problem).__name__
