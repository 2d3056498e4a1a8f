"""Whose statements count and what is still missing, without a single key: who signed what was found out before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from change.approval import (
    Approved,
    Counted,
    Demand,
    Paper,
    Signed,
    Subject,
    Unfit,
    judge,
    plan_subject,
    read_statement,
    trust_subject,
    unapproved,
)
from change.canonical import digest_of
from change.clock import from_moment
from change.model import Level, Risk
from change.plan import digest
from inventory.trust import Charter, Key, Need, Person, Policy, Statement, Trust, TrustRole, canonical
from tests.change.test_waves import plan_of, step

MADE, AT, NOW = "2026-11-23T06:00:00Z", "2026-11-23T06:30:00Z", from_moment("2026-11-23T07:00:00Z")
DIGEST = "sha256:" + "d" * 64
ENGINEER, REVIEWER, SECURITY = TrustRole.ENGINEER, TrustRole.REVIEWER, TrustRole.SECURITY
BREAK_GLASS = TrustRole.BREAK_GLASS


def key(name: str, revoked: str | None = None) -> Key:
    return Key(
        public=f"ssh-ed25519 {name}",
        valid_from="2026-11-23T06:10:00Z",
        valid_until="2026-11-23T06:50:00Z",
        revoked=revoked,
    )


PEOPLE = {
    "asha": (ENGINEER, REVIEWER),
    "juma": (REVIEWER, ENGINEER),
    "neema": (REVIEWER, SECURITY),
    "rehema": (BREAK_GLASS,),
}
POLICY = (
    Policy(name="all", needs=(Need(role=REVIEWER, signatures=1),)),
    Policy(name="high", risk="high", needs=(Need(role=REVIEWER, signatures=2), Need(role=SECURITY, signatures=1))),
    Policy(name="stacks", plane="stacks", needs=(Need(role=ENGINEER, signatures=3),)),
    Policy(name="dar", site="dar-dc", needs=(Need(role=TrustRole.MANAGER, signatures=1),)),
    Policy(name="trust", plane="trust", needs=(Need(role=SECURITY, signatures=2),)),
)


def trust(revoked: str | None = None, author: str | None = None) -> Trust:
    people = (
        Person(name=name, title=name, roles=roles, keys=(key(f"{name}-1", revoked), key(f"{name}-2")))
        for name, roles in PEOPLE.items()
    )
    return Trust(charter=Charter(version=1, serial=1, author=author), people=tuple(people), policy=POLICY)


def subject(*demands: Demand, author: str | None = "asha", created: str | None = MADE) -> Subject:
    asked = frozenset(demands) or frozenset({Demand("network", "low", "mbeya")})
    return Subject(DIGEST, author, from_moment(created) if created else None, ("far", "near"), asked)


def signed(
    person: str,
    role: TrustRole = REVIEWER,
    name: str = "",
    made_by: str = "",
    at: str = AT,
    plan: str = DIGEST,
    targets: tuple[str, ...] = ("far", "near"),
    reason: str = "seen",
) -> Signed:
    statement = Statement(
        plan=plan,
        rehearsal=None,
        trust=DIGEST,
        person=person,
        role=role,
        at=at,
        reason=reason,
        targets=targets,
    )
    paper = Paper(name or person, statement.payload, f"signature of {person}".encode())
    return Signed(paper, statement, f"ssh-ed25519 {made_by or f'{person}-1'}")


AUTHOR = signed("asha", ENGINEER)


def judged(*handed_in: Signed | Unfit, of: Subject | None = None, by: Trust | None = None) -> Approved:
    return judge(of or subject(), by or trust(), handed_in, NOW)


def test_enough_is_enough_and_everything_that_it_follows_from_is_kept() -> None:
    juma, document = signed("juma"), trust()
    found = judged(AUTHOR, juma)
    assert found == Approved(
        problems=(),
        missing={},
        counted=(counted(AUTHOR), counted(juma)),
        set_aside=(),
        break_glass=None,
        trust=document.digest,
        papers={
            digest_of(content): content
            for content in (
                canonical(document),
                AUTHOR.paper.statement,
                AUTHOR.paper.signature,
                juma.paper.statement,
                juma.paper.signature,
            )
        },
    )
    assert unapproved(found) == ()


def counted(one: Signed) -> Counted:
    return Counted(
        person=one.paper.name,
        role=one.statement.role,
        at=AT,
        reason="seen",
        key=one.key,
        statement=digest_of(one.paper.statement),
        signature=digest_of(one.paper.signature),
    )


NOT_COUNTED: dict[str, tuple[Signed | Unfit, str]] = {
    "unfit": (Unfit("juma", "is torn"), "juma: is torn"),
    "stranger": (
        signed("zuberi"),
        "zuberi: is a statement by zuberi, who is another, or no person of the trust document",
    ),
    "another's": (
        signed("juma", name="neema"),
        "neema: is a statement by juma, who is another, or no person of the trust document",
    ),
    "another's key": (signed("juma", made_by="neema-1"), "juma: is signed with a key that is not theirs"),
    "to come": (
        signed("juma", at="2026-11-23T07:00:01Z"),
        "juma: was made at 2026-11-23T07:00:01Z, which is still to come: a clock is wrong",
    ),
    "too early": (
        signed("juma", at="2026-11-23T06:09:59Z"),
        "juma: is signed with a key that was not valid at 2026-11-23T06:09:59Z",
    ),
    "too late": (
        signed("juma", at="2026-11-23T06:50:00Z"),
        "juma: is signed with a key that was not valid at 2026-11-23T06:50:00Z",
    ),
    "another digest": (
        signed("juma", plan="sha256:" + "e" * 64),
        "juma: is about something else: it names another digest",
    ),
    "role": (signed("juma", SECURITY), "juma: is made in the role security, which they do not hold"),
    "fewer": (signed("juma", targets=("far",)), "juma: does not name exactly the targets of the plan"),
    "more": (
        signed("juma", targets=("far", "near", "other")),
        "juma: does not name exactly the targets of the plan",
    ),
}


@pytest.mark.parametrize("name", NOT_COUNTED)
def test_what_does_not_count_is_set_aside_with_its_reason(name: str) -> None:
    one, says = NOT_COUNTED[name]
    found = judged(one, AUTHOR)
    assert found.set_aside == (says,)
    assert found.problems == ("needs 1 more: reviewer",)
    assert unapproved(found) == ("needs 1 more: reviewer", says)
    assert [each.person for each in found.counted] == ["asha"]
    enough = judged(one, AUTHOR, signed("neema"))
    assert (unapproved(enough), enough.set_aside) == ((), (says,))


@pytest.mark.parametrize("at", ["2026-11-23T06:10:00Z", "2026-11-23T06:49:59Z"])
def test_a_key_counts_from_its_first_second_to_its_last(at: str) -> None:
    assert judged(AUTHOR, signed("juma", at=at)).problems == ()


def test_what_is_signed_in_the_same_second_in_which_it_was_made_or_is_judged_counts() -> None:
    assert judged(AUTHOR, signed("juma"), of=subject(created=AT)).problems == ()
    later = subject(created="2026-11-23T06:30:01Z")
    why = "juma: was made at 2026-11-23T06:30:00Z, before what it approves was made"
    assert judged(AUTHOR, signed("juma"), of=later).set_aside[1:] == (why,)
    assert judged(AUTHOR, signed("juma"), of=subject(created=None)).problems == ()
    at_once = judge(subject(), trust(), [AUTHOR, signed("juma")], from_moment(AT))
    assert at_once.problems == ()
    before = judge(subject(), trust(), [AUTHOR, signed("juma")], from_moment(AT) - timedelta(seconds=1))
    assert len(before.set_aside) == 2


@pytest.mark.parametrize(
    ("revoked", "at", "why"),
    [
        ("2026-11-23T07:00:00Z", AT, "is signed with a revoked key"),
        ("2026-11-23T06:20:00Z", "2026-11-23T06:15:00Z", "is signed with a revoked key"),
        ("2026-11-23T07:00:01Z", AT, ""),
        ("2026-11-23T07:00:01Z", "2026-11-23T06:50:00Z", "is signed with a key that was not valid at {at}"),
    ],
)
def test_a_revoked_key_counts_no_more_whenever_it_signed(revoked: str, at: str, why: str) -> None:
    document = trust(revoked)
    author = signed("asha", ENGINEER, made_by="asha-2")
    found = judged(author, signed("juma", at=at), by=document)
    assert found.set_aside == ((f"juma: {why.format(at=at)}",) if why else ())
    assert judged(author, signed("juma", made_by="juma-2"), by=document).set_aside == ()


def test_one_person_counts_once_by_the_first_of_what_they_handed_in() -> None:
    found = judged(AUTHOR, signed("juma"), signed("juma", ENGINEER, made_by="juma-2"), signed("juma"))
    assert found.set_aside == ("juma: has signed twice, and counts once",) * 2
    assert [(one.person, one.role) for one in found.counted] == [("asha", ENGINEER), ("juma", REVIEWER)]


def test_what_is_missing_is_the_most_that_any_step_asks_in_the_order_of_the_roles() -> None:
    high, low = Demand("network", "high", "mbeya"), Demand("network", "low", "mbeya")
    stacks = Demand("stacks", "medium", "mbeya")
    for demands in ((high, low, stacks), (stacks, high), (high, stacks, low)):
        found = judged(AUTHOR, of=subject(*demands))
        assert list(found.missing.items()) == [(ENGINEER, 3), (REVIEWER, 2), (SECURITY, 1)]
        assert found.problems == ("needs 3 more: engineer", "needs 2 more: reviewer", "needs 1 more: security")
    found = judged(AUTHOR, signed("juma"), signed("neema", SECURITY), of=subject(high, low))
    assert found.missing == {REVIEWER: 1}
    some = judged(AUTHOR, signed("juma", ENGINEER), of=subject(stacks, high))
    assert list(some.missing.items()) == [(ENGINEER, 2), (REVIEWER, 2), (SECURITY, 1)]


def test_a_site_may_ask_for_more_and_where_nothing_changes_nothing_is_asked() -> None:
    there = subject(Demand("network", "low", "dar-dc"), Demand("network", "low", "mbeya"))
    assert judged(AUTHOR, signed("juma"), of=there).missing == {TrustRole.MANAGER: 1}
    assert judge(replace(subject(), demands=frozenset()), trust(), [AUTHOR], NOW).missing == {}


def test_more_than_enough_in_one_role_makes_up_for_no_other() -> None:
    found = judged(AUTHOR, signed("juma"), signed("neema"), of=subject(Demand("network", "high", "mbeya")))
    assert found.missing == {SECURITY: 1}


def test_an_author_counts_for_no_role_and_must_have_signed() -> None:
    assert judged(signed("asha"), of=subject()).problems == ("needs 1 more: reviewer",)
    assert judged(signed("juma")).problems == ("its author asha has not signed it",)
    assert judged(signed("juma"), of=subject(author=None)).problems == ("it names no author",)
    stranger = "its author `root` is no person of the trust document: `govnet plan --as PERSON` names one"
    assert judged(signed("juma"), of=subject(author="root")).problems == (stranger,)
    assert judged().problems == ("its author asha has not signed it", "needs 1 more: reviewer")


def test_broken_glass_stands_in_place_of_all_that_is_missing_and_of_nothing_where_nothing_is() -> None:
    glass = signed("rehema", BREAK_GLASS)
    found = judged(glass)
    assert (found.problems, found.break_glass, found.missing) == ((), counted(glass), {REVIEWER: 1})
    beside = judged(AUTHOR, signed("juma"), glass)
    assert (beside.problems, beside.break_glass) == ((), None)
    assert judged(AUTHOR, signed("juma")).break_glass is None


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        (("far", "near"), ""),
        (("far", "near", "other"), ""),
        (("far",), "breaks the glass, and not for near"),
        (("other",), "breaks the glass, and not for far, near"),
    ],
)
def test_glass_is_broken_for_the_targets_that_are_named(targets: tuple[str, ...], why: str) -> None:
    found = judged(signed("rehema", BREAK_GLASS, targets=targets))
    assert found.set_aside == ((f"rehema: {why}",) if why else ())
    assert (found.break_glass is None) == bool(why)


def test_a_change_of_the_trust_document_is_high_and_no_glass_is_broken_for_it() -> None:
    document = trust(author="asha")
    asked = trust_subject(document)
    assert asked == Subject(document.digest, "asha", None, ("trust",), frozenset({Demand("trust", "high", "")}))
    glass = signed("rehema", BREAK_GLASS, plan=document.digest, targets=("trust",))
    found = judged(glass, of=asked)
    assert found.set_aside == ("rehema: breaks the glass, which changes no trust document",)
    assert found.missing == {REVIEWER: 2, SECURITY: 2}


def test_the_subject_of_a_plan_is_all_that_its_steps_ask() -> None:
    risky = step("b", plane="network").model_copy(update={"site": "mbeya", "risk": Risk(level=Level.HIGH)})
    plan = plan_of([risky, step("a")])
    assert plan_subject(plan) == Subject(
        digest=digest(plan),
        author="asha",
        created=from_moment(plan.created),
        targets=("a", "b"),
        demands=frozenset({Demand("network", "high", "mbeya"), Demand("fake", "low", "here")}),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is cut short, or no statement"),
        (b"{", "is cut short, or no statement"),
        (b"\xff", "is cut short, or no statement"),
        (b"[" * 100_000, "is cut short, or no statement"),
        (b"{}", "is no statement"),
        (b"[]", "is no statement"),
        (AUTHOR.paper.statement[:-1], "is cut short, or no statement"),
        (AUTHOR.paper.statement + b" ", "is not in the canonical form that is signed"),
    ],
)
def test_what_is_no_statement_says_why(content: bytes, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_statement(content)
    assert str(caught.value) == says
    assert read_statement(AUTHOR.paper.statement) == AUTHOR.statement


def test_the_moment_is_handed_in() -> None:
    """The same papers, at two moments: nothing of this looks at a clock."""
    document, papers = trust(revoked="2026-11-23T07:00:00Z"), (AUTHOR, signed("juma"))
    assert judge(subject(), document, papers, NOW - timedelta(seconds=1)).problems == ()
    assert judge(subject(), document, papers, datetime.max.replace(tzinfo=NOW.tzinfo)).counted == ()
