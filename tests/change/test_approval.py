"""Proof 5: who may sign and what counts, with real signatures of ssh-keygen; nothing is sent where it is not enough."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Never

import pytest

from change.approval import Approved, Paper, Signed, counted_of, judge, papers_of, plan_subject
from change.approval_check import problems, reviews_missing
from change.attest import attest, attested
from change.canonical import digest_of
from change.clock import moment
from change.evidence import evidence
from change.journal import Event, JournalError
from change.model import Effect, Level, Outcome, Plan
from change.papers import note, papers
from change.plan import PlanRefused, digest, seal
from change.ssh_keygen import sign
from inventory.trust import NAMESPACE, REVIEW_NAMESPACE, Statement, Trust, TrustRole
from inventory.trust_file import load_trust
from lab.people import enrol, key_of
from tests.change.fake_target import FakeClock
from tests.change.fake_world import FakeWorld

SAMPLE = 23
"""One byte of so many, in make test."""


@dataclass
class House:
    """A pretended world whose approvals are real: people with keys, a trust document, and what they handed in."""

    world: FakeWorld
    people: Path
    trust: Trust
    handed_in: list[Paper]

    def judge(self, plan: Plan, now: datetime) -> Approved:
        return judge(plan_subject(plan), self.trust, attested(self.handed_in, self.trust, NAMESPACE), now)

    def statement(self, plan: Plan, person: str, role: str) -> Statement:
        return Statement(
            plan=digest(plan),
            rehearsal=None,
            trust=self.trust.digest,
            person=person,
            role=TrustRole(role),
            at=moment(self.world.clock.utc()),
            reason="seen",
            targets=plan_subject(plan).targets,
        )

    def paper(self, statement: Statement, key: str = "", namespace: str = NAMESPACE) -> Paper:
        private = key_of(self.people, key or statement.person)
        return Paper(statement.person, statement.payload, sign(statement.payload, private, namespace, may_ask=False))

    def signed(self, plan: Plan, person: str, role: str) -> Paper:
        return self.paper(self.statement(plan, person, role))

    def refused(self, sealed: Plan | bytes) -> tuple[str, ...]:
        """Why apply refuses it. Nothing is sent, and nothing is written."""
        with pytest.raises(PlanRefused) as raised:
            self.world.apply(sealed)
        assert self.world.sent() == []
        assert self.world.journal().entries() == ()
        return raised.value.problems


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("house") / "people"
    enrol(made, FakeClock().utc())
    return made


@pytest.fixture
def house(folder: Path, people: Path) -> House:
    made = House(FakeWorld(folder, {"far": 2, "near": 1}), people, load_trust(people / "trust.yaml"), [])
    made.world.approvals = made.judge
    return made


@pytest.fixture
def plan(house: House) -> Plan:
    """By asha; of no risk, so that one reviewer is enough."""
    made = house.world.plan()
    house.world.clock.advance(60)
    return made


@pytest.fixture
def approved(house: House, plan: Plan) -> Plan:
    """Signed by its author and by as many as it needs, and not by one more."""
    house.handed_in = [house.signed(plan, "asha", "engineer"), house.signed(plan, "juma", "reviewer")]
    return plan


def test_signed_then_applied_and_the_journal_keeps_the_papers(house: House, approved: Plan) -> None:
    result = house.world.apply(approved)
    assert {end.outcome for end in result.ends} == {Outcome.CONFIRMED}
    kept = papers(house.world.journal(), result.plan)
    assert [(one.event, one.statement, one.signature) for one in kept] == [
        ("approved", paper.statement.decode(), paper.signature.decode()) for paper in house.handed_in
    ]
    assert {digest_of(one.trust.encode()) for one in kept} == {house.trust.digest}


def test_without_anything_it_says_all_that_is_missing(house: House, plan: Plan) -> None:
    assert house.refused(plan) == ("its author asha has not signed it", "needs 1 more: reviewer")


Change = Callable[[House, Plan], Paper]


def as_reviewer(house: House, plan: Plan, /, **changes: object) -> Paper:
    statement = house.statement(plan, "juma", "reviewer").model_dump() | changes
    return house.paper(Statement.model_validate(statement))


def later(house: House, seconds: float) -> str:
    return moment(house.world.clock.utc() + timedelta(seconds=seconds))


BAD: dict[str, tuple[Change, str]] = {
    "another digest": (
        lambda house, plan: as_reviewer(house, plan, plan="sha256:" + "a" * 64),
        "is about something else",
    ),
    "another namespace": (
        lambda house, plan: house.paper(house.statement(plan, "juma", "reviewer"), namespace="git"),
        "was made for git",
    ),
    "a review": (
        lambda house, plan: house.paper(house.statement(plan, "juma", "reviewer"), namespace=REVIEW_NAMESPACE),
        "was made for govnet-review",
    ),
    "the author's key": (
        lambda house, plan: house.paper(house.statement(plan, "juma", "reviewer"), key="asha"),
        "is by a key that is not theirs",
    ),
    "under another's name": (
        lambda house, plan: replace(house.signed(plan, "asha", "reviewer"), name="juma"),
        "is by no person of that name",
    ),
    "a stranger": (
        lambda house, plan: house.paper(house.statement(plan, "zuberi", "reviewer"), key="juma"),
        "is by no person of that name",
    ),
    "a role not held": (
        lambda house, plan: as_reviewer(house, plan, role="security"),
        "in the role security, which they do not hold",
    ),
    "fewer targets": (lambda house, plan: as_reviewer(house, plan, targets=("far",)), "exactly the targets"),
    "more targets": (
        lambda house, plan: as_reviewer(house, plan, targets=("far", "near", "others")),
        "exactly the targets",
    ),
    "still to come": (lambda house, plan: as_reviewer(house, plan, at=later(house, 1)), "is still to come"),
    "before the plan": (lambda house, plan: as_reviewer(house, plan, at=later(house, -61)), "before what it approves"),
    "before the key": (lambda house, plan: as_reviewer(house, plan, at=later(house, -9999)), "key that was not valid"),
    "a signature cut short": (
        lambda house, plan: cut(house.signed(plan, "juma", "reviewer"), signature=-40),
        "the signature is cut short",
    ),
    "a statement cut short": (
        lambda house, plan: cut(house.signed(plan, "juma", "reviewer"), statement=-1),
        "the statement is cut short",
    ),
    "nothing": (lambda house, plan: Paper("juma", b"", b""), "the statement is cut short"),
    "bytes after the statement": (
        lambda house, plan: more(house.signed(plan, "juma", "reviewer"), statement=b"\n"),
        "is not in the canonical form",
    ),
    "bytes after the signature": (
        lambda house, plan: more(house.signed(plan, "juma", "reviewer"), signature=b"\n"),
        "the signature is cut short, or no OpenSSH signature",
    ),
    "another order of keys": (
        lambda house, plan: reordered(house.signed(plan, "juma", "reviewer")),
        "is not in the canonical form",
    ),
    "another's signature": (
        lambda house, plan: replace(
            house.signed(plan, "juma", "reviewer"), signature=house.signed(plan, "neema", "reviewer").signature
        ),
        "is by a key that is not theirs",
    ),
    "their signature of something else": (
        lambda house, plan: replace(
            house.signed(plan, "juma", "reviewer"), signature=as_reviewer(house, plan, reason="other").signature
        ),
        "does not match",
    ),
}


def cut(paper: Paper, statement: int | None = None, signature: int | None = None) -> Paper:
    return replace(paper, statement=paper.statement[:statement], signature=paper.signature[:signature])


def more(paper: Paper, statement: bytes = b"", signature: bytes = b"") -> Paper:
    return replace(paper, statement=paper.statement + statement, signature=paper.signature + signature)


def reordered(paper: Paper) -> Paper:
    """The same object in other bytes, and a good signature of the canonical ones."""
    document: dict[str, object] = json.loads(paper.statement)
    return replace(paper, statement=json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode())


@pytest.mark.parametrize("name", BAD)
def test_a_bad_approval_does_not_count_and_is_told(house: House, approved: Plan, name: str) -> None:
    make, why = BAD[name]
    house.handed_in[1] = make(house, approved)
    problems = house.refused(approved)
    assert "needs 1 more: reviewer" in problems
    assert any(why in problem for problem in problems), problems


def with_key(house: House, person: str, **changes: str) -> None:
    """The trust document, with something else about the key of one person."""
    people = tuple(
        one.model_copy(update={"keys": (one.keys[0].model_copy(update=changes),)}) if one.name == person else one
        for one in house.trust.people
    )
    house.trust = house.trust.model_copy(update={"people": people})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"revoked": "2026-11-23T06:01:00Z"}, "is signed with a revoked key"),
        ({"valid_until": "2026-11-23T06:01:00Z"}, "by a key that was not valid at"),
        ({"valid_from": "2026-11-23T06:01:01Z"}, "by a key that was not valid at"),
    ],
)
def test_a_key_counts_in_its_time_and_not_once_revoked(
    house: House, approved: Plan, changes: dict[str, str], why: str
) -> None:
    with_key(house, "juma", **changes)
    assert any(why in problem for problem in house.refused(approved))


def test_one_person_with_two_keys_counts_once(house: House, approved: Plan) -> None:
    """juma also holds baraka's key, as a second one; two are needed."""
    (second,) = [one.keys[0] for one in house.trust.people if one.name == "baraka"]
    everyone = tuple(
        one.model_copy(update={"keys": (*one.keys, second)}) if one.name == "juma" else one
        for one in house.trust.people
        if one.name != "baraka"
    )
    rule = house.trust.policy[0]
    two = rule.model_copy(update={"needs": (rule.needs[0].model_copy(update={"signatures": 2}),)})
    house.trust = house.trust.model_copy(update={"people": everyone, "policy": (two,)})
    house.handed_in.append(house.paper(house.statement(approved, "juma", "reviewer"), key="baraka"))
    assert house.refused(approved) == ("needs 1 more: reviewer", "juma: has signed twice, and counts once")


def test_the_author_never_counts_whatever_they_sign_as(house: House, plan: Plan) -> None:
    plan = plan.model_copy(update={"author": "juma"})
    house.handed_in = [house.signed(plan, "juma", "reviewer")]
    assert house.refused(plan) == ("needs 1 more: reviewer",)


def test_who_names_somebody_else_as_author_cannot_approve_it_alone(house: House, plan: Plan) -> None:
    """juma wrote it, and says that asha did."""
    house.handed_in = [house.signed(plan, "juma", "reviewer")]
    assert house.refused(plan) == ("its author asha has not signed it",)
    stranger = plan.model_copy(update={"author": "root"})
    house.handed_in = [house.signed(stranger, "juma", "reviewer")]
    (problem,) = house.refused(stranger)
    assert "`root` is no person of the trust document" in problem and "--as" in problem


def test_high_risk_asks_for_one_more(house: House, approved: Plan) -> None:
    step, *others = approved.steps
    risky = step.model_copy(update={"risk": step.risk.model_copy(update={"level": Level.HIGH})})
    plan = approved.model_copy(update={"steps": (risky, *others)})
    house.handed_in = [house.signed(plan, "asha", "engineer"), house.signed(plan, "juma", "reviewer")]
    assert house.refused(plan) == ("needs 1 more: reviewer",)
    house.handed_in.append(house.signed(plan, "neema", "reviewer"))
    assert house.world.apply(plan).exit_status == 0


def test_an_approval_that_is_lost_between_two_waves_refuses_the_next_with_nothing_sent(house: House) -> None:
    """A key is revoked while the first wave is held."""
    plan = house.world.plan(wave_size=1)
    house.handed_in = [house.signed(plan, "asha", "engineer"), house.signed(plan, "juma", "reviewer")]
    house.world.clock.on_wait = lambda: with_key(house, "juma", revoked=moment(house.world.clock.utc()))
    result = house.world.apply(plan)
    ends = {end.target: end for end in result.ends}
    assert (ends["far"].outcome, ends["near"].outcome) == (Outcome.CONFIRMED, Outcome.REFUSED)
    assert "no longer approved: needs 1 more: reviewer; juma: is signed with a revoked key" in ends["near"].reason
    assert house.world.boxes["near"].calls.count("arm") == 0


def test_break_glass_stands_in_place_of_the_policy_and_says_so(house: House, plan: Plan) -> None:
    house.handed_in = [house.signed(plan, "rehema", "break-glass")]
    result = house.world.apply(plan)
    assert result.exit_status == 0
    events = [entry.event for entry in house.world.journal().entries(result.plan)]
    assert events.count(Event.BREAK_GLASS) == 1 and Event.APPROVED not in events


def test_break_glass_is_for_the_targets_that_it_names(house: House, plan: Plan) -> None:
    statement = house.statement(plan, "rehema", "break-glass").model_copy(update={"targets": ("far",)})
    house.handed_in = [house.paper(statement)]
    assert "rehema: breaks the glass, and not for near" in house.refused(plan)
    wider = statement.model_copy(update={"targets": ("far", "near", "others")})
    house.handed_in = [house.paper(wider)]
    assert house.world.apply(plan).exit_status == 0


def test_who_does_not_hold_the_role_breaks_no_glass(house: House, plan: Plan) -> None:
    house.handed_in = [house.signed(plan, "juma", "break-glass")]
    assert any("in the role break-glass, which they do not hold" in said for said in house.refused(plan))


def test_a_paper_that_was_changed_in_the_journal_is_said(house: House, approved: Plan) -> None:
    result = house.world.apply(approved)
    journal = house.world.journal()
    with journal.store.writing() as connection:
        connection.exec_driver_sql("UPDATE papers SET content = ? WHERE CAST(content AS TEXT) LIKE '%juma%'", (b"{}",))
    with pytest.raises(JournalError, match="is another one"):
        papers(journal, result.plan)


def flipped(content: bytes, every: int) -> Iterator[bytes]:
    """Each time one byte is another one: its lowest bit, so that it often stays what text may hold, and its case."""
    for place in range(0, len(content), every):
        for bit in (0x01, 0x20):
            yield content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


EACH = [pytest.param(1, marks=pytest.mark.prove, id="every byte"), pytest.param(SAMPLE, id="a sample")]


@pytest.mark.parametrize("every", EACH)
def test_every_flipped_byte_of_a_plan_is_refused_and_nothing_is_sent(house: House, approved: Plan, every: int) -> None:
    refusals = [house.refused(one) for one in flipped(seal(approved), every)]
    assert all(refusals) and len(refusals) >= 2 * len(seal(approved)) // every


@pytest.mark.parametrize("every", EACH)
@pytest.mark.parametrize("what", ["statement", "signature"])
def test_every_flipped_byte_of_an_approval_is_refused_and_nothing_is_sent(
    house: House, approved: Plan, what: str, every: int
) -> None:
    paper = house.handed_in[1]
    whole: bytes = {"statement": paper.statement, "signature": paper.signature}[what]
    for one in flipped(whole, every):
        house.handed_in[1] = replace(paper, statement=one) if what == "statement" else replace(paper, signature=one)
        assert "needs 1 more: reviewer" in house.refused(approved)


def test_who_makes_a_plan_does_not_say_how_few_must_sign_it(house: House, plan: Plan) -> None:
    """A line that is of high risk by itself, called low; and a step of another plane or site than its target's."""
    step, *others = plan.steps
    lowered = step.model_copy(update={"effects": (Effect.FILTER_LOOSENED,)})
    elsewhere = step.model_copy(update={"plane": "stacks", "site": "nowhere"})
    for changed, why in (
        (lowered, f"{step.target}: its risk is high, and the plan says low"),
        (elsewhere, f"{step.target}: it is of another plane or site than the plan says"),
    ):
        forged = plan.model_copy(update={"steps": (changed, *others)})
        house.handed_in = [house.signed(forged, "asha", "engineer"), house.signed(forged, "juma", "reviewer")]
        assert house.refused(forged) == (why,)


def test_where_no_signature_can_be_checked_none_counts(
    house: House, approved: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Never:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("change.ssh_keygen.tempfile.TemporaryDirectory", full)
    assert "juma: the signature could not be checked: No space left on device" in house.refused(approved)


def paused(house: House) -> Plan:
    """Signed by break-glass; its first wave stands, and the terminal was lost in it."""
    plan, lost = house.world.plan(wave_size=1), threading.Event()
    house.world.clock.advance(60)
    house.handed_in = [house.signed(plan, "rehema", "break-glass")]
    house.world.boxes["far"].on_hear = lambda phase, step: lost.set()
    assert house.world.apply(plan, unattended=lost).paused is not None
    return plan


def test_a_change_that_went_on_by_other_signatures_holds(house: House) -> None:
    """By the policy, which is now met; and one person has signed anew."""
    plan = paused(house)
    everyone = [house.signed(plan, "asha", "engineer"), house.signed(plan, "juma", "reviewer")]
    house.handed_in += everyone
    lost = threading.Event()
    lost.set()
    assert house.world.apply(plan, unattended=lost).paused is not None
    house.world.clock.advance(60)
    house.handed_in[-1] = house.signed(plan, "juma", "reviewer")
    assert house.world.apply(plan).exit_status == 0
    assert list(problems(evidence(house.world.journal(), digest(plan)))) == []


def test_a_signature_that_came_after_the_sending_is_told(house: House, approved: Plan) -> None:
    house.world.apply(approved)
    journal, late = house.world.journal(), house.signed(approved, "neema", "reviewer")
    one = attest(late, house.trust, NAMESPACE)
    assert isinstance(one, Signed)
    journal.keep(papers_of(house.trust, [one]))
    (entry,) = journal.append(note(digest(approved), Event.APPROVED, counted_of(one), house.trust.digest))
    found = list(problems(evidence(journal, digest(approved))))
    assert found == [f"entry {entry.number} approves what had been sent before it"]


def test_a_review_of_another_plan_and_one_by_the_author_are_none(house: House) -> None:
    plan = paused(house)
    journal = house.world.journal()
    other = "sha256:" + "7" * 64
    for person, changes in (("juma", {"plan": other}), ("asha", {})):
        role = "engineer" if person == "asha" else "reviewer"
        statement = house.statement(plan, person, role).model_copy(update=changes)
        one = attest(house.paper(statement, namespace=REVIEW_NAMESPACE), house.trust, REVIEW_NAMESPACE)
        assert isinstance(one, Signed)
        journal.keep(papers_of(house.trust, [one]))
        journal.append(note(digest(plan), Event.REVIEWED, counted_of(one), house.trust.digest))
    found = evidence(journal, digest(plan))
    (problem,) = problems(found)
    assert "does not count: juma is about something else: it names another digest" in problem
    assert reviews_missing(found) == 1
