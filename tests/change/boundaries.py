"""Boundaries of a real process: each is written down as it is crossed, and at the one that is named it kills itself.

A boundary is a call of the journal, the locks or a target, before and after. Its label says which, and how often it was
crossed: `tried after 2`, `dr-kyela confirm before 1`. What the journal acknowledged is written down before the caller
hears of it, so that a test knows what must be there. Each line is one write(2): what a killed process wrote stays.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from change.journal import Journal, Note
from change.locks import Locks
from change.model import JournalEntry

P = ParamSpec("P")
R = TypeVar("R")
TARGET_CALLS = ("read", "preview", "arm", "try_", "verify", "confirm", "revert", "close", "inspect")


class Named(Protocol):
    @property
    def name(self) -> str: ...


@dataclass
class Boundaries:
    """`dies_at`: a label, or `#N` for the N-th boundary whatever it is; empty where nothing is to die."""

    log: Path
    dies_at: str = ""
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cross(self, name: str) -> None:
        with self._lock:
            self._seen[name] += 1
            label = f"{name} {self._seen[name]}"
            self._write(f"at {label}")
            if self.dies_at in (label, f"#{self._seen.total()}"):
                os.kill(os.getpid(), signal.SIGKILL)

    def acknowledge(self, *entries: JournalEntry) -> None:
        for entry in entries:
            self._write(f"kept {entry.number} {entry.digest}")

    def _write(self, line: str) -> None:
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, f"{line}\n".encode())
        os.close(file)

    def around(self, name: str, call: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(call)
        def crossed(*args: P.args, **kwargs: P.kwargs) -> R:
            self.cross(f"{name} before")
            result = call(*args, **kwargs)
            self.cross(f"{name} after")
            return result

        return crossed


def watch_journal(boundaries: Boundaries) -> None:
    """Every journal and every lock of this process from now on."""
    append, open_plan = Journal.append, Journal.open_plan

    def watched_append(self: Journal, *notes: Note) -> tuple[JournalEntry, ...]:
        def act() -> tuple[JournalEntry, ...]:
            entries = append(self, *notes)
            boundaries.acknowledge(*entries)
            return entries

        return boundaries.around(",".join(sorted({str(note.event) for note in notes})), act)()

    def watched_open(self: Journal, *args: object) -> JournalEntry:
        def act() -> JournalEntry:
            entry = open_plan(self, *args)  # type: ignore[arg-type]  # whatever it takes
            boundaries.acknowledge(entry)
            return entry

        return boundaries.around("plan-opened", act)()

    Journal.append, Journal.open_plan = watched_append, watched_open  # type: ignore[method-assign]  # the counter stands in for it
    Locks.take = boundaries.around("locks taken", Locks.take)  # type: ignore[method-assign]  # the counter stands in for it
    Locks.release = boundaries.around("locks released", Locks.release)  # type: ignore[method-assign]  # the counter stands in for it


def watch_targets(boundaries: Boundaries, kind: type[Named]) -> None:
    """Every call of every target of this class from now on, by the target's name; not what a call asks of itself."""
    inside = threading.local()

    def watched(call: str, inner: Callable[..., R]) -> Callable[..., R]:
        @functools.wraps(inner)
        def crossed(self: Named, *args: object) -> R:
            if getattr(inside, "a_call", False):
                return inner(self, *args)
            inside.a_call = True
            try:
                return boundaries.around(f"{self.name} {call.rstrip('_')}", inner)(self, *args)
            finally:
                inside.a_call = False

        return crossed

    for call in TARGET_CALLS:
        setattr(kind, call, watched(call, getattr(kind, call)))


@dataclass(frozen=True)
class Crossed:
    """What a log says."""

    labels: tuple[str, ...]
    kept: frozenset[tuple[int, str]]
    """Number and digest of each journal entry that was acknowledged."""


def read_log(log: Path) -> Crossed:
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()] if log.exists() else []
    kept = (text.split() for word, text in lines if word == "kept")
    return Crossed(
        labels=tuple(text for word, text in lines if word == "at"),
        kept=frozenset((int(number), digest) for number, digest in kept),
    )
