"""Who may sign, with which keys, and how many signatures a change needs; and the statement that they sign.

The format is settled in docs/adr/0002 and 0007. One document, apart from a world's other files: `trust.yaml`, read by
inventory.trust_file and pinned by inventory.trust_pin. Nothing here makes or checks a signature, and nothing here knows
a plan: digests are text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import rfc8785
from pydantic import Field, field_validator

from inventory.model import Name, Record

NAMESPACE = "govnet-statement-v1@govnet"
"""What `ssh-keygen -Y sign -n` binds a signature to, so that one made for mail or for git is not an approval."""
REVIEW_NAMESPACE = "govnet-review-v1@govnet"
"""Of a statement by who reviewed a break-glass change afterwards: neither can be taken for the other."""
TRUST_TARGETS = ("trust",)
"""The targets of a statement about a new trust document."""
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
    BREAK_GLASS = "break-glass"
    """One signature in it stands in place of every policy, until two others have reviewed what was done."""


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
    author: Name | None = None
    """Who wrote this change of the document; needed for every one but the first that a jump host pins."""


class Trust(Record):
    charter: Charter
    people: tuple[Person, ...]
    policy: tuple[Policy, ...]

    @property
    def digest(self) -> str:
        """`sha256:` of the canonical JSON: what is pinned, and what the signatures under a change of trust cover."""
        return _digest(canonical(self))

    def person(self, name: str) -> Person | None:
        return next((person for person in self.people if person.name == name), None)

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

    @field_validator("reason")
    @classmethod
    def _printable(cls, reason: str) -> str:
        if not reason.isprintable() or not reason.strip():
            raise ValueError("a reason is one line of words")
        return reason

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


def canonical(record: Record) -> bytes:
    """RFC 8785 bytes of a record: keys sorted by UTF-16, no white space, nulls kept."""
    return rfc8785.dumps(record.model_dump(mode="json"))


def moment(text: str) -> datetime:
    """The aware datetime of a Moment."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
