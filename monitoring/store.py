"""What monitoring keeps: states, watches and maintenance in SQLite (WAL, FULL), samples in Parquet; one state folder.

A round is one transaction: the watch it extends (the heartbeat), the states that changed, each device's and service's
last reading. What was added since the first store stands in tables of its own, so that an older store still reads.
A watch ends at its last round, so a poller that was killed has claimed nothing beyond what it saw. Moments are whole
milliseconds since 1970, UTC.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    and_,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from monitoring.document import Maintenance, Watch
from monitoring.model import ProbeReading, Reading, ServiceReading, State, Subject, SubjectKind
from monitoring.period import from_ms, to_ms
from monitoring.samples import Samples
from monitoring.state import Judgement
from monitoring.uptime import Change

METADATA = MetaData()
RUNS = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
)
WATCHES = Table(
    "watches",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("run", ForeignKey(RUNS.c.number), nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("probes", Integer, nullable=False),
    Column("probes_answered", Integer, nullable=False),
)
CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("watch", ForeignKey(WATCHES.c.number), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
)
WATCH_SERVICES = Table(
    "watch_services",
    METADATA,
    Column("watch", ForeignKey(WATCHES.c.number), primary_key=True),
    Column("services", Integer, nullable=False),
    Column("services_answered", Integer, nullable=False),
)
"""More counts of a watch, in a table of their own: a store from before services were asked has the others."""
LAST_READINGS = Table(
    "last_readings",
    METADATA,
    Column("device", Text, primary_key=True),
    Column("reading", Text, nullable=False),
)
LAST_SERVICES = Table(
    "last_services",
    METADATA,
    Column("service", Text, primary_key=True),
    Column("reading", Text, nullable=False),
)
MAINTENANCE = Table(
    "maintenance",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("recorded_ms", BigInteger, nullable=False),
)


_WATCHES = select(
    WATCHES, *(func.coalesce(count, 0).label(count.name) for count in WATCH_SERVICES.c if count.name != "watch")
).outerjoin(WATCH_SERVICES, WATCH_SERVICES.c.watch == WATCHES.c.number)
"""Watches with all of their counts."""


class PollerBusy(Exception):
    """Another poller writes to this state folder."""


class StoreError(Exception):
    """States could not be read or written: no database of ours, a full disk. One sentence."""


class Round(NamedTuple):
    """One look at everything, and what it means. `at` is when it began."""

    at: datetime
    readings: tuple[Reading, ...]
    probes: tuple[ProbeReading, ...]
    services: tuple[ServiceReading, ...]
    states: Mapping[Subject, Judgement]


class Store:
    """The state folder's monitoring data. Many may read; one `recording` at a time may write."""

    def __init__(self, folder: Path) -> None:
        """Creates what is missing below `folder`. This and every method may raise StoreError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_path = folder / "poller.lock"
        self._path = folder / "monitoring.sqlite"
        self._engine = create_engine(f"sqlite:///{self._path}")
        event.listen(self._engine, "connect", _durable)
        with self.begin() as db:
            METADATA.create_all(db)
        self.samples = Samples(folder / "samples")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextmanager
    def recording(self, started: datetime, gap_s: float) -> Iterator[Recording]:
        """A run of the poller. Rounds further apart than `gap_s` are two watches. Raises PollerBusy."""
        with self._lock_path.open("w") as lock:
            _lock(lock)
            with self.begin() as db:
                run = _key(db, RUNS, {"started_ms": to_ms(started)})
            recording = Recording(self, run, gap_s)
            try:
                yield recording
            finally:
                with self.begin() as db:
                    db.execute(update(RUNS).where(RUNS.c.number == run).values(ended_ms=recording.last_ms))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction."""
        try:
            with self._engine.begin() as db:
                yield db
        except DBAPIError as problem:
            raise StoreError(f"{self._path}: {problem.orig}") from problem

    def declare(self, maintenance: Maintenance) -> None:
        """Keep a declared maintenance. Declarations are never changed, only added."""
        row = {
            "kind": maintenance.subject.kind,
            "name": maintenance.subject.name,
            "start_ms": to_ms(maintenance.start),
            "end_ms": to_ms(maintenance.end),
            "reason": maintenance.reason,
            "person": maintenance.person,
            "recorded_ms": to_ms(maintenance.recorded),
        }
        with self.begin() as db:
            db.execute(insert(MAINTENANCE), row)

    def maintenance(self, start: datetime, end: datetime) -> tuple[Maintenance, ...]:
        """Declarations that touch [start, end), by start."""
        touching = and_(MAINTENANCE.c.start_ms < to_ms(end), MAINTENANCE.c.end_ms > to_ms(start))
        query = select(MAINTENANCE).where(touching).order_by(MAINTENANCE.c.start_ms, MAINTENANCE.c.number)
        with self.begin() as db:
            return tuple(
                Maintenance(
                    subject=Subject(kind=SubjectKind(row.kind), name=row.name),
                    start=from_ms(row.start_ms),
                    end=from_ms(row.end_ms),
                    reason=row.reason,
                    person=row.person,
                    recorded=from_ms(row.recorded_ms),
                )
                for row in db.execute(query)
            )

    def watches(self, start: datetime, end: datetime) -> tuple[Watch, ...]:
        """Watches that touch [start, end), whole, by start."""
        touching = and_(WATCHES.c.start_ms < to_ms(end), WATCHES.c.end_ms > to_ms(start))
        query = _WATCHES.where(touching).order_by(WATCHES.c.start_ms, WATCHES.c.number)
        with self.begin() as db:
            return tuple(_watch(row) for row in db.execute(query))

    def changes(self, watches: Iterable[Watch]) -> tuple[Change, ...]:
        """All changes within these watches, by moment."""
        numbers = [watch.number for watch in watches]
        query = select(CHANGES).where(CHANGES.c.watch.in_(numbers)).order_by(CHANGES.c.at_ms, CHANGES.c.number)
        with self.begin() as db:
            return tuple(
                Change(
                    watch=row.watch,
                    subject=Subject(kind=SubjectKind(row.kind), name=row.name),
                    at=from_ms(row.at_ms),
                    state=State(row.state),
                    cause=row.cause,
                )
                for row in db.execute(query)
            )

    def last_round(self) -> tuple[datetime | None, dict[Subject, Change]]:
        """When the last round was, and each subject's state in it with the moment since when. Nothing: (None, {})."""
        with self.begin() as db:
            last = db.execute(_WATCHES.order_by(WATCHES.c.number.desc()).limit(1)).first()
        if last is None:
            return None, {}
        watch = _watch(last)
        return watch.end, {change.subject: change for change in self.changes((watch,))}

    def last_readings(self) -> tuple[Reading, ...]:
        """Each device's last reading, by name."""
        with self.begin() as db:
            found = db.execute(select(LAST_READINGS.c.reading).order_by(LAST_READINGS.c.device)).scalars()
            return tuple(Reading.model_validate_json(text) for text in found)

    def last_services(self) -> tuple[ServiceReading, ...]:
        """Each service's last reading, by name."""
        with self.begin() as db:
            found = db.execute(select(LAST_SERVICES.c.reading).order_by(LAST_SERVICES.c.service)).scalars()
            return tuple(ServiceReading.model_validate_json(text) for text in found)


class Recording:
    """One run of the poller, as it writes."""

    def __init__(self, store: Store, run: int, gap_s: float) -> None:
        self._store = store
        self._run = run
        self._gap_ms = round(gap_s * 1000)
        self._watch: int | None = None
        self._states: dict[Subject, Judgement] = {}
        self.last_ms: int | None = None

    def round(self, found: Round) -> tuple[Change, ...]:
        """Make a round durable; returns the states that changed by it (all of them, in the first of a watch)."""
        at_ms = to_ms(found.at)
        with self._store.begin() as db:
            if self._watch is None or self.last_ms is None or not 0 <= at_ms - self.last_ms <= self._gap_ms:
                self._states = {}
                blank = dict.fromkeys(("rounds", "readings", "answered", "probes", "probes_answered"), 0)
                watch = _key(db, WATCHES, {"run": self._run, "start_ms": at_ms, "end_ms": at_ms, **blank})
                db.execute(insert(WATCH_SERVICES), {"watch": watch, "services": 0, "services_answered": 0})
            else:
                watch = self._watch
            changes = tuple(
                Change(watch=watch, subject=subject, at=found.at, state=judgement.state, cause=judgement.cause)
                for subject, judgement in found.states.items()
                if self._states.get(subject) != judgement
            )
            _write_round(db, watch, at_ms, found, changes)
        self._watch, self.last_ms = watch, at_ms
        self._states = dict(found.states)
        return changes


def _write_round(db: Connection, watch: int, at_ms: int, found: Round, changes: tuple[Change, ...]) -> None:
    counted = {
        "rounds": 1,
        "readings": len(found.readings),
        "answered": sum(reading.answered for reading in found.readings),
        "probes": len(found.probes),
        "probes_answered": sum(probe.reachable for probe in found.probes),
    }
    sums = {name: WATCHES.c[name] + count for name, count in counted.items()}
    db.execute(update(WATCHES).where(WATCHES.c.number == watch).values(end_ms=at_ms, **sums))
    more = WATCH_SERVICES.c.services + len(found.services)
    more_answered = WATCH_SERVICES.c.services_answered + sum(one.status is not None for one in found.services)
    db.execute(
        update(WATCH_SERVICES)
        .where(WATCH_SERVICES.c.watch == watch)
        .values(services=more, services_answered=more_answered)
    )
    if changes:
        db.execute(
            insert(CHANGES),
            [
                {
                    "watch": watch,
                    "kind": change.subject.kind,
                    "name": change.subject.name,
                    "at_ms": at_ms,
                    "state": change.state,
                    "cause": change.cause,
                }
                for change in changes
            ],
        )
    if found.readings:
        statement = upsert(LAST_READINGS)
        statement = statement.on_conflict_do_update(
            index_elements=[LAST_READINGS.c.device], set_={"reading": statement.excluded.reading}
        )
        db.execute(statement, [{"device": one.device, "reading": one.model_dump_json()} for one in found.readings])
    if found.services:
        statement = upsert(LAST_SERVICES)
        statement = statement.on_conflict_do_update(
            index_elements=[LAST_SERVICES.c.service], set_={"reading": statement.excluded.reading}
        )
        db.execute(statement, [{"service": one.service, "reading": one.model_dump_json()} for one in found.services])


def _watch(row: Row[tuple[int, ...]]) -> Watch:
    counts = ("rounds", "readings", "answered", "probes", "probes_answered", "services", "services_answered")
    return Watch(
        number=row.number,
        run=row.run,
        start=from_ms(row.start_ms),
        end=from_ms(row.end_ms),
        **{name: getattr(row, name) for name in counts},
    )


def _key(db: Connection, table: Table, row: dict[str, int]) -> int:
    """Insert a row with the next number, and return that number."""
    last = db.execute(select(func.max(table.c.number))).scalar()
    number = (last or 0) + 1
    db.execute(insert(table), {"number": number, **row})
    return number


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _lock(file: IO[str]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PollerBusy("another poller is running with this state folder") from None
