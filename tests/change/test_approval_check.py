"""Whether what was signed was enough, from the evidence alone: every sentence, with signatures that are pretended.

That a real one is asked of ssh-keygen, tests/change/test_approval.py holds.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

import pytest

from change.approval import Paper, Signed, Unfit, read_statement
from change.approval_check import fingerprint, problems, reviews_missing
from change.canonical import digest_of
from change.chain import Head
from change.evidence import Evidence, evidence_of
from change.journal import Event
from change.model import JournalEntry, Plan
from change.papers import SignedPaper
from change.plan import digest
from change.sshsig import MAGIC, armoured
from inventory.trust import NAMESPACE, REVIEW_NAMESPACE, Statement, Trust, TrustRole, canonical
from tests.change import test_judge
from tests.change.test_waves import plan_of, step

NO_DIGEST = "sha256:" + "0" * 64
ENGINEER, REVIEWER, BREAK_GLASS = TrustRole.ENGINEER, TrustRole.REVIEWER, TrustRole.BREAK_GLASS
PLAN: Plan = plan_of([step("far"), step("near")])
TRUST = canonical(test_judge.trust()).decode()
OTHER_TRUST = canonical(test_judge.trust(author="neema")).decode()
BETWEEN = canonical(test_judge.trust(revoked="2026-11-23T06:30:13Z")).decode()
"""In which the first key of everybody is revoked while the change goes on: at its third entry."""
REVOKED = canonical(test_judge.trust(revoked="2026-11-23T06:40:00Z")).decode()


def attest(paper: Paper, trust: Trust, namespace: str) -> Signed | Unfit:
    """A signature is good that names the person and the namespace, of a person of the document."""
    if trust.person(paper.name) is None or paper.signature.decode() != f"{paper.name} for {namespace}":
        return Unfit(paper.name, "the signature is torn")
    return Signed(paper, read_statement(paper.statement), f"ssh-ed25519 {paper.name}-1")


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("change.approval_check.attest", attest)


def paper(
    entry: int,
    person: str,
    role: TrustRole = REVIEWER,
    event: Event = Event.APPROVED,
    trust: str = TRUST,
    signature: str = "",
    plan: str = "",
    reason: str = "seen",
) -> SignedPaper:
    statement = Statement(
        plan=plan or digest(PLAN),
        rehearsal=None,
        trust=test_judge.DIGEST,
        person=person,
        role=role,
        at=test_judge.AT,
        reason=reason,
        targets=("far", "near"),
    )
    namespace = REVIEW_NAMESPACE if event is Event.REVIEWED else NAMESPACE
    return SignedPaper(
        entry=entry,
        event=event,
        statement=statement.payload.decode(),
        signature=signature or f"{person} for {namespace}",
        trust=trust,
    )


def change(events: Sequence[Event], *papers: SignedPaper, minute: int = 30) -> Evidence:
    """Its entries are numbered from 11, a second apart; those of papers stand where the events have them."""
    entries = tuple(
        JournalEntry(
            number=number,
            at=f"2026-11-23T06:{minute}:{number:02}.000Z",
            event=event,
            plan=digest(PLAN),
            previous=NO_DIGEST,
            digest=NO_DIGEST,
        )
        for number, event in enumerate(events, 11)
    )
    return evidence_of(PLAN, entries, papers, Head(number=entries[-1].number, digest=NO_DIGEST), ())


OPENED, CONTINUED, INTENT, CLOSED = Event.PLAN_OPENED, Event.PLAN_CONTINUED, Event.INTENT, Event.PLAN_CLOSED
APPROVED, BROKEN, REVIEWED = Event.APPROVED, Event.BREAK_GLASS, Event.REVIEWED
ONCE = (OPENED, APPROVED, APPROVED, INTENT, INTENT, CLOSED)
TWICE = (OPENED, APPROVED, APPROVED, INTENT, Event.PLAN_PAUSED, CONTINUED, APPROVED, APPROVED, INTENT, CLOSED)
ASHA, JUMA = paper(12, "asha", ENGINEER), paper(13, "juma")
GLASS = paper(12, "rehema", BREAK_GLASS, BROKEN)
BROKEN_ONCE = (OPENED, BROKEN, INTENT, CLOSED, REVIEWED, REVIEWED)
NO_STATEMENT = JUMA.model_copy(update={"statement": "{}"})

CASES: dict[str, tuple[Evidence, tuple[str, ...]]] = {
    "enough": (change(ONCE, ASHA, JUMA), ()),
    "nothing sent, nothing signed": (change((OPENED, CLOSED)), ()),
    "nothing signed": (change((OPENED, INTENT)), ("something was sent, and the journal has no signature for it",)),
    "a review is no approval": (
        change((OPENED, REVIEWED, INTENT), paper(12, "juma", event=REVIEWED)),
        ("something was sent, and the journal has no signature for it",),
    ),
    "too few": (change(ONCE, JUMA), ("it was not approved: its author asha has not signed it",)),
    "torn": (
        change(ONCE, ASHA, paper(13, "juma", signature="juma")),
        (
            "it was not approved: needs 1 more: reviewer",
            "a signature does not count: juma: the signature is torn",
        ),
    ),
    "in the review's namespace": (
        change(ONCE, ASHA, paper(13, "juma", signature=f"juma for {REVIEW_NAMESPACE}")),
        (
            "it was not approved: needs 1 more: reviewer",
            "a signature does not count: juma: the signature is torn",
        ),
    ),
    "too late": (
        change((OPENED, APPROVED, INTENT, APPROVED, CLOSED), ASHA, paper(14, "juma")),
        ("entry 14 approves what had been sent before it",),
    ),
    "after the last thing that was sent, all of them": (
        change((OPENED, INTENT, APPROVED, APPROVED), paper(13, "asha", ENGINEER), paper(14, "juma")),
        ("entry 13 approves what had been sent before it", "entry 14 approves what had been sent before it"),
    ),
    "nothing was sent after it": (change((OPENED, APPROVED, APPROVED), ASHA, JUMA), ()),
    "another trust document": (
        change(ONCE, ASHA, paper(13, "juma", trust=OTHER_TRUST)),
        (
            "entry 13 counted by another trust document than entry 12",
            "it was not approved: needs 1 more: reviewer",
        ),
    ),
    "another trust document, of the last of three": (
        change((*ONCE[:3], APPROVED, INTENT), ASHA, JUMA, paper(14, "neema", trust=OTHER_TRUST)),
        ("entry 14 counted by another trust document than entry 12",),
    ),
    "approved where nothing was opened": (
        change((APPROVED, APPROVED, INTENT), paper(11, "asha", ENGINEER), ASHA),
        ("it was not approved: needs 1 more: reviewer",),
    ),
    "sent where nothing was opened": (
        change((INTENT, APPROVED, APPROVED), ASHA, JUMA),
        ("entry 12 approves what had been sent before it", "entry 13 approves what had been sent before it"),
    ),
    "what counts from the continuation on": (
        change((OPENED, APPROVED, INTENT, CONTINUED, INTENT), ASHA, paper(14, "juma")),
        ("it was not approved: needs 1 more: reviewer",),
    ),
    "no trust document": (
        change(ONCE, paper(12, "asha", ENGINEER, trust="{}"), paper(13, "juma", trust="{}")),
        (f"the trust document {digest_of(b'{}')} does not read as one in its canonical form",),
    ),
    "a trust document in another form": (
        change(ONCE, paper(12, "asha", ENGINEER, trust=TRUST + " "), paper(13, "juma", trust=TRUST + " ")),
        (f"the trust document {digest_of((TRUST + ' ').encode())} does not read as one in its canonical form",),
    ),
    "no statement": (
        change(ONCE, ASHA, NO_STATEMENT),
        (
            "entry 13 names a statement that does not read as one",
            "it was not approved: needs 1 more: reviewer",
        ),
    ),
    "broken glass": (change(BROKEN_ONCE, GLASS), ()),
    "broken glass, said to be an approval": (
        change(ONCE, GLASS.model_copy(update={"event": str(APPROVED)})),
        ("entry 12 says approved, and its signature says otherwise",),
    ),
    "an approval, said to be broken glass": (
        change(ONCE, ASHA, JUMA.model_copy(update={"event": str(BROKEN)})),
        ("entry 13 says break-glass, and its signature says otherwise",),
    ),
    "continued by the same": (change((*ONCE[:4], CONTINUED, INTENT, CLOSED), ASHA, JUMA), ()),
    "continued by others, too few under the new document": (
        change(TWICE, ASHA, JUMA, paper(17, "neema", trust=OTHER_TRUST)),
        ("it was not approved: its author asha has not signed it",),
    ),
    "continued by others, enough under the new document": (
        change(TWICE, ASHA, JUMA, paper(17, "asha", ENGINEER, trust=OTHER_TRUST), paper(18, "juma", trust=OTHER_TRUST)),
        (),
    ),
    "continued, and one person signed anew under the same": (
        change(TWICE, ASHA, JUMA, paper(17, "juma", reason="again")),
        (),
    ),
    "a person's last counts, which is torn": (
        change(TWICE, ASHA, JUMA, paper(17, "juma", signature="torn")),
        (
            "it was not approved: needs 1 more: reviewer",
            "a signature does not count: juma: the signature is torn",
        ),
    ),
    "what comes later does not make up for it": (
        change(TWICE, ASHA, paper(17, "juma")),
        ("it was not approved: needs 1 more: reviewer",),
    ),
    "judged when it counted, while the key still did": (
        change(ONCE, paper(12, "asha", ENGINEER, trust=REVOKED), paper(13, "juma", trust=REVOKED), minute=39),
        (),
    ),
    "judged when it counted, when the key no longer did": (
        change(ONCE, paper(12, "asha", ENGINEER, trust=REVOKED), paper(13, "juma", trust=REVOKED), minute=40),
        (
            "it was not approved: its author asha has not signed it",
            "it was not approved: needs 1 more: reviewer",
            "a signature does not count: asha: is signed with a revoked key",
            "a signature does not count: juma: is signed with a revoked key",
        ),
    ),
    "a key that is revoked while papers are written": (
        change(ONCE, paper(12, "asha", ENGINEER, trust=BETWEEN), paper(13, "juma", trust=BETWEEN)),
        (
            "it was not approved: its author asha has not signed it",
            "it was not approved: needs 1 more: reviewer",
            "a signature does not count: asha: is signed with a revoked key",
            "a signature does not count: juma: is signed with a revoked key",
        ),
    ),
    "a key that is revoked before its review": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED, trust=BETWEEN)),
        ("the review of entry 15 does not count: juma is signed with a revoked key",),
    ),
    "reviewed by two": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED), paper(16, "neema", event=REVIEWED)),
        (),
    ),
    "a torn review": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED, signature=f"juma for {NAMESPACE}")),
        ("the review of entry 15 has no good signature",),
    ),
    "a review without a trust document": (
        change(BROKEN_ONCE, GLASS, paper(16, "juma", event=REVIEWED, trust="{}")),
        ("the review of entry 16 has no good signature",),
    ),
    "a review that is no statement": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED).model_copy(update={"statement": "{}"})),
        ("the review of entry 15 has no good signature",),
    ),
    "a review of something else": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED, plan=NO_DIGEST)),
        ("the review of entry 15 does not count: juma is about something else: it names another digest",),
    ),
    "a review when the key no longer counted": (
        change(BROKEN_ONCE, GLASS, paper(15, "juma", event=REVIEWED, trust=REVOKED), minute=41),
        ("the review of entry 15 does not count: juma is signed with a revoked key",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_signed_is_judged_in_these_words(name: str) -> None:
    found, says = CASES[name]
    assert tuple(problems(found)) == says


@pytest.mark.parametrize(("minute", "counts"), [(39, True), (41, False)])
def test_an_entry_that_is_left_out_counted_when_the_plan_was_opened(minute: int, counts: bool) -> None:
    """Of an approval and of a review, whose own moments are then not known."""
    signed = [paper(n, who, role, trust=REVOKED) for n, who, role in ((12, "asha", ENGINEER), (13, "juma", REVIEWER))]
    review = paper(15, "neema", event=REVIEWED, trust=REVOKED)
    whole = change((*ONCE[:4], REVIEWED), *signed, review, minute=minute)
    left = whole.model_copy(update={"entries": tuple(one for one in whole.entries if one.number not in (13, 15))})
    told = tuple(problems(left))
    assert (told == ()) is counts
    assert ("the review of entry 15 does not count: neema is signed with a revoked key" in told) is not counts


@pytest.mark.parametrize(
    ("reviewers", "missing"),
    [
        ((), 2),
        (("juma",), 1),
        (("juma", "juma"), 1),
        (("juma", "rehema"), 1),
        (("juma", "asha"), 1),
        (("juma", "neema"), 0),
        (("juma", "neema", "third"), 0),
    ],
)
def test_two_others_must_review_what_was_done_by_break_glass(reviewers: tuple[str, ...], missing: int) -> None:
    """Neither the author, asha, nor who broke the glass; each person once."""
    reviews = [paper(20 + number, name, event=REVIEWED) for number, name in enumerate(reviewers)]
    assert reviews_missing(change(BROKEN_ONCE, GLASS, *reviews)) == missing
    assert reviews_missing(change(ONCE, ASHA, JUMA, *reviews)) == 0


PUBLIC = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
SHA256 = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
"""As `ssh-keygen -l` says of that key."""


def packed(*fields: bytes) -> bytes:
    return b"".join(len(one).to_bytes(4, "big") + one for one in fields)


def test_a_key_is_named_as_ssh_keygen_names_it() -> None:
    signature = armoured(MAGIC + packed(b64decode(PUBLIC), b"ns", b"", b"sha512", b"signature")).decode()
    assert fingerprint(signature) == SHA256
    assert fingerprint("none") == "–"
