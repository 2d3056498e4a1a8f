"""`govnet trust history`: whatever became of the documents, their signatures or the entries about them is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from change.approval import trust_subject
from change.canonical import digest_of
from change.clock import SystemClock
from change.journal import Event, Journal, Note
from change.ssh_keygen import sign
from change.trust_log import first_note
from govnet.approvals import hand_in
from inventory import trust_pin
from inventory.trust import NAMESPACE, TrustRole, canonical
from inventory.trust_file import load_trust
from lab.people import key_of
from tests.change.memory import memory_folder
from tests.govnet.office import Office, next_document
from tests.govnet.pretended import Said, in_process
from tests.signed import people_of, statement

ROLES = {"asha": "engineer", "juma": "reviewer", "neema": "reviewer", "baraka": "security"}
SECOND = ("{version: 1, serial: 1}", "{version: 1, serial: 2, author: asha}")
THIRD = (SECOND[1], "{version: 1, serial: 3, author: asha}")


def sign_all(office: Office, file: Path) -> None:
    subject = trust_subject(load_trust(file))
    for person, role in ROLES.items():
        made = statement(office.state, subject, person).model_copy(update={"role": TrustRole(role)})
        hand_in(file, made, sign(made.payload, key_of(people_of(office.state), person), NAMESPACE, may_ask=False))


def changed(office: Office, old: str, new: str) -> Path:
    file = office.folder / f"trust-{len(list((office.state / 'trust').glob('*.json')))}.yaml"
    text = office.trust.read_text().replace(SECOND[0], old)
    assert old in text
    file.write_text(text.replace(old, new))
    sign_all(office, file)
    return file


@pytest.fixture(scope="module")
def made(people: Path) -> Iterator[Office]:
    """A jump host whose trust document was changed twice."""
    with memory_folder() as folder:
        office = Office(folder, people)
        office.govnet(0, "trust", "init", str(office.trust))
        office.govnet(0, "trust", "change", str(changed(office, *SECOND)))
        office.govnet(0, "trust", "change", str(changed(office, *THIRD)))
        yield office


class State:
    """A copy of its state, to be tampered with."""

    def __init__(self, made: Office, folder: Path) -> None:
        self.office, self.path = made, folder / "copy"
        shutil.copytree(made.state, self.path)

    def history(self, *words: str) -> Said:
        done = in_process(self.office.folder, "trust", "history", *words, "--state", str(self.path))
        assert "Traceback" not in done.err
        return done

    def file(self, serial: int) -> Path:
        return self.path / "trust" / f"{serial}.json"

    def sql(self, *statements: str) -> None:
        with sqlite3.connect(self.path / "journal.sqlite") as connection:
            for one in statements:
                connection.execute(one)

    def journal(self) -> Journal:
        return Journal(self.path / "journal.sqlite", SystemClock())


@pytest.fixture
def state(made: Office, folder: Path) -> State:
    return State(made, folder)


def test_each_document_and_who_signed_it_is_told(state: State) -> None:
    done = state.history()
    assert done.status == 0, done.out + done.err
    assert "serial 1, entry 1, " in done.out and "believed without a signature" in done.out
    assert done.out.count("signed by asha as engineer, baraka as security, juma as reviewer,") == 2
    assert "Whole: 3 documents" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    document = json.loads(state.history("--json").out)
    assert [one["serial"] for one in document["history"]] == [1, 2, 3]
    assert document["history"][1]["signers"][1] == "baraka as security"
    assert document["problems"] == []


def edit(serial: int) -> Callable[[State], None]:
    def act(state: State) -> None:
        state.file(serial).write_bytes(state.file(serial).read_bytes().replace(b"Juma", b"Jumo"))

    return act


def delete(serial: int) -> Callable[[State], None]:
    return lambda state: state.file(serial).unlink()


def insert(state: State) -> None:
    shutil.copy(state.file(3), state.file(4))


def swap(state: State) -> None:
    first, second = state.file(1).read_bytes(), state.file(2).read_bytes()
    state.file(1).write_bytes(second)
    state.file(2).write_bytes(first)


def pin_an_old_one(state: State) -> None:
    digest = digest_of(state.file(2).read_bytes())
    (state.path / "trust" / "pin.json").write_text(json.dumps({"serial": 2, "digest": digest}))


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (edit(1), ("1.json is not the document that entry 1 pinned",)),
        (edit(2), ("2.json is not the document that entry 2 pinned",)),
        (edit(3), ("3.json is not the document that entry 3 pinned", "is not the one that was pinned")),
        (delete(1), ("1.json, which entry 1 pinned, is gone",)),
        (delete(2), ("2.json, which entry 2 pinned, is gone",)),
        (delete(3), ("3.json, which entry 3 pinned, is gone",)),
        (insert, ("4.json was pinned by no entry of the journal",)),
        (swap, ("1.json is not the document that entry 1", "2.json is not the document that entry 2")),
        (pin_an_old_one, ("is pinned, and is not the last that the journal has",)),
    ],
)
def test_a_document_that_is_another_is_named(
    state: State, tamper: Callable[[State], None], says: tuple[str, ...]
) -> None:
    tamper(state)
    done = state.history()
    assert done.status == 5
    assert all(one in done.out for one in says), done.out
    assert "not a whole chain" in done.out


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("act", ["DELETE FROM papers", "UPDATE papers SET content = content || ' '"])
def test_a_paper_of_the_journal_that_is_another_is_named(state: State, which: int, act: str) -> None:
    """A document, a statement, a signature: of the second change."""
    entry = state.journal().of(Event.TRUST_CHANGED)[1]
    digest = [word.rstrip(",;") for word in entry.detail.split() if word.startswith("sha256:")][which + 1]
    state.sql(f"{act} WHERE digest = '{digest}'")  # of a test
    done = state.history()
    assert done.status == 5
    says = "is missing" if act.startswith("DELETE") else "is another one"
    assert f"It does not hold: the journal's copy of {digest} {says}" in " ".join(done.out.split())
    assert done.out.rstrip().endswith("not a whole chain: 1 problem.")


def test_entries_that_were_edited_taken_out_or_moved_are_named(state: State) -> None:
    state.sql("UPDATE entries SET detail = replace(detail, 'baraka as security', 'rehema as manager') WHERE number = 2")
    done = state.history()
    said = " ".join(done.out.split())
    assert done.status == 5
    assert "entry 2 was edited" in said and "its entry says something else than its papers do" in said
    state.sql("DELETE FROM entries WHERE number = 2")
    said = " ".join(state.history().out.split())
    assert "entry 2 is missing or was moved" in said
    assert "it took the place of" in said and "2.json was pinned by no entry" in said


def test_a_first_entry_that_is_gone_is_missed(state: State) -> None:
    state.sql("DELETE FROM entries WHERE number = 1", "UPDATE entries SET number = number - 1")
    said = " ".join(state.history().out.split())
    assert "no entry says how the document before it" in said
    assert "1.json was pinned by no entry of the journal" in said


def rewritten(state: State, *order: int) -> None:
    """By who writes the journal itself anew, its chain and its head: these of its entries, in this order."""
    notes = [Note(event=one.event, detail=one.detail) for one in state.journal().entries()]  # type: ignore[arg-type]  # a str, as it was read
    state.sql("DELETE FROM entries")
    state.journal().append(*(notes[number - 1] for number in order))


def test_a_journal_that_was_written_anew_in_another_order_is_named(state: State) -> None:
    rewritten(state, 1, 3, 2)
    said = " ".join(state.history().out.split())
    assert "It does not hold: it took the place of" in said
    assert "is pinned, and is not the last that the journal has" in said


def test_a_document_that_is_believed_a_second_time_is_named(state: State, made: Office) -> None:
    other = load_trust(changed(made, SECOND[0], "{version: 1, serial: 4}"))
    journal = state.journal()
    journal.keep({other.digest: canonical(other)})
    journal.append(first_note(other))
    said = " ".join(state.history().out.split())
    assert "it was believed without a signature, though entry 3 had pinned one already" in said


def test_signatures_that_are_not_enough_under_the_document_before_are_named(state: State) -> None:
    entry = state.journal().of(Event.TRUST_CHANGED)[-1]
    kept, _, dropped = entry.detail.rpartition(", statement")
    state.sql("DELETE FROM entries WHERE number = 3")
    state.journal().append(Note(event=Event.TRUST_CHANGED, detail=kept))
    assert dropped
    said = " ".join(state.history().out.split())
    assert "It does not hold: needs 1 more: reviewer" in said


def test_a_change_that_was_killed_before_it_was_pinned_is_ended_by_the_next(office: Office) -> None:
    second = changed(office, *SECOND)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trust_pin, "put", full)
        assert "No space left" in office.govnet(2, "trust", "change", str(second))
    assert "serial 1" in office.govnet(0, "trust", "show")
    assert "`govnet trust change` ends" in " ".join(office.govnet(5, "trust", "history").split())
    assert "serial 2" in office.govnet(0, "trust", "change", str(second))
    assert "Whole: 2 documents" in office.govnet(0, "trust", "history")


def test_a_first_one_that_was_killed_before_it_was_pinned_is_pinned_and_no_other(folder: Path, people: Path) -> None:
    office = Office(folder, people)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trust_pin, "put", full)
        office.govnet(2, "trust", "init", str(office.trust))
    other = office.folder / "other.yaml"
    other.write_text(office.trust.read_text().replace("Juma Example", "Juma Another"))
    assert "another trust document was pinned here" in office.govnet(3, "trust", "init", str(other))
    office.govnet(0, "trust", "init", str(office.trust))
    assert "Whole: 1 document" in office.govnet(0, "trust", "history")


def test_who_removes_the_pinned_document_cannot_begin_anew_with_their_own(state: State, made: Office) -> None:
    shutil.rmtree(state.path / "trust")
    done = in_process(made.folder, "trust", "init", str(made.trust), "--state", str(state.path))
    assert done.status == 3 and "another trust document was pinned here" in done.err
    assert state.history().status == 5


def test_the_export_and_its_verifier_know_the_entries(state: State) -> None:
    lines = [json.loads(line) for line in state.journal().export()]
    assert [line["event"] for line in lines] == ["trust-pinned", "trust-changed", "trust-changed"]
    assert lines[1]["detail"].startswith("serial 2, signed by asha as engineer, ")
    assert datetime.fromisoformat(lines[0]["at"]) <= datetime.now(UTC)


def test_without_a_journal_there_is_no_history(folder: Path, people: Path) -> None:
    assert "there is no journal" in Office(folder, people).govnet(2, "trust", "history")


def full(folder: Path, trust: object) -> None:
    raise OSError(28, "No space left on device", str(folder))


def test_next_document_is_signed_by_nobody(office: Office) -> None:
    assert "asha has not signed it" in office.govnet(3, "trust", "change", str(next_document(office)))
    assert "Whole: 1 document" in office.govnet(0, "trust", "history"), "a refused change leaves no entry"
