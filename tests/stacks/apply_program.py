"""`python -m tests.stacks.apply_program apply|resume FOLDER`: the process that a test kills. Prints each event."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from change.apply import apply
from change.clock import SystemClock
from change.journal import Event, Journal
from change.locks import Locks
from change.model import Probe, Source, Step
from change.permits import Limits
from change.plan import Purpose, make_plan, seal
from change.resume import resume
from change.run import Means, Pace, ProbeResult
from change.watch import Unwatched
from inventory.model import Volume
from tests.change.fake_approvals import fake_approvals
from tests.change.fake_world import ALWAYS
from tests.stacks.world import StackWorld, inventory_of, machine

PACE = Pace(limits=Limits(at_once=2), poll_s=0.2, confirm_s=0.5, settle_s=60.0)
PURPOSE = Purpose(
    author="asha",
    reason="a test",
    selector="all",
    source=Source(world="fake", inventory="sha256:" + "1" * 64, commit=None),
)
DATA = Volume(name="data-1", machine="web-1", mount="/srv", size_mib=100)


def first(folder: Path) -> StackWorld:
    """Two machines and a volume."""
    return StackWorld(folder, inventory_of((machine("web-1"), machine("web-2")), (DATA,)))


def second(folder: Path) -> StackWorld:
    """One is replaced, one changed in place, one is new, and the volume goes."""
    machines = (machine("web-1"), machine("web-2", cpus=4), machine("web-3"))
    return StackWorld(folder, inventory_of(machines, numbers={"web-1": 99, "web-2": 11}))


def write_plan(folder: Path) -> None:
    (folder / "plan").write_bytes(seal(make_plan([second(folder).target()], PURPOSE, SystemClock())))


class Printer(Unwatched):
    def step_phase(self, step: Step, event: Event, detail: str) -> None:
        print(f"{event} {detail}" if event is Event.SUB_STEP else event, flush=True)


def seen(_: Probe) -> ProbeResult:
    return ProbeResult(ok=True, detail="seen")


def main(verb: str, folder: Path) -> None:
    clock = SystemClock()
    journal = Journal(folder / "journal.db", clock)
    target = second(folder).target()
    means = Means(
        targets={target.name: target},
        journal=journal,
        locks=Locks(journal.store, clock),
        clock=clock,
        run_probe=seen,
        approvals=fake_approvals,
        calendar=ALWAYS,
        watcher=Printer(),
        stop=threading.Event(),
        pace=PACE,
    )
    if verb == "apply":
        apply((folder / "plan").read_bytes(), means)
    else:
        resume(means)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
