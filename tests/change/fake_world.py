"""The state folder of a jump host and its pretended boxes: each apply or resume in it is a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from change.apply import apply
from change.approval import Approvals
from change.guards.surroundings import Surroundings
from change.journal import Journal, Note
from change.locks import Locks, Owner
from change.model import Digest, JournalEntry, OnFailure, Plan, Probe, RevertStrength, Source
from change.permits import Limits
from change.plan import Purpose, Relations, digest, make_plan, seal
from change.result import Result
from change.resume import give_up, resume
from change.run import Means, Pace, ProbeResult
from change.watch import Watcher
from change.waves import Order
from change.window import Calendar, Period, Weekly
from tests.change.fake_approvals import fake_approvals
from tests.change.fake_target import FakeBox, FakeClock, FakeProcess, FakeTarget, PlanningTarget

PURPOSE = Purpose(
    author="asha",
    reason="a test",
    selector="all",
    source=Source(world="fake", inventory="sha256:" + "1" * 64, commit=None),
)
PACE = Pace(limits=Limits(at_once=1), poll_s=1.0, confirm_s=1.0, settle_s=5.0)


ALL_WEEK = Weekly(days=frozenset(range(7)), start_min=0, end_min=24 * 60)
ALWAYS = Calendar(windows=(Period(name="always", title="At any time", when=ALL_WEEK, zone="UTC"),))


class FakeJournal(Journal):
    """A journal whose process can die just before or just after an append is on disk."""

    process: FakeProcess = FakeProcess()

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        names = ",".join(f"{note.event}" for note in notes)
        self.process.boundary(f"journal {names} before")
        entries = super()._append(notes, plan)
        self.kept(entries, plan)
        self.process.boundary(f"journal {names} after")
        return entries

    def kept(self, entries: Sequence[JournalEntry], plan: Plan | None) -> None:
        """They are on disk now; a test that looks on says here what it does with them."""


class FakeLocks(Locks):
    """Locks whose process can die just after taking or giving them back."""

    process: FakeProcess = FakeProcess()

    def take(self, targets: Iterable[str], plan: Digest, unresolved: Collection[Digest]) -> None:
        super().take(targets, plan, unresolved)
        self.process.boundary("locks taken")

    def release(self, plan: Digest) -> None:
        super().release(plan)
        self.process.boundary("locks released")


@dataclass
class FakeWorld:
    """Boxes on one clock, and the state folder of a jump host. Each apply or resume is a process of its own."""

    folder: Path
    distances: Mapping[str, int]
    clock: FakeClock = field(default_factory=FakeClock)
    pace: Pace = PACE
    calendar: Calendar = ALWAYS
    around: Callable[[], Surroundings] = Surroundings
    wanted: str = "new"
    wants: Mapping[str, str] = field(default_factory=dict)
    """What the inventory wants of some otherwise than of all."""
    hold_s: int = 2
    on_failure: OnFailure = OnFailure.HOLD
    probes: tuple[Probe, ...] = ()
    probe_says: Callable[[Probe], ProbeResult] = lambda probe: ProbeResult(ok=True, detail="seen")
    approvals: Approvals = fake_approvals
    strengths: Mapping[str, RevertStrength] = field(default_factory=dict)
    born_of: Mapping[str, str] = field(default_factory=dict)
    sub_steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    processes: dict[str, FakeProcess] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.boxes = {name: FakeBox(name, self.clock) for name in self.distances}

    def targets(self, process: FakeProcess, kind: type[FakeTarget] = FakeTarget) -> dict[str, FakeTarget]:
        return {
            name: kind(
                box,
                self.wants.get(name, self.wanted),
                process,
                distance=self.distances[name],
                hold_s=self.hold_s,
                probes=self.probes,
                revert_strength=self.strengths.get(name, RevertStrength.TIMED),
                born_of=self.born_of.get(name),
                sub_steps=self.sub_steps.get(name, ()),
            )
            for name, box in self.boxes.items()
        }

    def plan(self, relations: Relations | None = None, wave_size: int = 6) -> Plan:
        targets = self.targets(FakeProcess(), PlanningTarget).values()
        purpose = PURPOSE.model_copy(update={"on_failure": self.on_failure})
        relate = (lambda _: relations) if relations else None
        return make_plan(targets, purpose, self.clock, relate, Order(wave=wave_size), around=self.around())

    def journal(self, process: FakeProcess | None = None) -> FakeJournal:
        journal = FakeJournal(self.folder / "journal.db", self.clock)
        journal.process = process or FakeProcess()
        return journal

    def locks(self, journal: Journal, process: FakeProcess) -> FakeLocks:
        """Owned by a process that runs until it has died or returned."""
        token = f"process-{len(self.processes)}"
        self.processes[token] = process
        owner = Owner(host="here", pid=len(self.processes), started="then", token=token)
        locks = FakeLocks(journal.store, self.clock, owner, lambda other: not self.processes[other.token].dead)
        locks.process = process
        return locks

    @contextmanager
    def means(self, process: FakeProcess) -> Iterator[Means]:
        """Those of one process, which is dead when the block has ended."""
        journal = self.journal(process)
        try:
            yield Means(
                targets=self.targets(process),
                journal=journal,
                locks=self.locks(journal, process),
                clock=self.clock,
                run_probe=self.probe_says,
                approvals=self.approvals,
                calendar=self.calendar,
                around=self.around,
                pace=self.pace,
            )
        finally:
            process.dead = True
            journal.close()

    def apply(
        self,
        sealed: bytes | Plan,
        process: FakeProcess | None = None,
        watcher: Watcher | None = None,
        stop: threading.Event | None = None,
        unattended: threading.Event | None = None,
    ) -> Result:
        with self.means(process or FakeProcess()) as means:
            watched = replace(
                means,
                watcher=watcher or means.watcher,
                stop=stop or means.stop,
                unattended=unattended or means.unattended,
            )
            return apply(seal(sealed) if isinstance(sealed, Plan) else sealed, watched)

    def resume(
        self,
        process: FakeProcess | None = None,
        watcher: Watcher | None = None,
        stop: threading.Event | None = None,
    ) -> tuple[Result, ...]:
        with self.means(process or FakeProcess()) as means:
            return resume(replace(means, watcher=watcher or means.watcher, stop=stop or means.stop))

    def give_up(self, plan: Plan, process: FakeProcess | None = None) -> Result:
        with self.means(process or FakeProcess()) as means:
            return give_up(means, digest(plan))

    def sent(self) -> list[str]:
        """Every call that may change a box, by box."""
        changing = {"arm", "try", "confirm", "revert"}
        return [f"{box.name} {call}" for box in self.boxes.values() for call in box.calls if call in changing]

    def settle(self) -> None:
        """Long enough for every timer to have ended."""
        self.clock.advance(1000)
        for box in self.boxes.values():
            box.tick()
