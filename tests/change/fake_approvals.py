"""A plan whose signatures are only pretended: for tests of everything that comes after them."""

from __future__ import annotations

from datetime import datetime

from change.approval import Approved, Counted
from change.canonical import digest_of
from change.model import Plan
from inventory.trust import TrustRole

PAPERS = {digest_of(content): content for content in (b"a statement", b"a signature", b"a trust document")}
STATEMENT, SIGNATURE, TRUST = PAPERS


def fake_approvals(plan: Plan, now: datetime) -> Approved:
    """Whatever it is, juma has signed it."""
    juma = Counted(
        person="juma",
        role=TrustRole.REVIEWER,
        at=plan.created,
        reason="a test",
        key="ssh-ed25519 AAAA",
        statement=STATEMENT,
        signature=SIGNATURE,
    )
    return Approved(
        problems=(), missing={}, counted=(juma,), set_aside=(), break_glass=None, trust=TRUST, papers=PAPERS
    )
