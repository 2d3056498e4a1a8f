"""Signatures for tests: a state folder whose trust document names the demonstration's people, and plans they signed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from change.approval import Subject, plan_subject
from change.clock import moment
from change.plan import unseal
from change.ssh_keygen import sign
from govnet.approvals import hand_in
from inventory.trust import NAMESPACE, Statement, TrustRole
from inventory.trust_file import load_trust
from inventory.trust_pin import pin_first, pinned
from lab.people import AUTHOR, REVIEWERS, enrol, key_of

ALL = (AUTHOR, *REVIEWERS)


def people_of(state: Path) -> Path:
    return state / "people"


def pin(state: Path) -> None:
    """Make the people, and pin their trust document."""
    pin_first(state / "trust", load_trust(enrol(people_of(state))), lambda: None)


def approve(state: Path, file: Path, *people: str) -> None:
    """Hand in what each of these signs of a plan: by default the author and as many as any risk needs."""
    subject = plan_subject(unseal(file.read_bytes()))
    for person in people or ALL:
        made = statement(state, subject, person)
        hand_in(file, made, sign(made.payload, key_of(people_of(state), person), NAMESPACE, may_ask=False))


def statement(state: Path, subject: Subject, person: str) -> Statement:
    trust = pinned(state / "trust")
    holder = trust.person(person)
    return Statement(
        plan=subject.digest,
        rehearsal=None,
        trust=trust.digest,
        person=person,
        role=holder.roles[0] if holder else TrustRole.ENGINEER,
        at=moment(datetime.now(UTC)),
        reason="a test",
        targets=subject.targets,
    )


def pin_and_approve(state: Path, file: Path) -> None:
    pin(state)
    approve(state, file)
