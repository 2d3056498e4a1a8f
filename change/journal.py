"""What was done, written down before it is done: append-only, each entry chained to the one before by its digest.

A side file (`<journal>.head`) keeps the last entry's number and digest apart from the database, so that a journal cut
short shows. The chain proves that what stands was not edited; who may write the files is the jump host's to guard.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, Executable, Row, insert, select

from change.canonical import canonical, digest_of, document_of
from change.clock import Clock, stamp
from change.model import Digest, JournalEntry, Outcome, Plan, Record
from change.plan import PlanRefused, digest, seal, unseal
from change.store import ENTRIES, PAPERS, PLANS, Store, StoreError

GENESIS: Digest = "sha256:" + "0" * 64
"""What the first entry names as the one before it."""


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
    LOCK_TAKEN = "lock-taken"
    RESUMED = "resumed"
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
    PLAN_CLOSED = "plan-closed"


class Note(Record):
    """What a caller has to say; the journal adds number, time and chain."""

    event: Event
    plan: Digest | None = None
    step: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    detail: str = ""


class Head(Record):
    """The last entry: keep it elsewhere, and nothing before it can be changed unseen."""

    number: int
    digest: Digest


class JournalError(StoreError):
    """The journal could not be written or read; what was to follow was not done. One sentence."""


class Journal:
    """Entries, and the sealed plans that they speak of. An append returns when the entry is on disk."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Opens or makes the file at path. Raises JournalError."""
        try:
            self.store = Store(path)
        except StoreError as problem:
            raise JournalError(str(problem)) from problem
        self.head_path = path.with_name(path.name + ".head")
        self._clock = clock
        self._lock = threading.Lock()

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
        if not rows or digest_of(bytes(rows[0].content)) != of:
            raise JournalError(f"the journal's copy of {of} is {'another one' if rows else 'missing'}")
        return bytes(rows[0].content)

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        with self._lock:
            try:
                with self.store.writing() as connection:
                    if plan is not None:
                        row = {"digest": digest(plan), "sealed": seal(plan)}
                        connection.execute(insert(PLANS).prefix_with("OR IGNORE"), row)
                    entries = self._chained(connection, notes)
                    connection.execute(insert(ENTRIES), [entry.model_dump(mode="json") for entry in entries])
                keep_head(self.head_path, Head(number=entries[-1].number, digest=entries[-1].digest))
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
        rows = self._rows(query if plan is None else query.where(ENTRIES.c.plan == plan))
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
        """Plans that were opened and not closed, in the order of their opening."""
        found: dict[Digest, None] = {}
        for entry in self.entries():
            if entry.plan is not None and entry.event == Event.PLAN_OPENED:
                found[entry.plan] = None
            elif entry.plan is not None and entry.event == Event.PLAN_CLOSED:
                found.pop(entry.plan, None)
        return tuple(found)

    def head(self) -> Head | None:
        """The last entry; None in an empty journal."""
        rows = self._rows(select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(1))
        return Head(number=rows[0].number, digest=rows[0].digest) if rows else None

    def verify(self) -> tuple[str, ...]:
        """Every sign that somebody edited, removed, reordered or cut off; empty where there is none."""
        kept = self.head_path.read_bytes() if self.head_path.exists() else None  # before the rows: writers go on
        rows = self._rows(select(ENTRIES).order_by(ENTRIES.c.number))
        problems = [*chain_problems([dict(row._mapping) for row in rows])]
        problems += head_problems(kept, {row.number: row.digest for row in rows})
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


def entry_digest(entry: JournalEntry) -> Digest:
    """Of every other field, the digest before included."""
    document = document_of(entry)
    del document["digest"]
    return digest_of(canonical(document))


def chain_problems(rows: Sequence[dict[str, object]]) -> Iterator[str]:
    """What does not follow: rows that are no entries, numbers that jump, digests that do not match."""
    previous = GENESIS
    for number, row in enumerate(rows, start=1):
        try:
            entry = JournalEntry.model_validate(row)
        except ValidationError:
            yield f"entry {row.get('number')} was edited: it is no entry"
            previous = str(row.get("digest"))
            continue
        if entry.number != number:
            yield f"entry {number} is missing or was moved: entry {entry.number} stands in its place"
            return
        if entry.previous != previous:
            yield f"entry {number} does not follow the entry before it: one of the two was edited"
        if entry.digest != entry_digest(entry):
            yield f"entry {number} was edited: its digest does not match what it says"
        previous = entry.digest


def head_problems(kept: bytes | None, digests: dict[int, Digest]) -> Iterator[str]:
    """The kept head's file against the entries. It may lag behind after a kill, and may never be ahead."""
    if kept is None:
        if digests:
            yield "the kept head beside the journal is missing"
        return
    try:
        head = Head.model_validate_json(kept)
    except ValidationError:
        yield "the kept head beside the journal was edited: it does not read as one"
        return
    if head.number not in digests:
        yield f"the journal was cut off: entry {head.number} was written and is gone"
    elif digests[head.number] != head.digest:
        yield f"entry {head.number} is not the one that was written"


def keep_head(path: Path, head: Head) -> None:
    """Written aside, on disk, then renamed: the file is the old head or the new one, never a torn one."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    with aside.open("wb") as file:
        file.write(json.dumps(document_of(head)).encode())
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
