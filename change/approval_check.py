"""Whether what was signed for a change was enough, from its evidence alone: every signature is checked again.

By the trust document that stands beside each signature, at the moment at which the journal says that it counted. That
it is the one that was pinned then, the reader knows from elsewhere, by its digest. Needs ssh-keygen, and nothing else.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256

from pydantic import ValidationError

from change.approval import Paper, Signed, judge, plan_subject
from change.attest import attest
from change.canonical import digest_of
from change.clock import from_moment
from change.evidence import Evidence
from change.journal import Event
from change.papers import SignedPaper
from change.sshsig import BadSignature, envelope
from inventory.trust import NAMESPACE, REVIEW_NAMESPACE, Statement, Trust, canonical

REVIEWERS = 2
"""So many others review what was done by break-glass."""


def problems(change: Evidence) -> Iterator[str]:
    """Each in one sentence; none where every signature is good and they were enough for all that was sent."""
    signed = [paper for paper in change.papers if paper.event != Event.REVIEWED]
    if not signed and any(entry.event == Event.INTENT for entry in change.entries):
        yield "something was sent, and the journal has no signature for it"
    for text in dict.fromkeys(paper.trust for paper in signed):
        yield from judged(change, text, [paper for paper in signed if paper.trust == text])
    for paper in change.papers:
        if paper.event == Event.REVIEWED:
            yield from review_problems(paper)


def judged(change: Evidence, text: str, papers: Sequence[SignedPaper]) -> Iterator[str]:
    """By one trust document, at the moment at which the last of these counted."""
    moments = {entry.number: entry.at for entry in change.entries}
    trust = read_trust(text)
    if trust is None:
        yield f"the trust document {digest_of(text.encode())} does not read as one in its canonical form"
        return
    named = [(paper, signer_of(paper)) for paper in papers]
    yield from (f"entry {paper.entry} names a statement that does not read as one" for paper, name in named if not name)
    handed_in = [attest(as_paper(paper, name), trust, NAMESPACE) for paper, name in named if name]
    at = max(moments.get(paper.entry, change.opened) for paper in papers)
    found = judge(plan_subject(change.plan), trust, handed_in, from_moment(at))
    yield from (f"it was not approved: {problem}" for problem in found.problems)
    yield from (f"a signature does not count: {problem}" for problem in found.set_aside)
    broke = found.break_glass.statement if found.break_glass else None
    for paper in papers:
        if (digest_of(paper.statement.encode()) == broke) != (paper.event == Event.BREAK_GLASS):
            yield f"entry {paper.entry} says {paper.event}, and its signature says otherwise"


def review_problems(paper: SignedPaper) -> Iterator[str]:
    trust, name = read_trust(paper.trust), signer_of(paper)
    if trust is None or not isinstance(attest(as_paper(paper, name), trust, REVIEW_NAMESPACE), Signed):
        yield f"the review of entry {paper.entry} has no good signature"


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
    reviewed = {signer_of(paper) for paper in change.papers if paper.event == Event.REVIEWED} - broke
    return max(0, REVIEWERS - len(reviewed))


def fingerprint(signature: str) -> str:
    """Of the key that a signature says it is by, as `ssh-keygen -l` gives it; a dash where it says none."""
    try:
        _, _, blob = envelope(signature.encode()).public.partition(" ")
    except BadSignature:
        return "–"
    return f"SHA256:{b64encode(sha256(b64decode(blob)).digest()).decode().rstrip('=')}"
