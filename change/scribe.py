"""What several threads have to say at one time goes to the journal in one transaction: a disk is waited for once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from change.journal import Journal, Note


@dataclass
class Turn:
    """One thread's notes; `problem` is what became of the transaction that they were in."""

    notes: Sequence[Note]
    done: bool = False
    problem: BaseException | None = None


class Scribe:
    """Appends return when their own notes are on disk, as the journal's do. A transaction fails for all in it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[Turn] = []
        self._queue = threading.Lock()
        self._writing = threading.Lock()

    def append(self, notes: Sequence[Note]) -> None:
        """Raises what Journal.append raises."""
        mine = Turn(notes)
        with self._queue:
            self._waiting.append(mine)
        with self._writing:
            if not mine.done:
                self._write()
        if mine.problem is not None:
            raise mine.problem

    def _write(self) -> None:
        with self._queue:
            turns, self._waiting = self._waiting, []
        try:
            self._journal.append(*(note for turn in turns for note in turn.notes))
        except BaseException as problem:  # noqa: BLE001  # each of them raises it
            for turn in turns:
                turn.problem = problem
        finally:
            for turn in turns:
                turn.done = True
