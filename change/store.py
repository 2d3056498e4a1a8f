"""The one SQLite file of a jump host's changes: journal, sealed plans, locks. A commit waits for the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 30
ALONE, BESIDE = "BEGIN IMMEDIATE", "BEGIN"
"""How a transaction begins: alone among writers, and waiting for the others; or beside any writer."""
SWITCHES = 100
"""How often a new file is tried to be switched to WAL beside others who do."""
METADATA = MetaData()
ENTRIES = Table(
    "entries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("event", String, nullable=False),
    Column("plan", String),
    Column("step", String),
    Column("target", String),
    Column("outcome", String),
    Column("detail", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
)
PLANS = Table(
    "plans",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
PAPERS = Table(
    "papers",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
LOCKS = Table(
    "locks",
    METADATA,
    Column("target", String, primary_key=True),
    Column("plan", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", String, nullable=False),
    Column("token", String, nullable=False),
    Column("heartbeat", String, nullable=False),
    Column("lease_s", Float, nullable=False),
)


class StoreError(Exception):
    """The store could not be read or written. One sentence; what was to follow was not done."""


class Store:
    """Opens (and makes) the file. Safe to use from several threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = engine(path, ALONE)
        self._reader = engine(path, BESIDE)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.writing() as connection:
                METADATA.create_all(connection)
        except OSError as problem:
            raise StoreError(f"{path}: {problem.strerror}") from problem

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone among writers; on disk when the block has ended. Raises StoreError."""
        with said(self.path, "written"), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view, beside any writer. Raises StoreError."""
        with said(self.path, "read"), self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


class StoreToRead(Store):
    """As whoever may only read it opens it: nothing is made or changed. Raises StoreError at the first look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = self._writer = open_with("BEGIN", create_engine("sqlite://", creator=partial(to_read, path)))


def to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write.

    SQLite needs an index beside a WAL to read what stands in that. Where it may not make one and there is no WAL, all
    stands in the file itself.
    """
    uri, wal = path.absolute().as_uri(), path.with_name(f"{path.name}-wal")
    made = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        made.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        made.close()
        if wal.exists() and wal.stat().st_size:
            raise
        made = sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False)
    made.isolation_level = None
    return made


@contextmanager
def said(path: Path, verb: str) -> Iterator[None]:
    """A database's failure in one sentence: a full or failing disk, a file that is no database."""
    try:
        yield
    except SQLAlchemyError as problem:
        cause = getattr(problem, "orig", None) or problem
        raise StoreError(f"{path} could not be {verb}: {cause}") from problem


def engine(path: Path, begin: str) -> Engine:
    """An engine whose commits wait for the disk (WAL, synchronous FULL) and whose transactions open with `begin`."""
    made = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(made, "connect")
    def prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come late and shared
        write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")

    return open_with(begin, made)


def open_with(begin: str, made: Engine) -> Engine:
    @event.listens_for(made, "begin")
    def open_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return made


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL. Where another process does so at this moment SQLite refuses at once: wait for it."""
    for _ in range(SWITCHES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
            connection.execute(ALONE)  # this one does wait
            connection.execute("COMMIT")
        else:
            return
    raise sqlite3.OperationalError("database is locked")
