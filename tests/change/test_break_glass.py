"""A change by one signature in place of the policy stays open until two others have looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.break_glass import BreakGlass, break_glass, break_glass_of, open_break_glass
from change.canonical import digest_of
from change.journal import Event, Journal, JournalError, Note
from change.model import Digest
from change.papers import SignedPaper
from change.plan import digest
from inventory.trust import Statement, TrustRole
from tests.change.fake_target import FakeClock
from tests.change.test_plan import sample

PLAN = "sha256:" + "1" * 64


def statement(person: str, plan: Digest = PLAN, reason: str = "power is out") -> str:
    made = Statement(
        plan=plan,
        rehearsal=None,
        trust=PLAN,
        person=person,
        role=TrustRole.ENGINEER,
        at="2026-11-23T06:00:00Z",
        reason=reason,
        targets=("far", "near"),
    )
    return made.payload.decode()


def paper(event: Event, person: str, number: int = 1) -> SignedPaper:
    return SignedPaper(entry=number, event=event, statement=statement(person), signature="", trust="")


def judged(*kept: SignedPaper) -> BreakGlass:
    found = break_glass("asha", PLAN, kept)
    assert found is not None
    return found


def test_a_plan_whose_policy_was_met_broke_no_glass() -> None:
    assert break_glass("asha", PLAN, ()) is None
    assert break_glass("asha", PLAN, (paper(Event.APPROVED, "juma"), paper(Event.REVIEWED, "neema"))) is None


def test_it_says_who_when_why_and_for_what() -> None:
    assert judged(paper(Event.APPROVED, "juma"), paper(Event.BREAK_GLASS, "rehema")) == BreakGlass(
        plan=PLAN,
        person="rehema",
        at="2026-11-23T06:00:00Z",
        reason="power is out",
        targets=("far", "near"),
        reviewed=(),
    )


@pytest.mark.parametrize(
    ("reviewers", "counted", "missing"),
    [
        ((), (), 2),
        (("juma",), ("juma",), 1),
        (("juma", "juma"), ("juma",), 1),
        (("rehema", "asha", "juma"), ("juma",), 1),
        (("juma", "baraka"), ("juma", "baraka"), 0),
        (("juma", "baraka", "neema"), ("juma", "baraka", "neema"), 0),
    ],
)
def test_neither_who_broke_it_nor_the_author_reviews_it_and_nobody_twice(
    reviewers: tuple[str, ...], counted: tuple[str, ...], missing: int
) -> None:
    found = judged(paper(Event.BREAK_GLASS, "rehema"), *(paper(Event.REVIEWED, name) for name in reviewers))
    assert (found.reviewed, found.missing, found.open) == (counted, missing, missing > 0)


def noted(journal: Journal, event: Event, person: str, plan: Digest) -> None:
    """An entry with its papers, as an apply or a review writes it."""
    papers = {digest_of(text): text for text in (statement(person, plan).encode(), b"signature", b"trust")}
    journal.keep(papers)
    said, signature, trust = papers
    journal.append(
        Note(event=event, plan=plan, detail=f"{person}; statement {said}, signature {signature}, trust {trust}")
    )


def test_the_journal_tells_which_are_open_in_its_order(folder: Path) -> None:
    journal = Journal(folder / "journal.db", FakeClock())
    one, two, met = (sample().model_copy(update={"reason": reason}) for reason in ("b", "a", "met"))
    for plan in (met, one, two):
        journal.open_plan(plan)
    noted(journal, Event.APPROVED, "juma", digest(met))
    for plan in (two, one):
        noted(journal, Event.BREAK_GLASS, "rehema", digest(plan))
        noted(journal, Event.REVIEWED, one.author, digest(plan))
        noted(journal, Event.REVIEWED, "juma", digest(plan))
    assert [(glass.plan, glass.reviewed) for glass in open_break_glass(journal)] == [
        (digest(two), ("juma",)),
        (digest(one), ("juma",)),
    ]
    noted(journal, Event.REVIEWED, "baraka", digest(one))
    (left,) = open_break_glass(journal)
    assert left == break_glass_of(journal, digest(two))
    assert break_glass_of(journal, digest(met)) is None
    with pytest.raises(JournalError, match="keeps no plan"):
        break_glass_of(journal, PLAN)
