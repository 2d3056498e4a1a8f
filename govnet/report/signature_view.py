"""Who signed a change, as its report names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from change.approval_check import fingerprint, read_trust, signer_of
from change.canonical import digest_of
from change.evidence import Evidence
from govnet.report.phrases import EVENTS, TRUST_ROLES
from inventory.trust import Statement


@dataclass(frozen=True)
class SignatureRow:
    person: str
    title: str
    """As the trust document has it; empty where it does not read as one."""
    role: str
    what: str
    """What became of it: approved, break-glass or reviewed."""
    at: datetime
    reason: str
    key: str
    trust: str
    """Digest of the trust document by which it counted."""


def signature_rows(change: Evidence) -> Iterator[SignatureRow]:
    """Of those whose statement reads as one; `govnet evidence verify` tells of any other."""
    for paper in change.papers:
        if not signer_of(paper):
            continue
        statement = Statement.model_validate_json(paper.statement)
        trust = read_trust(paper.trust)
        person = trust.person(statement.person) if trust else None
        yield SignatureRow(
            person=statement.person,
            title=person.title if person else "",
            role=TRUST_ROLES[statement.role],
            what=EVENTS[paper.event],
            at=datetime.fromisoformat(statement.at),
            reason=statement.reason,
            key=fingerprint(paper.signature),
            trust=digest_of(paper.trust.encode()),
        )
