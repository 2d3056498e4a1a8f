"""What a part handler on a box shares with the latch: the call, and what it may answer. Standard library only.

A handler is called by the latch with a verb, and with the part as JSON on standard input (docs/adr/0003). Status 0 says
done; any other, with one sentence on standard error, says no. No sentence holds a secret.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields


class Failed(Exception):
    """One sentence for a person, without a secret."""


@dataclass(frozen=True)
class Part:
    """What the latch tells a handler; it tells more than this one needs."""

    name: str
    path: str
    candidate: str
    text: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What is live, the wanted text in the same form, and what else must be as before after a revert."""

    text: str
    wanted: str
    facts: str


def main(look: Callable[[Part], Look], verbs: Mapping[str, Callable[[Part], None]]) -> int:
    """One call by the latch."""
    document: Mapping[str, object] = json.load(sys.stdin)
    part = Part(**{field.name: document[field.name] for field in fields(Part)})  # type: ignore[arg-type]  # by the latch
    try:
        if sys.argv[1] == "look":
            seen = look(part)
            print(json.dumps({"text": seen.text, "wanted": seen.wanted, "facts": seen.facts}))
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
