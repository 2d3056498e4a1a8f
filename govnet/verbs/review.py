"""review: sign that one has looked at what was done by break-glass; the journal keeps it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from change.approval import Paper, Unfit, counted_of, papers_of, plan_subject, why_not
from change.attest import attest
from change.break_glass import REVIEWS, break_glass_of
from change.clock import moment
from change.journal import Event
from change.model import Digest
from change.papers import note
from change.plan import digest, unseal
from change.store import Store
from govnet.desk import Desk
from govnet.report.unfinished_text import break_glass_lines
from govnet.screen import put_lines
from govnet.status import Ended, Status
from govnet.verbs.approve import Signer, everyday_roles, named_role, person_of, signed
from govnet.verbs.journal import book_of
from inventory.trust import REVIEW_NAMESPACE, Statement
from inventory.trust_pin import pinned

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def review(desk: Desk, plan: str, signer: Signer) -> None:
    """Status 3, and nothing is kept, where it would not count."""
    journal, trust = book_of(desk, Store), pinned(desk.trust)
    of = digest_named(plan)
    broken = break_glass_of(journal, of)
    if broken is None:
        raise Ended(Status.REFUSED, f"Refused: {of} was not applied by break-glass: there is nothing to review")
    person = person_of(trust, signer.person)
    subject = plan_subject(journal.plan(of))
    if person.name in (broken.person, subject.author, *broken.reviewed):
        said = {broken.person: "broke the glass", subject.author: "is its author"}
        raise Ended(Status.REFUSED, f"Refused: {person.name} {said.get(person.name, 'has reviewed it already')}")
    if not signer.reason.strip():
        raise Ended(Status.BAD_INPUT, "a review needs a --reason: what you looked at, and what you found")
    statement = Statement(
        plan=of,
        rehearsal=None,
        trust=trust.digest,
        person=person.name,
        role=named_role(signer.role) if signer.role else everyday_roles(person)[0],
        at=moment(datetime.now(UTC)),
        reason=signer.reason.strip(),
        targets=subject.targets,
    )
    paper = Paper(person.name, statement.payload, signed(statement, person, signer.key, REVIEW_NAMESPACE))
    one = attest(paper, trust, REVIEW_NAMESPACE)
    problem = one.problem if isinstance(one, Unfit) else why_not(one, subject, trust, datetime.now(UTC))
    if isinstance(one, Unfit) or problem:
        raise Ended(Status.REFUSED, f"Refused: this would not count: {person.name}: {problem}")
    journal.keep(papers_of(trust, [one]))
    journal.append(note(of, Event.REVIEWED, counted_of(one), trust.digest))
    found = break_glass_of(journal, of) or broken
    if found.open:
        put_lines(desk.console, break_glass_lines(found))
    else:
        desk.say(f"{of}: reviewed by {REVIEWS} others, and closed.")
    desk.document({"plan": of, "open": found.open, "reviewed": list(found.reviewed)})


def digest_named(plan: str) -> Digest:
    """A plan's digest, said or of its file. Raises PlanRefused, OSError."""
    return plan if DIGEST.fullmatch(plan) else digest(unseal(Path(plan).read_bytes()))
