"""Whether what was signed for a change was enough, from its evidence alone: every signature is checked again.

By the trust document that stands beside each signature, at the moment at which the journal says that it counted. That
it is the one that was pinned then, the reader knows from elsewhere, by its digest. Needs ssh-keygen, and nothing else.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise

from pydantic import ValidationError

from change.approval import Paper, Signed, judge, plan_subject, why_not
from change.attest import attest
from change.break_glass import REVIEWS
from change.canonical import digest_of
from change.clock import from_moment
from change.evidence import Evidence
from change.journal import Event
from change.papers import SignedPaper
from change.sshsig import BadSignature, envelope
from inventory.trust import NAMESPACE, REVIEW_NAMESPACE, Statement, Trust, canonical


def problems(change: Evidence) -> Iterator[str]:
    """Each in one sentence; none where every signature is good and they were enough for all that was sent."""
    signed = [paper for paper in change.papers if paper.event != Event.REVIEWED]
    sent = [entry.number for entry in change.entries if entry.event == Event.INTENT]
    if sent and not signed:
        yield "something was sent, and the journal has no signature for it"
    for begins, ends in occasions(change):
        new = [paper for paper in signed if begins <= paper.entry < ends]
        first = next((number for number in sent if begins <= number), ends)
        yield from (
            f"entry {paper.entry} approves what had been sent before it" for paper in new if paper.entry > first
        )
        if new:
            yield from judged(change, new, [paper for paper in signed if paper.entry < ends])
    for paper in change.papers:
        if paper.event == Event.REVIEWED:
            yield from review_problems(change, paper)


def occasions(change: Evidence) -> Iterator[tuple[int, int]]:
    """Each time that somebody began or went on with it: the number of its first entry, and of the next one's."""
    begun = (Event.PLAN_OPENED, Event.PLAN_CONTINUED)
    starts = sorted({change.first, *(entry.number for entry in change.entries if entry.event in begun)})
    return pairwise([*starts, change.last + 1])


def judged(change: Evidence, new: Sequence[SignedPaper], known: Sequence[SignedPaper]) -> Iterator[str]:
    """Whether what counted at one beginning was enough: what is new of it, and what is known under the same document.

    Of a person the last statement counts.
    """
    text, *others = dict.fromkeys(paper.trust for paper in new)
    if others:
        yield f"entry {new[-1].entry} counted by another trust document than entry {new[0].entry}"
    trust = read_trust(text)
    if trust is None:
        yield f"the trust document {digest_of(text.encode())} does not read as one in its canonical form"
        return
    yield from (
        f"entry {paper.entry} names a statement that does not read as one" for paper in new if not signer_of(paper)
    )
    last = {name: paper for paper in known if paper.trust == text and (name := signer_of(paper))}
    handed_in = [attest(as_paper(paper, name), trust, NAMESPACE) for name, paper in last.items()]
    moments = {entry.number: entry.at for entry in change.entries}
    found = judge(
        plan_subject(change.plan), trust, handed_in, from_moment(moments.get(new[-1].entry, change.entries[0].at))
    )
    yield from (f"it was not approved: {problem}" for problem in found.problems)
    yield from (f"a signature does not count: {problem}" for problem in found.set_aside)
    broke = found.break_glass.statement if found.break_glass else None
    for paper in new:
        if (digest_of(paper.statement.encode()) == broke) != (paper.event == Event.BREAK_GLASS):
            yield f"entry {paper.entry} says {paper.event}, and its signature says otherwise"


def review_problems(change: Evidence, paper: SignedPaper) -> Iterator[str]:
    """A review counts as an approval does: by a person of the document, in their time, of this plan and no other."""
    trust = read_trust(paper.trust)
    one = attest(as_paper(paper, signer_of(paper)), trust, REVIEW_NAMESPACE) if trust else None
    if trust is None or not isinstance(one, Signed):
        yield f"the review of entry {paper.entry} has no good signature"
        return
    at = next((entry.at for entry in change.entries if entry.number == paper.entry), change.entries[0].at)
    if why := why_not(one, plan_subject(change.plan), trust, from_moment(at)):
        yield f"the review of entry {paper.entry} does not count: {one.name} {why}"


def read_trust(text: str) -> Trust | None:
    """None where it is not a trust document in the form whose digest is pinned."""
    try:
        trust = Trust.model_validate_json(text)
    except ValidationError:
        return None
    return trust if canonical(trust) == text.encode() else None


def signer_of(paper: SignedPaper) -> str:
    """Empty where the statement does not read as one."""
    try:
        return Statement.model_validate_json(paper.statement).person
    except ValidationError:
        return ""


def as_paper(paper: SignedPaper, name: str) -> Paper:
    return Paper(name, paper.statement.encode(), paper.signature.encode())


def reviews_missing(change: Evidence) -> int:
    """How many more people must review what was done by break-glass; none where no glass was broken."""
    broke = {signer_of(paper) for paper in change.papers if paper.event == Event.BREAK_GLASS}
    if not broke:
        return 0
    reviewed = {signer_of(paper) for paper in change.papers if paper.event == Event.REVIEWED}
    return max(0, REVIEWS - len(reviewed - broke - {change.plan.author}))


def fingerprint(signature: str) -> str:
    """Of the key that a signature says it is by, as `ssh-keygen -l` gives it; a dash where it says none."""
    try:
        _, blob = envelope(signature.encode()).public.split()
    except BadSignature:
        return "–"
    return f"SHA256:{b64encode(sha256(b64decode(blob)).digest()).decode().removesuffix('=')}"
