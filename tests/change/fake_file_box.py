"""A pretended plane whose boxes are files, and a program that changes them: for tests that really kill it.

    python fake_file_box.py apply FOLDER [PLAN [GO]]
    python fake_file_box.py resume FOLDER

Each phase is printed as a line when the journal has it, so that a test knows where it kills; a refusal is printed too.
With GO it says that it is ready, and begins when there is a file of that name. A box is one JSON file, replaced by
rename under a lock; its timer is this machine's monotonic clock, read whenever somebody looks.
"""

from __future__ import annotations

import fcntl
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from change.apply import apply
from change.canonical import digest_of
from change.clock import SystemClock
from change.journal import Journal
from change.locks import Locks
from change.model import Digest, Inspection, LatchState, Plan, Probe, RevertStrength, Step
from change.permits import Limits
from change.plan import PlanRefused
from change.result import Result, StepEnd
from change.resume import resume
from change.run import Means, Pace, ProbeResult
from change.stop import stop_on_signals
from change.target import Announce, Preview, TargetError, TargetUnreachable
from tests.change.fake_approvals import fake_approvals
from tests.change.fake_target import FakeBox, FakeClock, FakeTarget
from tests.change.fake_world import ALWAYS

PACE = Pace(limits=Limits(at_once=2), poll_s=0.1, confirm_s=0.2, settle_s=5.0)
PENDING = ("armed", "tried")


class BoxRecord(TypedDict):
    state: str
    deadline: float
    before: str
    tries: int


class BoxFile(TypedDict):
    content: str
    records: dict[str, BoxRecord]


@dataclass(frozen=True)
class FakeFileTarget:
    """A box of the name, in FOLDER/NAME.json; it wants `new`, and goes back after the step's timer."""

    folder: Path
    name: str
    distance: int
    plane: str = "fake"
    site: str = "here"
    revert_strength: RevertStrength = RevertStrength.TIMED

    @contextmanager
    def opened(self) -> Iterator[BoxFile]:
        """The box as it is now, overdue timers ended; what the block changes is kept as a whole."""
        path = self.folder / f"{self.name}.json"
        with (self.folder / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            box: BoxFile = json.loads(path.read_text()) if path.exists() else {"content": "old", "records": {}}
            for record in box["records"].values():
                if record["state"] in PENDING and time.monotonic() >= record["deadline"]:
                    go_back(box, record)
            yield box
            path.with_suffix(".new").write_text(json.dumps(box))
            path.with_suffix(".new").replace(path)

    def read(self) -> Digest:
        with self.opened() as box:
            return digest_of(box["content"].encode())

    def intent(self) -> Digest:
        return digest_of(b"intent new")

    def preview(self) -> Preview | None:
        """None once it is as it wants to be; a box of the name `away` does not answer."""
        if self.name == "away":
            raise TargetUnreachable("no session")
        with self.opened() as box:
            content = box["content"]
        return FakeTarget(FakeBox(self.name, FakeClock(), content), hold_s=1, timer_s=30).preview()

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        with self.opened() as box:
            if step.id in box["records"]:
                raise TargetError("a step is accepted once")
            deadline = time.monotonic() + deadline_s
            box["records"][step.id] = {"state": "armed", "deadline": deadline, "before": box["content"], "tries": 0}

    def try_(self, step: Step, announce: Announce) -> None:
        def put(box: BoxFile, record: BoxRecord) -> None:
            box["content"] = step.payload
            record["tries"] += 1
            record["state"] = "tried"

        self.move(step, ("armed",), put)

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        if self.read() != step.result:
            raise TargetError("it does not read as the result")

    def confirm(self, step: Step) -> None:
        def keep(box: BoxFile, record: BoxRecord) -> None:
            record["state"] = "confirmed"

        self.move(step, ("tried", "confirmed"), keep)

    def revert(self, step: Step, announce: Announce) -> None:
        self.move(step, (*PENDING, "reverted"), go_back)

    def move(self, step: Step, states: tuple[str, ...], act: Callable[[BoxFile, BoxRecord], None]) -> None:
        with self.opened() as box:
            record = box["records"].get(step.id)
            if record is None or record["state"] not in states:
                raise TargetError(f"the step is {record['state'] if record else 'absent'} here")
            act(box, record)

    def close(self, step: Step) -> None:
        """The inverse is all that it needs."""

    def inspect(self, step: Step) -> Inspection:
        with self.opened() as box:
            record = box["records"].get(step.id)
        if record is None:
            return Inspection(state=LatchState.ABSENT)
        left_s = record["deadline"] - time.monotonic() if record["state"] in PENDING else None
        return Inspection(state=LatchState(record["state"]), remaining_s=left_s)


def go_back(box: BoxFile, record: BoxRecord) -> None:
    if record["state"] == "tried":
        box["content"] = record["before"]
    record["state"] = "reverted"


class FakePrinter:
    """One line a phase, at once."""

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        print("plan-opened", flush=True)

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        print(f"wave {number}", flush=True)

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        print(f"{phase} {step.target}", flush=True)

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        print(f"wave {number} ended", flush=True)

    def plan_ended(self, result: Result) -> None:
        print("plan-closed", flush=True)


def targets_in(folder: Path) -> dict[str, FakeFileTarget]:
    distances: dict[str, int] = json.loads((folder / "distances").read_text())
    return {name: FakeFileTarget(folder, name, distance) for name, distance in distances.items()}


def seen(probe: Probe) -> ProbeResult:
    return ProbeResult(ok=True, detail="seen")


def main(verb: str, folder: Path, plan: str = "plan", go: str | None = None) -> None:
    clock = SystemClock()
    journal = Journal(folder / "journal.db", clock)
    with stop_on_signals() as stops:
        means = Means(
            targets=targets_in(folder),
            journal=journal,
            locks=Locks(journal.store, clock),
            clock=clock,
            run_probe=seen,
            approvals=fake_approvals,
            calendar=ALWAYS,
            watcher=FakePrinter(),
            stop=stops.stop,
            unattended=stops.unattended,
            pace=PACE,
        )
        if go is not None:
            print("ready", flush=True)
            while folder.exists() and not Path(go).exists():
                time.sleep(0.001)
        if verb == "apply":
            try:
                apply((folder / plan).read_bytes(), means)
            except PlanRefused as problem:
                print(f"refused: {problem}", flush=True)
        else:
            resume(means)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
