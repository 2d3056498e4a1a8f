"""What was done, written down before it is done: append-only, each entry chained to the one before by its digest.

A side file (`<journal>.head`) keeps the last entry's number and digest apart from the database, so that a journal cut
short shows. The chain proves that what stands was not edited; who may write the files is the jump host's to guard.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationError
from sqlalchemy import Connection, Executable, Row, insert, select

from change.canonical import canonical, digest_of, document_of
from change.chain import GENESIS, Head, chain_problems, entry_digest, side_file_problems
from change.clock import Clock, stamp
from change.locks import LockLost
from change.model import Digest, JournalEntry, Outcome, Plan, Record
from change.plan import PlanRefused, digest, seal, unseal
from change.store import ENTRIES, PAPERS, PLANS, Store, StoreError


class Event(StrEnum):
    """The closed list. Those that end in -ing are written before the act, the others after it."""

    PLAN_OPENED = "plan-opened"
    """The sealed plan is kept with this entry."""
    APPROVED = "approved"
    """A signature that counts; its papers are kept, and the detail ends with their digests: change.papers."""
    BREAK_GLASS = "break-glass"
    """The one signature in place of the policy: open until two others have reviewed what was done."""
    REVIEWED = "reviewed"
    """Somebody else has looked at what was done by break-glass, and signed that."""
    CALENDAR = "calendar"
    """By which windows and freezes waves are begun from here on; the calendar is kept under this digest."""
    LOCK_TAKEN = "lock-taken"
    RESUMED = "resumed"
    PLAN_CONTINUED = "plan-continued"
    """A paused plan goes on: the detail says by whom."""
    GIVING_UP = "giving-up"
    """What is left of a paused plan is being refused: the detail says by whom."""
    WINDOW = "window"
    """Which change window the step's wave begins in, and when it closes."""
    CHECKED = "checked"
    """The wave's targets read as their bases."""
    INTENT = "intent"
    """Before arm: this step's payload, result and timer, by the plan's digest and the step's name."""
    ARMED = "armed"
    TRYING = "trying"
    SUB_STEP = "sub-step"
    """What a target is about to do, as a part of its step."""
    TRIED = "tried"
    HOLDING = "holding"
    PROBE_RESULT = "probe-result"
    VERIFIED = "verified"
    CONFIRMING = "confirming"
    """The whole wave was held and verified; from here on it is either finished or taken back by inverse steps."""
    CONFIRMED = "confirmed"
    REVERTING = "reverting"
    REVERTED = "reverted"
    UNDOING = "undoing"
    """A confirmed step of a wave that did not confirm as a whole goes back by its inverse."""
    FAILED = "failed"
    """Something said no, or did not answer; the detail says what."""
    OUTCOME = "outcome"
    """How the step ended: confirmed, reverted, refused or unknown, and why."""
    PLAN_PAUSED = "plan-paused"
    """No step is open, some were not begun, and they may be in a later window: the detail says which and why."""
    PLAN_CLOSED = "plan-closed"
    HEAD_KEPT = "head-kept"
    """A signed head of all before it stands elsewhere: `target` says where. Of no plan."""
    HEAD_NOT_KEPT = "head-not-kept"
    """It does not, and the detail says why; the next one covers the same entries."""
    TRUST_PINNED = "trust-pinned"
    """The first trust document of this jump host, believed without a signature; its digest ends the detail."""
    TRUST_CHANGED = "trust-changed"
    """Another in its place: who signed it, and the digests of both and of the signed papers: change.trust_log."""


def sayable(text: str) -> str:
    """What no UTF-8 can say (an octet of a strange file name or command line) as `?`, so that it ends no change."""
    return text.encode(errors="replace").decode()


class PlanState(StrEnum):
    """Where a plan stands, by the last of its entries that says so."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


STATE_AFTER: dict[str, PlanState] = {
    Event.PLAN_OPENED: PlanState.OPEN,
    Event.PLAN_CONTINUED: PlanState.OPEN,
    Event.PLAN_PAUSED: PlanState.PAUSED,
    Event.PLAN_CLOSED: PlanState.CLOSED,
}


class Note(Record):
    """What a caller has to say; the journal adds number, time and chain."""

    event: Event
    plan: Digest | None = None
    step: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    detail: Annotated[str, AfterValidator(sayable)] = ""


class JournalError(StoreError):
    """The journal could not be written or read; what was to follow was not done. One sentence."""


class Journal:
    """Entries, and the sealed plans that they speak of. An append returns when the entry is on disk."""

    def __init__(self, path: Path, clock: Clock, store: Callable[[Path], Store] = Store) -> None:
        """Opens or makes the file at path; with StoreToRead, for whoever only looks. Raises JournalError."""
        try:
            self.store = store(path)
        except StoreError as problem:
            raise JournalError(str(problem)) from problem
        self.head_path = path.with_name(path.name + ".head")
        self._clock = clock
        self._lock = threading.Lock()
        self._fence: Callable[[Connection], None] = lambda connection: None

    def fence(self, check: Callable[[Connection], None]) -> None:
        """From now on each append asks this in its own transaction; a LockLost that it raises ends the append."""
        self._fence = check

    def append(self, *notes: Note) -> tuple[JournalEntry, ...]:
        """All of the notes in one transaction, or none of them. Durable when it returns. Raises JournalError."""
        return self._append(notes, None)

    def open_plan(self, plan: Plan) -> JournalEntry:
        """Keep the whole sealed plan, and say that it was opened. Raises JournalError."""
        note = Note(event=Event.PLAN_OPENED, plan=digest(plan), detail=f"{plan.author}: {plan.reason}")
        return self._append((note,), plan)[0]

    def keep(self, contents: Mapping[Digest, bytes]) -> None:
        """Contents by their digest, durable, before the entries that name them. Raises JournalError."""
        rows = [{"digest": digest, "content": content} for digest, content in contents.items()]
        try:
            with self.store.writing() as connection:
                connection.execute(insert(PAPERS).prefix_with("OR IGNORE"), rows)
        except StoreError as problem:
            raise JournalError(f"the journal could not be written, so nothing follows: {problem}") from problem

    def content(self, of: Digest) -> bytes:
        """What is kept under a digest. Raises JournalError where it is missing or was changed."""
        rows = self._rows(select(PAPERS.c.content).where(PAPERS.c.digest == of))
        content = rows[0].content if rows else None
        if not isinstance(content, bytes) or digest_of(content) != of:
            raise JournalError(f"the journal's copy of {of} is {'another one' if rows else 'missing'}")
        return content

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        with self._lock:
            try:
                with self.store.writing() as connection:
                    self._fence(connection)
                    if plan is not None:
                        row = {"digest": digest(plan), "sealed": seal(plan)}
                        connection.execute(insert(PLANS).prefix_with("OR IGNORE"), row)
                    entries = self._chained(connection, notes)
                    connection.execute(insert(ENTRIES), [entry.model_dump() for entry in entries])
                keep_head(self.head_path, Head(number=entries[-1].number, digest=entries[-1].digest))
            except LockLost:
                raise
            except (StoreError, OSError) as problem:
                raise JournalError(f"the journal could not be written, so nothing follows: {problem}") from problem
        return entries

    def _chained(self, connection: Connection, notes: Sequence[Note]) -> tuple[JournalEntry, ...]:
        last = connection.execute(select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1)).first()
        number, previous = (last.number, last.digest) if last else (0, GENESIS)
        entries: list[JournalEntry] = []
        for offset, note in enumerate(notes, start=1):
            entry = JournalEntry(
                number=number + offset,
                at=stamp(self._clock.utc()),
                previous=previous,
                digest=GENESIS,
                **note.model_dump(),
            )
            entry = entry.model_copy(update={"digest": entry_digest(entry)})
            previous = entry.digest
            entries.append(entry)
        return tuple(entries)

    def entries(self, plan: Digest | None = None) -> tuple[JournalEntry, ...]:
        """All entries, or those of one plan, by number. Raises JournalError where a row is no entry."""
        query = select(ENTRIES).order_by(ENTRIES.c.number)
        return self._read(query if plan is None else query.where(ENTRIES.c.plan == plan))

    def of(self, *events: Event) -> tuple[JournalEntry, ...]:
        """The entries of these kinds, by number. Raises JournalError."""
        return self._read(select(ENTRIES).where(ENTRIES.c.event.in_(events)).order_by(ENTRIES.c.number))

    def _read(self, query: Executable) -> tuple[JournalEntry, ...]:
        rows = self._rows(query)
        try:
            return tuple(JournalEntry.model_validate(dict(row._mapping)) for row in rows)
        except ValidationError as problem:
            raise JournalError("a row of the journal is no entry: run govnet journal --verify") from problem

    def _rows(self, query: Executable) -> Sequence[Row[tuple[object, ...]]]:
        try:
            with self.store.reading() as connection:
                return connection.execute(query).all()
        except StoreError as problem:
            raise JournalError(str(problem)) from problem

    def plan(self, of: Digest) -> Plan:
        """The plan that was opened under this digest. Raises JournalError where it is missing or was changed."""
        rows = self._rows(select(PLANS.c.sealed).where(PLANS.c.digest == of))
        if not rows:
            raise JournalError(f"the journal keeps no plan {of}")
        try:
            sealed = rows[0].sealed
            return unseal(sealed if isinstance(sealed, bytes) else str(sealed).encode())
        except PlanRefused as problem:
            raise JournalError(f"the journal's copy of plan {of}: {problem}") from problem

    def open_plans(self) -> tuple[Digest, ...]:
        """Plans that were opened and neither closed nor paused, in the order of their opening."""
        return self._plans(PlanState.OPEN)

    def paused_plans(self) -> tuple[Digest, ...]:
        """Plans that go on when somebody applies them again, in the order of their opening."""
        return self._plans(PlanState.PAUSED)

    def _plans(self, state: PlanState) -> tuple[Digest, ...]:
        told = ENTRIES.c.event.in_(STATE_AFTER)
        found: dict[Digest, PlanState] = {}
        for row in self._rows(select(ENTRIES.c.plan, ENTRIES.c.event).where(told).order_by(ENTRIES.c.number)):
            if row.event == Event.PLAN_OPENED:
                found.pop(row.plan, None)
            found[row.plan] = STATE_AFTER[row.event]
        return tuple(plan for plan, one in found.items() if one is state)

    def head(self) -> Head | None:
        """The last entry; None in an empty journal."""
        rows = self._rows(select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1))
        return Head(number=rows[0].number, digest=rows[0].digest) if rows else None

    def digests(self) -> dict[int, Digest]:
        """By number, each entry's digest as it stands."""
        return {row.number: row.digest for row in self._rows(select(ENTRIES.c.number, ENTRIES.c.digest))}

    def verify(self) -> tuple[str, ...]:
        """Every sign that somebody edited, removed, reordered or cut off; empty where there is none."""
        kept = self.head_path.read_bytes() if self.head_path.exists() else None  # before the rows: writers go on
        rows = self._rows(select(ENTRIES).order_by(ENTRIES.c.number))
        problems = [*chain_problems([dict(row._mapping) for row in rows])]
        problems += side_file_problems(kept, {row.number: row.digest for row in rows})
        for row in self._rows(select(ENTRIES.c.plan).where(ENTRIES.c.event == Event.PLAN_OPENED).distinct()):
            try:
                if digest(self.plan(row.plan)) != row.plan:
                    problems.append(f"the plan kept as {row.plan} is another one")
            except JournalError as problem:
                problems.append(str(problem))
        return tuple(problems)

    def export(self) -> Iterator[bytes]:
        """JSON lines: each entry as its canonical bytes and a newline; sha256 of a line without its digest is that."""
        for entry in self.entries():
            yield canonical(document_of(entry)) + b"\n"

    def close(self) -> None:
        self.store.close()


def keep_head(path: Path, head: Head) -> None:
    """Written aside, on disk, then renamed: the file is the old head or the new one, never a torn one."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with aside.open("wb") as file:
            file.write(json.dumps(document_of(head)).encode())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
