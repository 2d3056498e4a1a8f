"""A journal that nobody can edit unseen, and that has on disk what it says it has."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.canonical import canonical, digest_of
from change.chain import Head, entry_digest
from change.journal import Event, Journal, JournalError, Note
from change.plan import digest, seal
from change.store import Store
from tests.change.fake_target import FakeClock
from tests.change.test_plan import sample

COLUMNS = ("at", "event", "plan", "step", "target", "outcome", "detail", "previous", "digest")


@pytest.fixture
def journal(folder: Path) -> Journal:
    made = Journal(folder / "journal.db", FakeClock())
    made.open_plan(sample())
    for number in range(5):
        made.append(Note(event=Event.ARMED, plan=digest(sample()), step=f"s{number}", target="t", detail="d"))
    assert made.verify() == ()
    return made


def meddle(journal: Journal, *statements: str) -> tuple[str, ...]:
    """What verify says after somebody with the file in hand ran these."""
    with sqlite3.connect(journal.store.path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return journal.verify()


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 3, 6])
def test_every_edit_shows(journal: Journal, column: str, number: int) -> None:
    value = "'sha256:" + "a" * 64 + "'" if column in ("previous", "digest", "plan") else "'confirmed'"
    assert meddle(journal, f"UPDATE entries SET {column} = {value} WHERE number = {number}")


@pytest.mark.parametrize("number", range(1, 7))
def test_every_removal_shows_the_last_included(journal: Journal, number: int) -> None:
    problems = meddle(journal, f"DELETE FROM entries WHERE number = {number}")
    assert problems
    assert ("cut off" in problems[-1]) == (number == 6)


def test_renumbering_after_a_removal_shows(journal: Journal) -> None:
    assert meddle(
        journal, "DELETE FROM entries WHERE number = 3", "UPDATE entries SET number = number - 1 WHERE number > 3"
    )


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_edit_with_its_digest_made_right_again_shows_at_the_next_entry(journal: Journal, number: int) -> None:
    forged = journal.entries()[number - 1].model_copy(update={"detail": "nothing happened"})
    edit = f"UPDATE entries SET detail = 'nothing happened', digest = '{entry_digest(forged)}' WHERE number = {number}"
    (problem,) = meddle(journal, edit)
    assert f"entry {number + 1} does not follow" in problem


def test_the_last_entry_forged_with_its_digest_shows_against_the_kept_head(journal: Journal) -> None:
    forged = journal.entries()[-1].model_copy(update={"detail": "nothing happened"})
    edit = f"UPDATE entries SET detail = 'nothing happened', digest = '{entry_digest(forged)}' WHERE number = 6"
    assert meddle(journal, edit) == ("entry 6 is not the one that was written",)


def test_reordering_shows(journal: Journal) -> None:
    swap = [f"UPDATE entries SET number = {new} WHERE number = {old}" for old, new in ((2, 99), (3, 2), (99, 3))]
    assert meddle(journal, *swap)


def test_emptying_shows(journal: Journal) -> None:
    assert "cut off" in meddle(journal, "DELETE FROM entries")[0]


def test_a_kept_plan_that_was_changed_or_removed_shows(journal: Journal) -> None:
    assert (
        "changed since it was sealed" in meddle(journal, "UPDATE plans SET sealed = replace(sealed, 'old', 'odd')")[0]
    )
    assert "keeps no plan" in meddle(journal, "DELETE FROM plans")[0]


def test_a_head_that_was_edited_or_removed_shows(journal: Journal) -> None:
    kept = journal.head_path.read_text()
    journal.head_path.write_text(kept.replace('"number": 6', '"number": 5'))
    assert journal.verify()
    journal.head_path.write_text("{}")
    assert journal.verify()
    journal.head_path.unlink()
    assert journal.verify()


def test_a_head_that_lags_behind_after_a_kill_is_no_problem(journal: Journal) -> None:
    kept = journal.head_path.read_text()
    journal.append(Note(event=Event.RESUMED))
    journal.head_path.write_text(kept)
    assert journal.verify() == ()


def test_several_notes_are_one_transaction(journal: Journal) -> None:
    before = journal.head()
    with sqlite3.connect(journal.store.path) as connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON entries WHEN NEW.event = 'tried' BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    connection.close()
    with pytest.raises(JournalError, match="nothing follows"):
        journal.append(Note(event=Event.TRYING), Note(event=Event.TRIED))
    assert journal.head() == before
    assert journal.verify() == ()


def test_another_process_reads_and_appends_meanwhile(journal: Journal) -> None:
    other = Journal(journal.store.path, FakeClock())
    writers = [
        threading.Thread(target=lambda one=one: [one.append(Note(event=Event.HOLDING)) for _ in range(20)])
        for one in (journal, other, journal)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert other.verify() == ()
    for writer in writers:
        writer.join()
    assert [entry.number for entry in other.entries()] == list(range(1, 67))
    assert journal.verify() == ()


def test_a_commit_waits_for_the_disk(folder: Path) -> None:
    store = Store(folder / "journal.db")
    with store.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_the_plan_is_kept_whole_and_open_plans_are_known(journal: Journal) -> None:
    assert journal.plan(digest(sample())) == sample()
    assert journal.open_plans() == (digest(sample()),)
    journal.append(Note(event=Event.PLAN_CLOSED, plan=digest(sample())))
    assert journal.open_plans() == ()
    with pytest.raises(JournalError, match="keeps no plan"):
        journal.plan("sha256:" + "0" * 64)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(st.text(max_size=60))
def test_exported_lines_can_be_checked_by_anybody(journal: Journal, detail: str) -> None:
    journal.append(Note(event=Event.FAILED, detail=detail))
    previous = "sha256:" + "0" * 64
    for line in journal.export():
        document = json.loads(line)
        claimed = document.pop("digest")
        assert document["previous"] == previous
        assert digest_of(canonical(document)) == claimed
        previous = claimed


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("no database"), lambda path: path.mkdir()])
def test_a_file_that_is_no_journal_is_said_in_one_sentence(folder: Path, spoil: Callable[[Path], object]) -> None:
    path = folder / "journal.db"
    spoil(path)
    with pytest.raises(JournalError, match=r"journal\.db"):
        Journal(path, FakeClock())


def test_what_no_utf_8_can_say_ends_no_change(journal: Journal) -> None:
    (entry,) = journal.append(Note(event=Event.FAILED, detail="no file \udcff"))
    assert entry.detail == "no file ?"
    assert journal.verify() == ()


def test_a_head_that_cannot_be_written_leaves_nothing_beside_the_journal(journal: Journal) -> None:
    journal.head_path.unlink()
    journal.head_path.mkdir()
    before = sorted(journal.head_path.parent.iterdir())
    with pytest.raises(JournalError, match="nothing follows"):
        journal.append(Note(event=Event.RESUMED))
    assert sorted(journal.head_path.parent.iterdir()) == before


def test_each_failure_is_the_sentence_that_people_read(journal: Journal) -> None:
    nothing = "sha256:" + "0" * 64
    content = digest_of(b"content")
    journal.keep({content: b"content"})
    journal.keep({content: b"content", digest_of(b"b"): b"b"})
    assert journal.content(content) == b"content"
    meddle(
        journal,
        f"UPDATE papers SET content = x'00' WHERE digest = '{content}'",
        "UPDATE entries SET plan = 'none' WHERE number = 4",
    )
    for ask, says in (
        (lambda: journal.content(content), f"the journal's copy of {content} is another one"),
        (lambda: journal.content(nothing), f"the journal's copy of {nothing} is missing"),
        (lambda: journal.plan(nothing), f"the journal keeps no plan {nothing}"),
        (journal.entries, "a row of the journal is no entry: run govnet journal --verify"),
    ):
        with pytest.raises(JournalError) as raised:
            ask()
        assert str(raised.value) == says


def test_what_cannot_be_kept_or_read_is_said_with_its_cause(journal: Journal) -> None:
    meddle(journal, "DROP TABLE papers")
    path = journal.store.path
    with pytest.raises(JournalError) as raised:
        journal.keep({digest_of(b"b"): b"b"})
    assert str(raised.value).startswith(
        f"the journal could not be written, so nothing follows: {path} could not be written: no such table"
    )
    with pytest.raises(JournalError) as raised:
        journal.content(digest_of(b"b"))
    assert str(raised.value) == f"{path} could not be read: no such table: papers"


def test_one_sealed_plan_in_the_place_of_another_shows(journal: Journal) -> None:
    one = digest(sample())
    other = sample().model_copy(update={"reason": "another"})
    journal.open_plan(other)
    assert meddle(journal, f"UPDATE plans SET sealed = x'{seal(other).hex()}'") == (
        f"the plan kept as {one} is another one",
    )
    (problem,) = meddle(journal, f"DELETE FROM plans WHERE digest = '{digest(other)}'")[1:]
    assert problem == f"the journal keeps no plan {digest(other)}"


def test_the_opening_says_by_whom_and_why_and_an_opened_plan_may_be_opened_again(journal: Journal) -> None:
    plan = sample()
    other = plan.model_copy(update={"reason": "another"})
    entry = journal.open_plan(other)
    assert (entry.event, entry.plan, entry.detail) == ("plan-opened", digest(other), f"{plan.author}: another")
    assert journal.open_plans() == (digest(plan), digest(other))
    journal.open_plan(plan)
    assert journal.open_plans() == (digest(other), digest(plan))
    assert journal.verify() == ()
    assert [entry.number for entry in journal.entries(digest(other))] == [7]
    assert [entry.number for entry in journal.of(Event.PLAN_OPENED)] == [1, 7, 8]


def test_the_last_entry_stands_beside_the_journal_as_its_head(journal: Journal) -> None:
    last = journal.append(Note(event=Event.TRYING), Note(event=Event.TRIED))[-1]
    assert journal.head_path == journal.store.path.with_name("journal.db.head")
    assert json.loads(journal.head_path.read_bytes()) == {"number": 8, "digest": last.digest}
    assert journal.head() == Head(number=8, digest=last.digest)
    assert journal.digests() == {entry.number: entry.digest for entry in journal.entries()}


def test_a_new_journal_has_no_head_and_no_problem(folder: Path) -> None:
    journal = Journal(folder / "journal.db", FakeClock())
    assert (journal.head(), journal.verify(), journal.entries()) == (None, (), ())
    journal.append(Note(event=Event.RESUMED))
    journal.head_path.unlink()
    assert journal.verify() == ("the kept head beside the journal is missing",)


def test_each_append_asks_its_fence_first(journal: Journal) -> None:
    asked: list[int] = []
    journal.fence(
        lambda connection: asked.append(connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one())
    )
    journal.append(Note(event=Event.TRYING))
    assert asked == [6]
