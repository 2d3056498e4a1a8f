"""A box without a machine: parts are small files under a root of its own, handled by a shell script.

A part's live text is PATH.live, or what stands at PATH where that is missing: so a restart of the box is the removal of
every .live. Each verb runs in a forked process of its own, which can be killed at any line of the latch.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import change.latch
from change.latch import verbs
from change.latch.box import Box
from change.latch.program import DETACHED, main

LATCH = os.path.dirname(change.latch.__file__)
PLAN = "sha256:" + "0" * 64
OLD = {"a": "old-text-of-a", "b": "old-text-of-b"}
NEW = {"a": "new-text-of-a", "b": "new-text-of-b"}
PATIENCE_S = 30.0
Line = tuple[str, int]
"""A file of the latch and a line number in it."""
KEPT = {"lock", "record.json", "finished"}
"""All that may be left in the latch's folder when no step is open."""

HANDLER = r"""#!/bin/sh
read -r json; [ "$json" ] || exit 1
of() { value=${json#*\"$1\": \"}; value=${value%%\"*}; }
of path; path=$value; of text; text=$value; of pre; pre=$value
[ -p "$path.gate-$1" ] && { echo here > "$path.at-gate"; read -r _ < "$path.gate-$1"; }
[ -e "$path.refuse-$1" ] && { echo "no $1 today" >&2; exit 1; }
case $1 in
look) live=$path; [ -e "$path.live" ] && live=$path.live; read -r now < "$live"
      echo "{\"text\": \"$now\", \"wanted\": \"$text\", \"facts\": \"\"}" ;;
try) echo half > "$path.live"; echo "$text" > "$path.live" ;;
revert) echo half > "$path.live"; echo "$pre" > "$path.live" ;;
esac
"""


@dataclass(frozen=True)
class Ended:
    """How a call ended: status None where it was killed."""

    status: int | None
    answer: dict[str, object]


@dataclass(frozen=True)
class Toy:
    root: Path

    @property
    def box(self) -> Box:
        nothing = ("true",)
        return Box(self.root, systemd_run=nothing, systemctl=nothing, boot_id_file=self.root / "boot-id")

    def path(self, name: str) -> Path:
        return self.root / "etc" / name

    def live(self) -> dict[str, str]:
        return {name: self._live_path(name).read_text().strip() for name in OLD}

    def started_up_with(self) -> dict[str, str]:
        return {name: self.path(name).read_text().strip() for name in OLD}

    def reboot(self) -> None:
        for name in OLD:
            (self.root / "etc" / f"{name}.live").unlink(missing_ok=True)
        (self.root / "boot-id").write_text(f"{time.monotonic()}\n")

    def gate(self, name: str, verb: str) -> None:
        """The handler of that part will stop at this verb until `open_gate`."""
        os.mkfifo(self.path(f"{name}.gate-{verb}"))
        os.mkfifo(self.path(f"{name}.at-gate"))

    def wait_at_gate(self, name: str) -> None:
        handle = os.open(self.path(f"{name}.at-gate"), os.O_RDWR | os.O_NONBLOCK)
        ready, _, _ = select.select([handle], [], [], PATIENCE_S)
        os.close(handle)
        assert ready, "the handler never came to its gate"

    def open_gate(self, name: str, verb: str) -> None:
        gate = self.path(f"{name}.gate-{verb}")
        handle = os.open(gate, os.O_WRONLY)
        gate.unlink()
        os.write(handle, b"go\n")
        os.close(handle)

    def refuse(self, name: str, verb: str) -> None:
        self.path(f"{name}.refuse-{verb}").touch()

    def _live_path(self, name: str) -> Path:
        live = self.root / "etc" / f"{name}.live"
        return live if live.exists() else self.path(name)

    def arm_request(self, step: str = "step-1", timer_s: float = 600.0) -> dict[str, object]:
        owner = {"owner": owner_name(), "group": group_name(), "mode": 0o640}
        parts = [{"name": n, "kind": "toy", "path": f"/etc/{n}", "text": NEW[n], **owner} for n in OLD]
        base = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.live().items()}
        return {"step": step, "plan": PLAN, "timer_s": timer_s, "parts": parts, "base": base}

    def start(self, verb: str, request: object, *first: Callable[[], object]) -> Running:
        """Call the latch in a process of its own, after what must be done there first."""
        answer = self.root.with_name(f"answer-{time.monotonic_ns()}")
        asked = answer.with_suffix(".request")
        asked.write_text(json.dumps(request))
        pid = os.fork()
        if pid == 0:
            self._child(verb, asked, answer, first)
        return Running(pid, asked, answer)

    def _child(self, verb: str, asked: Path, answer: Path, first: tuple[Callable[[], object], ...]) -> None:
        status = 99
        try:
            sys.stdin, sys.stdout = asked.open(), answer.open("w")
            name = f"unit-{verb}" if verb in DETACHED else verb
            for act in first:
                act()
            status = main(["govnet-latch", name], self.box)
            sys.settrace(None)
            sys.stdout.flush()
        finally:
            os._exit(status)

    def call(self, verb: str, request: object = None, *first: Callable[[], object]) -> Ended:
        return self.start(verb, request if request is not None else {"step": "step-1"}, *first).end()

    def overdue(self) -> Ended:
        """The timer fires: `recover`, long after every deadline."""
        return self.call("recover", {}, far_future)


@dataclass(frozen=True)
class Running:
    pid: int
    asked: Path
    answer: Path

    def end(self) -> Ended:
        _, status = os.waitpid(self.pid, 0)
        self.asked.unlink()
        said = self.answer.read_text() if self.answer.exists() else ""
        self.answer.unlink(missing_ok=True)
        if os.WIFSIGNALED(status):
            return Ended(None, {})
        return Ended(os.WEXITSTATUS(status), json.loads(said) if said else {})


def new_toy(root: Path) -> Toy:
    toy = Toy(root)
    (root / "etc").mkdir()
    for name, text in OLD.items():
        toy.path(name).write_text(text + "\n")
    handler = root / "usr/local/lib/govnet/parts/toy"
    handler.parent.mkdir(parents=True)
    handler.write_text(HANDLER)
    handler.chmod(0o755)
    (root / "boot-id").write_text("first\n")
    return toy


def owner_name() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def group_name() -> str:
    return grp.getgrgid(os.getgid()).gr_name


def far_future() -> None:
    """In a forked process: the clock, ten years on."""
    now = time.monotonic
    time.monotonic = lambda: now() + 3e8  # type: ignore[assignment]  # in a process that ends at once


def short_wait() -> None:
    """In a forked process: do not wait long for the lock."""
    verbs.LOCK_WAIT_S = 0.2


def is_latch(frame: FrameType) -> bool:
    return os.path.dirname(frame.f_code.co_filename) == LATCH


def kill_at(event: int) -> Callable[[], object]:
    """In a forked process: SIGKILL before the line of the latch that is the event-th to run, from 0."""
    seen = -1

    def on_line(frame: FrameType, what: str, _: object) -> Callable[..., object] | None:
        nonlocal seen
        if not is_latch(frame):
            return None
        if what == "line":
            seen += 1
            if seen == event:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    return lambda: sys.settrace(on_line)


def lines_of(toy: Toy, verb: str, request: object, *first: Callable[[], object]) -> list[Line]:
    """The lines of the latch that this call runs, in their order; the call is made."""
    log = toy.root / "lines"

    def on_line(frame: FrameType, what: str, _: object) -> Callable[..., object] | None:
        if not is_latch(frame):
            return None
        if what == "line":
            handle.write(f"{frame.f_code.co_filename} {frame.f_lineno}\n")
        return on_line

    with log.open("w", buffering=1) as handle:
        toy.call(verb, request, *first, lambda: sys.settrace(on_line))
    found = [(file, int(number)) for file, number in map(str.split, log.read_text().splitlines())]
    log.unlink()
    return found


def assert_whole(toy: Toy) -> str:
    """All old or all new, live and at the next start; nothing else is left. Returns the state of step-1."""
    state = str(toy.call("inspect").answer["state"])
    expected = NEW if state == "confirmed" else OLD
    assert state in ("absent", "reverted", "confirmed")
    assert toy.live() == expected
    assert toy.started_up_with() == expected
    kept = {path.name for path in toy.box.state.glob("*")}
    assert kept <= KEPT, sorted(kept - KEPT)
    other = OLD if state == "confirmed" else NEW
    left = [
        path for path in toy.root.rglob("*") if path.is_file() and any(t in path.read_text() for t in other.values())
    ]
    assert left == []
    return state
