"""A FakeWorld for thousands of runs a minute: one open store for all its processes, no threads, a disk that may fail.

What a process may meet at a boundary is scheduled: something happens to a box, to the disk or to the clock, or somebody
else applies and resumes, between two calls of the one that runs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import ParamSpec, TypeVar
from unittest.mock import patch

from change.journal import Journal, JournalError, Note
from change.locks import Owner
from change.model import Digest, JournalEntry, Plan
from change.store import StoreError
from tests.change.fake_target import FakeProcess
from tests.change.fake_world import FakeJournal, FakeLocks, FakeWorld
from tests.change.laws import Laws

P = ParamSpec("P")
T = TypeVar("T")
FULL = "No space left on device"


class Disk(StrEnum):
    WORKS = "works"
    FULL = "full"
    """Nothing is written any more."""
    FAILS_LATE = "fails late"
    """What is written is there, and the writer is told that it is not."""


class SwiftPool:
    """An executor that does it at once, in the thread that asks."""

    def __init__(self, max_workers: int) -> None:
        pass

    def __enter__(self) -> SwiftPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: object, trace: TracebackType | None) -> None:
        pass

    def submit(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        answer: Future[T] = Future()
        try:
            answer.set_result(act(*args, **kwargs))
        except Exception as problem:  # noqa: BLE001  # an executor hands over whatever was raised
            answer.set_exception(problem)
        return answer


@contextmanager
def without_threads() -> Iterator[None]:
    with patch("change.permits.ThreadPoolExecutor", SwiftPool):
        yield


@dataclass
class BusyProcess(FakeProcess):
    """Others act while it runs: at each boundary of the schedule, counted from 1."""

    schedule: dict[int, Callable[[], None]] = field(default_factory=dict)

    def boundary(self, name: str) -> None:
        act = None if self.dead else self.schedule.pop(self.passed + 1, None)
        if act is not None:
            act()
        super().boundary(name)

    @property
    def sent(self) -> list[str]:
        """The boundaries before commands that may change a box."""
        return [name for name in self.names if name.endswith(("arm before", "try before", "confirm before"))]


class SwiftJournal(FakeJournal):
    world: SwiftWorld

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        if self.world.disk is Disk.FULL:
            raise JournalError(FULL)
        entries = super()._append(notes, plan)
        if self.world.disk is Disk.FAILS_LATE:
            raise JournalError(FULL)
        return entries

    def kept(self, entries: Sequence[JournalEntry], plan: Plan | None) -> None:
        self.world.laws.write(entries, plan, self.world.boxes)

    def close(self) -> None:
        """The store stays open for the next process."""


class SwiftLocks(FakeLocks):
    world: SwiftWorld

    def take(self, targets: Iterable[str], plan: Digest, unresolved: Collection[Digest]) -> None:
        self.fail()
        super().take(targets, plan, unresolved)

    def beat(self) -> None:
        self.fail()
        super().beat()

    def release(self, plan: Digest) -> None:
        self.fail()
        super().release(plan)

    def sweep(self, unresolved: Collection[Digest]) -> None:
        self.fail()
        super().sweep(unresolved)

    def fail(self) -> None:
        if self.world.disk is not Disk.WORKS:
            raise StoreError(FULL)


class SwiftWorld(FakeWorld):
    """Its laws hear of every entry when it is durable, and of every command before a box acts on it."""

    disk: Disk = Disk.WORKS

    def __post_init__(self) -> None:
        super().__post_init__()
        self.laws = Laws()
        for box in self.boxes.values():
            box.on_hear = self.laws.hear
        self._first = SwiftJournal(self.folder / "journal.db", self.clock)
        self._first.world = self

    def journal(self, process: FakeProcess | None = None) -> SwiftJournal:
        journal = copy.copy(self._first)
        journal.process = process or FakeProcess()
        return journal

    def locks(self, journal: Journal, process: FakeProcess) -> FakeLocks:
        token = f"process-{len(self.processes)}"
        self.processes[token] = process
        owner = Owner(host="here", pid=len(self.processes), started="then", token=token)
        locks = SwiftLocks(journal.store, self.clock, owner, lambda other: not self.processes[other.token].dead)
        locks.process, locks.world = process, self
        return locks

    def end(self) -> None:
        """No process is left."""
        self._first.store.close()
