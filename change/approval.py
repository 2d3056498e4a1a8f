"""Whether a change is approved by today's trust document: whose statements count, whose do not, what is missing.

Pure: that a signature is good, and by which key, was found before (change.attest); time is handed in. ADR 0007.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from change.canonical import digest_of
from change.clock import from_moment
from change.model import Digest, Plan, Record
from change.plan import digest
from inventory.trust import TRUST_TARGETS, Statement, Trust, TrustRole, canonical

TRUST_PLANE = "trust"


@dataclass(frozen=True)
class Paper:
    """What was handed in under a person's name; nothing of it is believed yet."""

    name: str
    """The person's, as the file is called."""
    statement: bytes
    signature: bytes


@dataclass(frozen=True)
class Signed:
    """A paper whose signature is good."""

    paper: Paper
    statement: Statement
    key: str
    """The public key that made it, `KIND BASE64`: one of the person's in the trust document."""

    @property
    def name(self) -> str:
        return self.paper.name


@dataclass(frozen=True)
class Unfit:
    """What was handed in and counts for nothing, whatever it says."""

    name: str
    problem: str


@dataclass(frozen=True)
class Demand:
    """What one step asks of the policy."""

    plane: str
    risk: str
    site: str


@dataclass(frozen=True)
class Subject:
    """What is to be approved."""

    digest: Digest
    author: str | None
    created: datetime | None
    """None where nothing says so."""
    targets: tuple[str, ...]
    """Sorted, each once."""
    demands: frozenset[Demand]


class Counted(Record):
    """A statement that counts."""

    person: str
    role: TrustRole
    at: str
    reason: str
    key: str
    statement: Digest
    """SHA-256 of the statement's bytes."""
    signature: Digest
    """SHA-256 of the signature's file."""


@dataclass(frozen=True)
class Approved:
    """The judgement. It may be done where there are no problems."""

    problems: tuple[str, ...]
    missing: Mapping[TrustRole, int]
    """How many signatures in which role the policy still asks for."""
    counted: tuple[Counted, ...]
    """The author's own too, which counts for no role."""
    set_aside: tuple[str, ...]
    """Statements that do not count, each with its reason."""
    break_glass: Counted | None
    """The one statement that stands in place of the policy; None where the policy is met."""
    trust: Digest
    papers: Mapping[Digest, bytes]
    """By digest, what this judgement follows from: the trust document, each counted statement and its signature."""


def unapproved(approved: Approved) -> tuple[str, ...]:
    """Why it may not be done, and then what was handed in and does not count; empty where it is approved."""
    return (*approved.problems, *approved.set_aside) if approved.problems else ()


Approvals = Callable[[Plan, datetime], Approved]
"""Judges a plan anew, by the trust document that is pinned at that moment."""


def plan_subject(plan: Plan) -> Subject:
    return Subject(
        digest=digest(plan),
        author=plan.author,
        created=from_moment(plan.created),
        targets=tuple(sorted({step.target for step in plan.steps})),
        demands=frozenset(Demand(step.plane, step.risk.level, step.site) for step in plan.steps),
    )


def trust_subject(new: Trust) -> Subject:
    """A change of the trust document is of high risk always, and of no site."""
    demands = frozenset({Demand(TRUST_PLANE, "high", "")})
    return Subject(new.digest, new.charter.author, None, TRUST_TARGETS, demands)


def read_statement(content: bytes) -> Statement:
    """The statement of these bytes. Raises ValueError, with the reason, unless they are its canonical form."""
    try:
        statement = Statement.model_validate_json(content)
    except ValidationError as problem:
        raise ValueError("is no statement" if is_json(content) else "is cut short, or no statement") from problem
    if statement.payload != content:
        raise ValueError("is not in the canonical form that is signed")
    return statement


def is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def judge(subject: Subject, trust: Trust, handed_in: Iterable[Signed | Unfit], now: datetime) -> Approved:
    """Whose statements count for this subject, now, and whether they are enough."""
    counting: dict[str, Signed] = {}
    set_aside: list[str] = []
    for one in handed_in:
        problem = one.problem if isinstance(one, Unfit) else why_not(one, subject, trust, now)
        if isinstance(one, Signed) and not problem:
            if one.statement.person not in counting:
                counting[one.statement.person] = one
                continue
            problem = "has signed twice, and counts once"
        set_aside.append(f"{one.name}: {problem}")
    roles = {name: one.statement.role for name, one in counting.items()}
    missing = lacking(subject, trust, [role for name, role in roles.items() if name != subject.author])
    problems = (*author_problems(subject, trust, roles), *missing_problems(missing))
    counted = {name: counted_of(one) for name, one in counting.items()}
    broke = next((one for one in counted.values() if one.role is TrustRole.BREAK_GLASS), None)
    return Approved(
        problems=() if broke else problems,
        missing=missing,
        counted=tuple(counted.values()),
        set_aside=tuple(set_aside),
        break_glass=broke if problems else None,
        trust=trust.digest,
        papers=papers_of(trust, counting.values()),
    )


def why_not(one: Signed, subject: Subject, trust: Trust, now: datetime) -> str:
    """Why a signed statement does not count; empty where it does."""
    statement, person = one.statement, trust.person(one.statement.person)
    if person is None or statement.person != one.name:
        return f"is a statement by {statement.person}, who is another, or no person of the trust document"
    key = next((key for key in person.keys if key.public == one.key), None)
    if key is None:
        return "is signed with a key that is not theirs"
    at = from_moment(statement.at)
    if at > now:
        return f"was made at {statement.at}, which is still to come: a clock is wrong"
    if not key.counts(at, now):
        revoked = key.revoked is not None and now >= from_moment(key.revoked)
        return (
            "is signed with a revoked key" if revoked else f"is signed with a key that was not valid at {statement.at}"
        )
    if statement.plan != subject.digest:
        return "is about something else: it names another digest"
    if subject.created is not None and at < subject.created:
        return f"was made at {statement.at}, before what it approves was made"
    if statement.role not in person.roles:
        return f"is made in the role {statement.role}, which they do not hold"
    if statement.role is TrustRole.BREAK_GLASS:
        return break_glass_problem(statement, subject)
    return "" if statement.targets == subject.targets else "does not name exactly the targets of the plan"


def break_glass_problem(statement: Statement, subject: Subject) -> str:
    if any(demand.plane == TRUST_PLANE for demand in subject.demands):
        return "breaks the glass, which changes no trust document"
    outside = sorted(set(subject.targets) - set(statement.targets))
    return f"breaks the glass, and not for {', '.join(outside)}" if outside else ""


def lacking(subject: Subject, trust: Trust, roles: Sequence[TrustRole]) -> dict[TrustRole, int]:
    """The most that any step still asks for, by role."""
    stand = Counter(roles)
    asked = [trust.needs(demand.plane, demand.risk, demand.site) for demand in subject.demands]
    most = {role: max((needs.get(role, 0) for needs in asked), default=0) for role in TrustRole}
    return {role: number - stand[role] for role, number in most.items() if number > stand[role]}


def author_problems(subject: Subject, trust: Trust, roles: Mapping[str, TrustRole]) -> tuple[str, ...]:
    """An author is only claimed. So whom it names must say so too, or somebody could name another and approve alone."""
    author = subject.author
    if author is None:
        return ("it names no author",)
    if trust.person(author) is None:
        return (f"its author `{author}` is no person of the trust document: `govnet plan --as PERSON` names one",)
    if author not in roles:
        return (f"its author {author} has not signed it",)
    return ()


def missing_problems(missing: Mapping[TrustRole, int]) -> tuple[str, ...]:
    return tuple(f"needs {number} more: {role}" for role, number in missing.items())


def counted_of(one: Signed) -> Counted:
    return Counted(
        person=one.statement.person,
        role=one.statement.role,
        at=one.statement.at,
        reason=one.statement.reason,
        key=one.key,
        statement=digest_of(one.paper.statement),
        signature=digest_of(one.paper.signature),
    )


def papers_of(trust: Trust, counting: Iterable[Signed]) -> dict[Digest, bytes]:
    papers = [one.paper for one in counting]
    contents = (canonical(trust), *(paper.statement for paper in papers), *(paper.signature for paper in papers))
    return {digest_of(content): content for content in contents}
