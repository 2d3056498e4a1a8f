"""What a chain of entries says of an edit, in whole sentences: they are what an auditor reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from change.canonical import canonical, digest_of, document_of
from change.chain import Head, chain_problems, entry_digest, head_problem, side_file_problems
from change.journal import Event, Journal, Note
from change.model import JournalEntry
from tests.change.fake_target import FakeClock

Row = dict[str, object]
Rows = list[Row]
NONE = "sha256:" + "0" * 64


@pytest.fixture
def rows(folder: Path) -> Rows:
    journal = Journal(folder / "journal.db", FakeClock())
    entries = journal.append(*(Note(event=Event.ARMED, step=f"s{number}", detail="d") for number in range(5)))
    journal.close()
    return [entry.model_dump(mode="json") for entry in entries]


def edited(number: int, **changes: object) -> Callable[[Rows], Rows]:
    return lambda rows: [row | changes if row["number"] == number else row for row in rows]


def forged(number: int) -> Callable[[Rows], Rows]:
    """Edited, with its own digest made right again."""

    def forge(rows: Rows) -> Rows:
        row = rows[number - 1] | {"detail": "nothing happened"}
        return edited(number, detail="nothing happened", digest=entry_digest(JournalEntry.model_validate(row)))(rows)

    return forge


def no_entries(*numbers: int) -> Callable[[Rows], Rows]:
    return lambda rows: [row | {"plan": "none"} if row["number"] in numbers else row for row in rows]


def without(number: int) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["number"] != number]


SAYS: dict[str, tuple[Callable[[Rows], Rows], tuple[str, ...]]] = {
    "nothing": (lambda rows: rows, ()),
    "none": (lambda rows: [], ()),
    "edited": (edited(3, detail="x"), ("entry 3 was edited: its digest does not match what it says",)),
    "another digest": (
        edited(3, digest=NONE),
        (
            "entry 3 was edited: its digest does not match what it says",
            "entry 4 does not follow the entry before it: one of the two was edited",
        ),
    ),
    "forged": (forged(3), ("entry 4 does not follow the entry before it: one of the two was edited",)),
    "another before": (
        edited(1, previous="sha256:" + "1" * 64),
        (
            "entry 1 does not follow the entry before it: one of the two was edited",
            "entry 1 was edited: its digest does not match what it says",
        ),
    ),
    "no entries": (
        no_entries(1, 3, 5),
        tuple(f"entry {number} was edited: it is no entry" for number in (1, 3, 5)),
    ),
    "the first gone": (without(1), ("entry 1 is missing or was moved: entry 2 stands in its place",)),
    "one gone": (without(3), ("entry 3 is missing or was moved: entry 4 stands in its place",)),
    "the last gone": (without(5), ()),
}


@pytest.mark.parametrize("case", SAYS)
def test_each_edit_is_one_sentence_and_what_follows_of_it(rows: Rows, case: str) -> None:
    edit, says = SAYS[case]
    assert tuple(chain_problems(edit(rows))) == says


def test_an_entry_s_digest_is_of_all_its_other_fields(rows: Rows) -> None:
    entry = JournalEntry.model_validate(rows[1])
    fields = {name: value for name, value in document_of(entry).items() if name != "digest"}
    assert entry_digest(entry) == rows[1]["digest"] == digest_of(canonical(fields))
    assert rows[1]["previous"] == rows[0]["digest"]
    assert rows[0]["previous"] == NONE


ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
DIGESTS = {1: ONE, 2: TWO}


def test_a_head_is_borne_out_or_it_says_why_not() -> None:
    assert head_problem(Head(number=1, digest=ONE), DIGESTS) == ""
    assert head_problem(Head(number=3, digest=ONE), DIGESTS) == (
        "the journal was cut off: entry 3 was written and is gone"
    )
    assert head_problem(Head(number=2, digest=ONE), DIGESTS) == "entry 2 is not the one that was written"


@pytest.mark.parametrize(
    ("kept", "digests", "says"),
    [
        (None, {}, ()),
        (None, DIGESTS, ("the kept head beside the journal is missing",)),
        (b"{}", DIGESTS, ("the kept head beside the journal was edited: it does not read as one",)),
        (b"\xff", {}, ("the kept head beside the journal was edited: it does not read as one",)),
        (Head(number=1, digest=ONE).model_dump_json().encode(), DIGESTS, ()),
        (
            Head(number=2, digest=TWO).model_dump_json().encode(),
            {},
            ("the journal was cut off: entry 2 was written and is gone",),
        ),
        (Head(number=2, digest=ONE).model_dump_json().encode(), DIGESTS, ("entry 2 is not the one that was written",)),
    ],
)
def test_the_head_beside_the_journal_may_lag_and_is_never_ahead(
    kept: bytes | None, digests: dict[int, str], says: tuple[str, ...]
) -> None:
    assert tuple(side_file_problems(kept, digests)) == says
