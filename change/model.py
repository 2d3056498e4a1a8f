"""The nouns of a change: effect, diff, step, plan, outcome. Frozen, and free of any vendor or protocol.

A payload is opaque text to this room: the target that made it is the only one that reads it. Secrets stand in it as
`<name#tag>`. Durations are whole seconds; moments are UTC, ISO 8601 with a trailing Z, whole seconds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
INVERSE = ".inverse"
"""Stands in the id of a step that takes another one back, after that one's id."""
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Record(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(StrEnum):
    """What a diff line does, in words the guards can read. The set is closed: planes tag, guards judge."""

    MANAGEMENT_PATH = "management-path"
    OWN_ACCESS = "own-access"
    """What lets govnet itself in: its account, its key, its latch."""
    IDENTITY_CHANGED = "identity-changed"
    FILTER_LOOSENED = "filter-loosened"
    AUTHENTICATION_CHANGED = "authentication-changed"
    DEFAULT_ROUTE = "default-route"
    NEIGHBOUR_REMOVED = "neighbour-removed"
    PREFIX_REMOVED = "prefix-removed"
    INTERFACE_REMOVED = "interface-removed"
    ACCOUNT_CHANGED = "account-changed"
    DATA_DELETED = "data-deleted"
    MACHINE_REPLACED = "machine-replaced"
    CANNOT_BE_UNDONE = "cannot-be-undone"


class DiffLine(Record):
    """One line of a diff. `sign` is ' ' (context), '+' or '-'."""

    sign: Literal[" ", "+", "-"]
    text: str
    effects: tuple[Effect, ...] = ()


class PartDiff(Record):
    """The diff of one named part of a configuration, as a person reads it: changed lines in their section's context."""

    part: str
    lines: tuple[DiffLine, ...]


class Diff(Record):
    parts: tuple[PartDiff, ...] = ()
    lines_before: int = Field(default=0, ge=0)
    """How many lines the whole configuration had before; 0 where what changes is no configuration of lines."""

    @property
    def changed(self) -> tuple[DiffLine, ...]:
        return tuple(line for part in self.parts for line in part.lines if line.sign != " ")

    @property
    def effects(self) -> tuple[Effect, ...]:
        return tuple(sorted({effect for line in self.changed for effect in line.effects}))


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Reason(Record):
    """One thing that a guard found: by which guard, of whom, and the diff line that caused it."""

    guard: str
    """The guard's name, an effect's for those of effects: reports say it in the reader's language by this."""
    about: tuple[str, ...] = ()
    """The names in its sentence, in their order there."""
    says: str
    """The sentence, in English."""
    line: str = ""
    """`part: SIGN text` of the diff; empty where the whole step is the cause."""

    def __str__(self) -> str:
        return f"{self.says}: {self.line}" if self.line else self.says


class Risk(Record):
    level: Level
    reasons: tuple[Reason, ...] = ()


class Read(Record):
    """The base of a step: what the target read as when the plan was made."""

    kind: Literal["read"] = "read"
    fingerprint: Digest


class Promised(Record):
    """The base of a step on a target that an earlier step of the same plan creates."""

    kind: Literal["promised"] = "promised"
    step: str
    fingerprint: Digest


class RevertStrength(StrEnum):
    TIMED = "timed"
    """The box undoes it by itself when nobody confirms."""
    MANUAL = "manual"
    NONE = "none"


class Probe(Record):
    """A check before, throughout and after a step, by a kind that the wiring knows how to run."""

    kind: str = Field(min_length=1)
    subject: str = Field(min_length=1)
    """What it asks, in the kind's own words: an address, a device name."""
    expect: str = Field(min_length=1)


class Standing(Record):
    """Where a target stands in the country: in which order its turn comes, and who is behind it."""

    region: str = ""
    ring: int = Field(default=0, ge=0)
    """Rings change one after the other, 0 first."""
    institutions: tuple[str, ...] = ()
    """Who loses service with it, by name, sorted."""


class Step(Record):
    """One target's part of a change, with everything that applying and undoing it needs."""

    id: str
    target: str
    plane: str
    site: str
    base: Annotated[Read | Promised, Field(discriminator="kind")]
    payload: str
    inverse: str
    result: Digest
    """The fingerprint that the target must read back as."""
    diff: Diff
    effects: tuple[Effect, ...]
    risk: Risk
    intent: Digest
    """Of what the inventory wanted of this target; apply recomputes it and refuses where it differs."""
    strength: RevertStrength
    hold_s: int = Field(ge=0)
    """How long a tried change is held before it is judged: the slowest hold or dead timer, old or new."""
    timer_s: int = Field(ge=1)
    """When the box reverts by itself: hold + slowest verify + confirm + margin."""
    after: tuple[str, ...] = ()
    """Steps that must be confirmed before this one is armed."""
    together: str | None = None
    """The name of a group tried with one deadline and judged jointly."""
    apart: tuple[str, ...] = ()
    """Steps that may never share a wave with this one."""
    distance: int = Field(default=0, ge=0)
    """Hops from where we apply: the farthest is tried first."""
    standing: Standing = Standing()
    probes: tuple[Probe, ...] = ()
    wave: int = Field(default=0, ge=0)

    @property
    def is_inverse(self) -> bool:
        """It takes a confirmed step back; no plan lists it."""
        return INVERSE in self.id


class Source(Record):
    """Evidence of what the plan was made from; it decides nothing."""

    world: str
    inventory: Digest
    commit: str | None


class OnFailure(StrEnum):
    """What becomes of the confirmed waves when a later one does not confirm."""

    HOLD = "hold"
    """They stand."""
    TAKE_BACK = "take-back"
    """They go back too, the last first, by the inverse steps of the plan."""


class Plan(Record):
    version: Literal[2] = 2
    created: Moment
    expires: Moment
    author: str
    reason: str
    selector: str
    source: Source
    on_failure: OnFailure = OnFailure.HOLD
    steps: tuple[Step, ...]
    """By wave, then in the order that they are tried."""

    @property
    def waves(self) -> tuple[tuple[Step, ...], ...]:
        numbers = sorted({step.wave for step in self.steps})
        return tuple(tuple(step for step in self.steps if step.wave == number) for number in numbers)


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Nobody can say: a person must look. A value, never a guess."""


class LatchState(StrEnum):
    """Where a step stands on its box, as the box itself says."""

    ABSENT = "absent"
    """The box has never accepted this step."""
    ARMED = "armed"
    """Pre-image kept, timer running, nothing changed yet."""
    TRYING = "trying"
    TRIED = "tried"
    """The change is in force and will be undone at the deadline."""
    FAILED = "failed"
    """The try did not lead to the promised result; the revert has begun."""
    CONFIRMED = "confirmed"
    REVERTING = "reverting"
    REVERTED = "reverted"
    BROKEN = "broken"
    """A revert ended and the box does not read as its pre-image."""


class Inspection(Record):
    """The box's own answer about a step."""

    state: LatchState
    plan: Digest | None = None
    remaining_s: float | None = None
    """Until the box reverts by itself; None where no timer runs."""
    detail: str = ""


class JournalEntry(Record):
    """One line of the journal. `digest` covers every other field, `previous` included: the chain."""

    number: int = Field(ge=1)
    at: str
    """UTC, ISO 8601 with milliseconds and a trailing Z."""
    event: str
    """See change.journal for the closed list: plan-opened, armed, tried, verified, confirmed, outcome ..."""
    plan: Digest | None = None
    step: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    detail: str = ""
    previous: Digest
    digest: Digest
