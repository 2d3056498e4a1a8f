"""Several threads, one transaction: every note is on disk before its thread goes on, and a failure is told to all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from change.journal import Event, Journal, JournalError, Note
from change.model import JournalEntry, Plan
from change.scribe import Scribe
from tests.change.fake_target import FakeClock


class SlowJournal(Journal):
    """Whose first append waits until it is told to go on; `says` is what a later one raises."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, FakeClock())
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        self.says: JournalError | None = None

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        self.sizes.append(len(notes))
        self.begun.set()
        self.go_on.wait(5)
        if self.says and len(self.sizes) > 1:
            raise self.says
        return super()._append(notes, plan)


def crowd(journal: SlowJournal, number: int) -> list[BaseException | None]:
    """One thread writes; the others come while it does. What each of them raised."""
    scribe = Scribe(journal)
    queued = threading.Semaphore(0)

    def write(name: str) -> None:
        queued.release()
        scribe.append([Note(event=Event.ARMED, step=name), Note(event=Event.TRIED, step=name)])
        assert name in {entry.step for entry in journal.entries()}

    with ThreadPoolExecutor(number) as pool:
        first = pool.submit(write, "first")
        journal.begun.wait(5)
        others = [pool.submit(write, f"step-{index}") for index in range(number - 1)]
        for _ in range(number):
            queued.acquire(timeout=5)
        journal.go_on.set()
        return [one.exception() for one in (first, *others)]


def test_each_returns_when_its_own_notes_are_written_and_none_is_lost(folder: Path) -> None:
    journal = SlowJournal(folder / "journal.db")
    assert crowd(journal, 16) == [None] * 16
    entries = journal.entries()
    assert len(entries) == sum(journal.sizes) == 32
    assert [entry.step for entry in entries[::2]] == [entry.step for entry in entries[1::2]], (
        "notes of one stay together"
    )
    assert journal.verify() == ()


def test_a_transaction_that_fails_fails_for_all_that_are_in_it(folder: Path) -> None:
    journal = SlowJournal(folder / "journal.db")
    journal.says = JournalError("the disk is full")
    first, *others = crowd(journal, 8)
    assert first is None
    assert [str(problem) for problem in others] == ["the disk is full"] * 7
    with pytest.raises(JournalError):
        Scribe(journal).append([Note(event=Event.ARMED)])
