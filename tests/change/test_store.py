"""The file of journal and locks: how long it waits for others, and how it says what fails."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from change.store import SWITCHES, Store, StoreError, write_ahead


class Contended(sqlite3.Connection):
    """Another process switches the file to WAL at this moment, so many times."""

    refusals = 0
    says = "database is locked"
    heard: tuple[str, ...] = ()

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        self.heard += (sql,)
        if sql.startswith("PRAGMA") and self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError(self.says)
        return super().execute(sql)


@pytest.fixture
def contended(folder: Path) -> Contended:
    return sqlite3.connect(folder / "new.db", isolation_level=None, factory=Contended)


def test_who_is_refused_the_switch_waits_for_who_makes_it(contended: Contended) -> None:
    contended.refusals = 2
    write_ahead(contended)
    switch, wait = "PRAGMA journal_mode=WAL", ("BEGIN IMMEDIATE", "COMMIT")
    assert contended.heard == (switch, *wait, switch, *wait, switch)
    assert contended.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_it_does_not_wait_for_ever_nor_where_something_else_is_wrong(contended: Contended) -> None:
    contended.refusals = 10**6
    with pytest.raises(sqlite3.OperationalError, match=r"^database is locked$"):
        write_ahead(contended)
    assert contended.heard.count("COMMIT") == SWITCHES
    contended.says, contended.heard = "disk I/O error", ()
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        write_ahead(contended)
    assert len(contended.heard) == 1


def test_it_makes_its_folders_and_waits_half_a_minute_for_other_writers(folder: Path) -> None:
    path = folder / "a" / "b" / "journal.db"
    for _ in range(2):
        store = Store(path)
        with store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
        store.close()
    assert store.path == path


def test_who_reads_is_beside_who_writes(folder: Path) -> None:
    store = Store(folder / "journal.db")
    read = threading.Event()

    def look() -> None:
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT * FROM locks").all()
        read.set()

    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM locks")
        threading.Thread(target=look, daemon=True).start()
        assert read.wait(10)


def test_a_folder_that_cannot_be_made_is_said(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(StoreError) as raised:
        Store(folder / "file" / "journal.db")
    assert str(raised.value) == f"{folder}/file/journal.db: File exists"
