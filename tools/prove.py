"""The long form of every proof, in an order: `python -m tools.prove`, for `make prove`, after all other tests.

Two lanes side by side, as in `make test`: what needs machines mostly waits, for boots and timers, and what needs none
takes the processor meanwhile. In each lane the short ones are first. Each proof is said when it begins, and, when it
ends, how and after how long, with all that it printed. One that goes on beyond its limit is ended and counts as failed,
so the whole has a bound, which is said first.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType

PYTEST = (sys.executable, "-m", "pytest", "-s", "--durations=3")
ENDS_WITHIN_S = 120.0
"""After it was told to end: a lab of machines is taken down on the way out."""
LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Proof:
    title: str
    limit_s: float
    command: tuple[str, ...]


def long_form(title: str, limit_min: int, *where: str) -> Proof:
    """The tests there that are marked `prove`; those that `make test` has too were run already."""
    return Proof(title, limit_min * 60.0, (*PYTEST, "-m", "prove", *where))


MACHINES = (
    long_form("killed while machines boot: none is left", 5, "tests/stacks/test_nspawn.py"),
    long_form(
        "applied by pyinfra itself nothing is pending; a promise is met; rotated secrets",
        15,
        "tests/deploys/test_command_line.py",
        "tests/deploys/test_scratch.py",
        "tests/deploys/test_secrets.py",
    ),
    long_form("a server's step is undone in every way", 15, "tests/deploys/test_server.py"),
    long_form("a server's birth, killed, put back, its power cut", 15, "tests/deploys/test_birth.py"),
    long_form("a deploy that is killed ends confirmed or as before", 15, "tests/twin/test_servers.py"),
    long_form(
        "1, 2 and 4: on 25 routers a poisoned canary, a kill at every boundary, 500 self-cut-offs",
        75,
        "tests/twin/test_field.py",
    ),
)
NO_MACHINES = (
    long_form("200 targets in one wave", 5, "tests/change/test_many.py"),
    long_form("two operators never write one device together", 5, "tests/change/test_locks.py"),
    long_form("the change report, every byte flipped", 5, "tests/report/test_change_check.py"),
    long_form("6: every record of a journal tampered with", 10, "tests/change/test_tampering.py"),
    long_form("5: every byte of a plan and of an approval flipped", 10, "tests/change/test_approval.py"),
    long_form("3: the k-th of a wave fails, in every phase", 10, "tests/change/test_phases.py"),
    long_form("the latch, killed at every line", 10, "tests/latch/test_kill.py"),
    long_form(
        "a stack's step, by the real engine: killed, reverted, inverted",
        15,
        "tests/stacks/test_kill.py",
        "tests/stacks/test_target.py",
    ),
    long_form("7: a hundred thousand steps of the model", 15, "tests/change/test_model.py"),
    long_form("1: real processes on boxes of files, killed at every boundary", 15, "tests/change/test_boundaries.py"),
    long_form("2nd law: killed at every moment, and in the resume", 25, "tests/change/test_crash.py"),
    long_form("8: nine in ten faults planted in change/ are noticed", 45, "tests/tools/test_mutants.py"),
)


@dataclass
class Lane:
    """One proof after the other; `stop` is looked at while one runs and between two."""

    proofs: Sequence[Proof]
    say: Callable[[str], None]
    stop: threading.Event

    def run(self) -> list[Proof]:
        """Those that failed; all that were not begun, too, where a person stopped it."""
        return [proof for proof in self.proofs if self.stop.is_set() or not self.holds(proof)]

    def holds(self, proof: Proof) -> bool:
        self.say(f"begins: {proof.title} (at most {minutes(proof.limit_s)})")
        began = time.monotonic()
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            status = self.ended(proof, said.fileno())
            said.seek(0)
            how = "holds" if status == 0 else f"FAILED ({status})"
            self.say(f"{how} after {time.monotonic() - began:.0f} s: {proof.title}\n{said.read()}")
        return status == 0

    def ended(self, proof: Proof, out: int) -> int | str:
        """Its exit status, or in words that it was ended."""
        with subprocess.Popen(proof.command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as process:
            limit = time.monotonic() + proof.limit_s
            while time.monotonic() < limit and not self.stop.is_set():
                try:
                    return process.wait(LOOK_EVERY_S)
                except subprocess.TimeoutExpired:
                    continue
            process.send_signal(signal.SIGINT)
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        return "stopped" if self.stop.is_set() else f"not ended after {minutes(proof.limit_s)}"


def minutes(span_s: float) -> str:
    return f"{span_s / 60:.0f} min"


def bound_s(lanes: Sequence[Sequence[Proof]]) -> float:
    """When the longest lane has ended, whatever happens."""
    return max(sum(proof.limit_s + ENDS_WITHIN_S for proof in lane) for lane in lanes)


def prove(lanes: Sequence[Sequence[Proof]], say: Callable[[str], None], stop: threading.Event) -> list[Proof]:
    """All lanes at once; those that failed."""
    say(f"{sum(map(len, lanes))} proofs in {len(lanes)} lanes, at most {minutes(bound_s(lanes))}")
    with ThreadPoolExecutor(len(lanes)) as pool:
        found = pool.map(lambda lane: Lane(lane, say, stop).run(), lanes)
        failed = [proof for lane in found for proof in lane]
    say("\n".join([f"{len(failed)} failed", *(f"  {proof.title}" for proof in failed)]) if failed else "All hold.")
    return failed


def main() -> int:
    stop = threading.Event()

    def stopped(number: int, frame: FrameType | None) -> None:
        stop.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stopped)
    said = threading.Lock()

    def say(text: str) -> None:
        with said:
            print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    return 1 if prove((MACHINES, NO_MACHINES), say, stop) else 0


if __name__ == "__main__":
    sys.exit(main())
