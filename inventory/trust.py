"""Who may sign, with which keys, and how many signatures a change needs; and the statement that they sign.

The format is settled in docs/adr/0002-trust-document-and-signed-statement.md. One document, apart from a world's other
files: `trust.yaml`, with the sections `people`, `policy` and (one record) `trust`. Nothing here makes or checks a
signature, and nothing here knows a plan: digests are text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import rfc8785
from pydantic import Field, ValidationError, field_validator

from inventory.model import Name, Record
from inventory.problem import BadInventory, Problem
from inventory.shape import misfits
from inventory.source import line_of, read, sections

NAMESPACE = "govnet-statement-v1@govnet"
"""What `ssh-keygen -Y sign -n` binds a signature to, so that one made for mail or for git is not an approval."""
KEY_KINDS = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com")

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""UTC, ISO 8601, whole seconds."""
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class TrustRole(StrEnum):
    """What a signature is worth. One person may hold several; a statement is signed in one."""

    ENGINEER = "engineer"
    REVIEWER = "reviewer"
    SECURITY = "security"
    MANAGER = "manager"


class Key(Record):
    """One OpenSSH public key and the time in which it counts: [valid_from, valid_until), unless revoked."""

    public: str
    """`ssh-ed25519 BASE64`, or the hardware kind sk-ssh-ed25519@openssh.com; no comment."""
    valid_from: Moment
    valid_until: Moment
    revoked: Moment | None = None
    """From this moment no signature by the key counts, one that was made earlier included."""

    def counts(self, signed: datetime, now: datetime) -> bool:
        """A statement signed at `signed` counts `now`. Both are aware."""
        if self.revoked is not None and now >= moment(self.revoked):
            return False
        return moment(self.valid_from) <= signed < moment(self.valid_until) and signed <= now


class Person(Record):
    name: Name
    title: str = Field(min_length=1)
    roles: tuple[TrustRole, ...] = Field(min_length=1)
    keys: tuple[Key, ...] = Field(min_length=1)


class Need(Record):
    """So many signatures of different people in this role; the author of a plan never counts."""

    role: TrustRole
    signatures: int = Field(ge=1, le=9)


class Policy(Record):
    """Applies where every condition that stands holds for a step; every policy that applies must be met."""

    name: Name
    plane: Literal["network", "deploys", "stacks", "trust"] | None = None
    risk: Literal["low", "medium", "high"] | None = None
    """The step's level is at least this."""
    site: Name | None = None
    needs: tuple[Need, ...] = Field(min_length=1)


class Charter(Record):
    """What holds for the whole document."""

    version: Literal[1]
    serial: int = Field(ge=1)
    """Rises by one with every change, so that an old document is not taken for today's."""


class Trust(Record):
    charter: Charter
    people: tuple[Person, ...]
    policy: tuple[Policy, ...]

    @property
    def digest(self) -> str:
        """`sha256:` of the canonical JSON: what is pinned, and what the signatures under a change of trust cover."""
        return _digest(canonical(self))

    def needs(self, plane: str, risk: str, site: str) -> Mapping[TrustRole, int]:
        """Role to the number of signatures, for one step: the most that any policy that applies asks."""
        found: dict[TrustRole, int] = {}
        for policy in self.policy:
            applies = (
                policy.plane in (None, plane)
                and policy.site in (None, site)
                and (policy.risk is None or _LEVELS.index(risk) >= _LEVELS.index(policy.risk))
            )
            for need in policy.needs if applies else ():
                found[need.role] = max(found.get(need.role, 0), need.signatures)
        return found


class Statement(Record):
    """What a person signs, as these canonical bytes. It covers everything that the signature is taken to mean."""

    version: Literal[1] = 1
    plan: Digest
    rehearsal: Digest | None
    """Of the rehearsal's evidence; null where the plan was not rehearsed, which the signer thereby says."""
    trust: Digest
    """Of the trust document that the signer saw."""
    person: Name
    role: TrustRole
    at: Moment
    reason: str = Field(min_length=1)
    targets: tuple[str, ...] = Field(min_length=1)
    """Every target of the plan, sorted, each once: what the signer was shown."""

    @field_validator("targets")
    @classmethod
    def _sorted_once(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        if list(targets) != sorted(set(targets)):
            raise ValueError("targets stand sorted, each once")
        return targets

    @property
    def payload(self) -> bytes:
        """RFC 8785 bytes: the input of `ssh-keygen -Y sign -n NAMESPACE`."""
        return canonical(self)

    @property
    def digest(self) -> str:
        return _digest(self.payload)


_LEVELS = ("low", "medium", "high")
_SECTIONS: Mapping[str, type[Record]] = {"trust": Charter, "people": Person, "policy": Policy}


def canonical(record: Record) -> bytes:
    """RFC 8785 bytes of a record: keys sorted by UTF-16, no white space, nulls kept."""
    return rfc8785.dumps(record.model_dump(mode="json"))


def moment(text: str) -> datetime:
    """The aware datetime of a Moment."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def load_trust(path: Path) -> Trust:
    """The trust document at `path`. Raises BadInventory with every problem."""
    document = read(path)
    problems = list(document.problems)
    records: dict[str, list[Record]] = {name: [] for name in _SECTIONS}
    lines: dict[str, list[int]] = {name: [] for name in _SECTIONS}
    for name, items, node in sections(document, tuple(_SECTIONS), problems):
        for item, below in zip(items, node.value, strict=True):
            try:
                records[name].append(_SECTIONS[name].model_validate(item))
                lines[name].append(line_of(below, ()))
            except ValidationError as error:
                problems += [misfit.problem(path, below) for misfit in misfits(error, _SECTIONS[name], item)]
    people = tuple(record for record in records["people"] if isinstance(record, Person))
    policy = tuple(record for record in records["policy"] if isinstance(record, Policy))
    charters = [record for record in records["trust"] if isinstance(record, Charter)]
    if len(charters) != 1 and not problems:
        problems.append(Problem(str(path), 0, f"has {len(charters)} records in `trust`", "write one: version, serial"))
    problems.extend(_people(path, people, lines["people"]))
    problems.extend(_policy(path, people, policy, lines["policy"]))
    if problems or not charters:
        raise BadInventory(problems)
    return Trust(charter=charters[0], people=people, policy=policy)


def _people(path: Path, people: tuple[Person, ...], lines: list[int]) -> Iterator[Problem]:
    names: set[str] = set()
    keys: dict[str, str] = {}
    for person, line in zip(people, lines, strict=True):
        if person.name in names:
            yield Problem(str(path), line, f"a second person is named `{person.name}`", "rename or remove one")
        names.add(person.name)
        for key in person.keys:
            if not _is_public_key(key.public):
                what = f"a key of {person.name} is not an OpenSSH ed25519 public key"
                yield Problem(str(path), line, what, f"write `KIND BASE64`, KIND one of {', '.join(KEY_KINDS)}")
            elif keys.setdefault(key.public, person.name) != person.name:
                what = f"{keys[key.public]} and {person.name} have one key"
                yield Problem(str(path), line, what, "give each a key of their own")
            for which in (key.valid_from, key.valid_until, key.revoked):
                if which is not None and not _is_moment(which):
                    what = f"`{which}` of {person.name} is no moment"
                    yield Problem(str(path), line, what, "write one such as 2026-01-31T00:00:00Z")
            if key.valid_until <= key.valid_from:
                what = f"a key of {person.name} ends before it begins"
                yield Problem(str(path), line, what, "write a later `valid_until`")


def _policy(path: Path, people: tuple[Person, ...], policy: tuple[Policy, ...], lines: list[int]) -> Iterator[Problem]:
    names: set[str] = set()
    for rule, line in zip(policy, lines, strict=True):
        if rule.name in names:
            yield Problem(str(path), line, f"a second policy is named `{rule.name}`", "rename or remove one")
        names.add(rule.name)
        for need in rule.needs:
            holders = sum(need.role in person.roles for person in people)
            if holders <= need.signatures:
                what = f"the policy {rule.name} needs {need.signatures} of the role {need.role}, held by {holders}"
                yield Problem(str(path), line, what, "ask for fewer, or name more people: an author never counts")
    if policy and not any((rule.plane, rule.risk, rule.site) == (None, None, None) for rule in policy):
        yield Problem(str(path), 0, "no policy holds for every change", "add one without plane, risk and site")
    if not policy:
        yield Problem(str(path), 0, "no policy stands here", "add one: a change without signatures is no change")


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def _is_public_key(text: str) -> bool:
    """RFC 4253 6.6: the blob begins with its own kind as a string; and nothing stands after the BASE64."""
    words = text.split(" ")
    if len(words) != 2 or words[0] not in KEY_KINDS:
        return False
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind = words[0].encode()
    key = len(kind).to_bytes(4, "big") + kind + (32).to_bytes(4, "big")
    return blob.startswith(key) and len(blob) >= len(key) + 32


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
