"""approve: sign the statement of a plan, or of a new trust document, and say what is still needed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from change.approval import Approved, Paper, Subject, judge, plan_subject, trust_subject
from change.attest import attest
from change.clock import moment
from change.plan import unseal
from change.ssh_keygen import AGENT, KeygenFailed, sign
from govnet.approvals import HandedIn, checked, hand_in, handed_in
from govnet.desk import Desk
from govnet.report.lines import counted
from govnet.status import Ended, Status
from inventory.trust import NAMESPACE, Person, Statement, Trust, TrustRole
from inventory.trust import moment as moment_of
from inventory.trust_file import load_trust
from inventory.trust_pin import pinned

REASON = "read and agreed"
"""Of who gives no words of their own."""


@dataclass(frozen=True)
class Signer:
    """Who signs, and what they say; empty or None where they said nothing."""

    person: str
    role: str = ""
    key: Path | None = None
    reason: str = ""
    rehearsal: Path | None = None
    break_glass: bool = False


def approve(desk: Desk, files: Iterable[Path], signer: Signer) -> None:
    """One after the other, until one cannot be signed."""
    trust = pinned(desk.trust)
    desk.document({"approvals": [approve_one(desk, trust, file, signer) for file in files]})


def approve_one(desk: Desk, trust: Trust, file: Path, signer: Signer) -> dict[str, object]:
    """Status 3, and nothing is kept, where the signature would not count."""
    subject = subject_of(file)
    person = person_of(trust, signer.person)
    before = judge(subject, trust, checked(others(file, person.name), trust), datetime.now(UTC))
    statement = Statement(
        plan=subject.digest,
        rehearsal=None if signer.rehearsal is None else f"sha256:{sha256(signer.rehearsal.read_bytes()).hexdigest()}",
        trust=trust.digest,
        person=person.name,
        role=role_of(person, signer, before),
        at=moment(datetime.now(UTC)),
        reason=reason_of(signer),
        targets=subject.targets,
    )
    signature = signed(statement, person, signer.key, NAMESPACE)
    own = attest(Paper(person.name, statement.payload, signature), trust, NAMESPACE)
    after = judge(subject, trust, (*checked(others(file, person.name), trust), own), datetime.now(UTC))
    if person.name not in {one.person for one in after.counted}:
        raise Ended(Status.REFUSED, f"Refused: this would not count: {after.set_aside[-1]}")
    folder = hand_in(file, statement, signature)
    say(desk, statement, subject, after, folder)
    return {
        "digest": subject.digest,
        "statement": statement.model_dump(mode="json"),
        "file": str(folder / f"{statement.person}.json"),
        "approved": not after.problems,
        "break_glass": after.break_glass is not None,
        "missing": {str(role): number for role, number in after.missing.items()},
        "problems": list(after.problems),
        "set_aside": list(after.set_aside),
    }


def subject_of(file: Path) -> Subject:
    """Of a sealed plan, or of a trust document. Raises PlanRefused, BadInventory."""
    content = file.read_bytes()
    if file.suffix in (".yaml", ".yml"):
        return trust_subject(load_trust(file))
    plan = unseal(content)
    if not plan.steps:
        raise Ended(Status.BAD_INPUT, f"{file}: the plan has no steps: there is nothing to approve")
    return plan_subject(plan)


def person_of(trust: Trust, name: str) -> Person:
    person = trust.person(name)
    if person is None:
        known = ", ".join(one.name for one in trust.people)
        raise Ended(Status.BAD_INPUT, f"--as {name}: the trust document has no such person; it has {known}")
    return person


def others(file: Path, person: str) -> HandedIn:
    """What was handed in before, but by this person: their new statement replaces their old one."""
    return tuple(one for one in handed_in(file) if one.name != person)


def role_of(person: Person, signer: Signer, before: Approved) -> TrustRole:
    """The one that was named; else the first of theirs that is still needed; else the first of theirs."""
    if signer.break_glass:
        return TrustRole.BREAK_GLASS
    if signer.role:
        return named_role(signer.role)
    everyday = everyday_roles(person)
    return next((role for role in everyday if role in before.missing), everyday[0])


def everyday_roles(person: Person) -> list[TrustRole]:
    """All that they hold but break-glass, in the document's order: one at least."""
    roles: list[TrustRole] = [role for role in person.roles if role is not TrustRole.BREAK_GLASS]
    if not roles:
        raise Ended(Status.BAD_INPUT, f"{person.name} holds no role but break-glass: say --break-glass, and why")
    return roles


def named_role(name: str) -> TrustRole:
    everyday = [role.value for role in TrustRole if role is not TrustRole.BREAK_GLASS]
    if name not in everyday:
        raise Ended(Status.BAD_INPUT, f"--role {name}: write one of {', '.join(everyday)}; or say --break-glass")
    return TrustRole(name)


def reason_of(signer: Signer) -> str:
    if signer.break_glass and not signer.reason.strip():
        raise Ended(Status.BAD_INPUT, "--break-glass needs a --reason: it is what others will review")
    return signer.reason.strip() or REASON


def signed(statement: Statement, person: Person, key: Path | None, namespace: str) -> bytes:
    """By the key in a file, or by the agent's half of one of theirs. Raises KeygenFailed."""
    may_ask = sys.stdin.isatty()
    if key is not None:
        return sign(statement.payload, key, namespace, may_ask)
    if AGENT not in os.environ:
        raise Ended(Status.BAD_INPUT, "no SSH agent is at hand: name a key with --key FILE")
    said: list[str] = []
    for public in public_keys(person, statement):
        try:
            with written(public) as path:
                return sign(statement.payload, path, namespace, may_ask)
        except KeygenFailed as problem:
            said.append(str(problem))
    raise KeygenFailed(said[0] if said else f"{person.name} has no key that is valid now")


def public_keys(person: Person, statement: Statement) -> Iterator[str]:
    at = moment_of(statement.at)
    return (key.public for key in person.keys if key.counts(at, at))


@contextmanager
def written(public: str) -> Iterator[Path]:
    """A public key as a file, which is how ssh-keygen is told to ask the agent."""
    with tempfile.TemporaryDirectory(prefix="govnet-") as folder:
        path = Path(folder, "key.pub")
        path.write_text(f"{public}\n")
        yield path


def say(desk: Desk, statement: Statement, subject: Subject, after: Approved, folder: Path) -> None:
    desk.say(f"{subject.digest}")
    what = "breaks the glass" if statement.role is TrustRole.BREAK_GLASS else f"signed as {statement.role}"
    own = " (its author: counts for no role)" if statement.person == subject.author else ""
    desk.say(f"{statement.person} {what}{own}, for {counted(len(subject.targets), 'target')}: {statement.reason}")
    for line in (*after.set_aside, *after.problems):
        desk.say(f"  {line}")
    if not after.problems:
        desk.say("  approved by break-glass: two others must review it" if after.break_glass else "  approved")
    desk.say(f"Kept in {folder}")
