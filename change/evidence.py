"""All that one change left behind, as one document: what a report renders and an auditor checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from change.chain import Head
from change.history import INVERSE
from change.journal import Event, Journal, JournalError
from change.model import Digest, JournalEntry, Outcome, Plan, Record, Step


class Phase(Record):
    """One thing written about a step, in the order of the journal."""

    number: int
    at: str
    """UTC, ISO 8601 with milliseconds and a trailing Z."""
    event: str
    detail: str


class StepEvidence(Record):
    """A step of the plan, every phase of it, and how it ended; outcome is None while it is open."""

    step: Step
    outcome: Outcome | None
    reason: str
    """Why it ended as it did; empty where the outcome says it all."""
    phases: tuple[Phase, ...]
    undone_by: tuple[Phase, ...] = ()
    """Phases of the inverse steps that took it back, where a wave confirmed in part."""


class Evidence(Record):
    """Of one plan. Stands alone: a report is a pure function of it."""

    version: Literal[1] = 1
    digest: Digest
    plan: Plan
    opened: str
    closed: str | None
    """None while the plan is open: run govnet resume."""
    steps: tuple[StepEvidence, ...]
    """In the plan's order."""
    first: int
    last: int
    """Numbers of the journal's first and last entry of this plan."""
    entries: tuple[JournalEntry, ...]
    """Every entry of this plan; each digest can be recomputed from it."""
    head: Head
    """The journal's last entry when this was made: all before it hang on it."""
    problems: tuple[str, ...]
    """What is wrong with the whole journal; empty where nothing is."""


def evidence(journal: Journal, plan_digest: Digest) -> Evidence:
    """The evidence of one plan. Raises JournalError where the journal does not know it."""
    plan = journal.plan(plan_digest)
    entries = journal.entries(plan_digest)
    head = journal.head()
    if not entries or head is None:
        raise JournalError(f"the journal has no entry of plan {plan_digest}")
    closed = [entry.at for entry in entries if entry.event == Event.PLAN_CLOSED]
    return Evidence(
        digest=plan_digest,
        plan=plan,
        opened=entries[0].at,
        closed=closed[-1] if closed else None,
        steps=tuple(step_evidence(step, entries) for step in plan.steps),
        first=entries[0].number,
        last=entries[-1].number,
        entries=entries,
        head=head,
        problems=journal.verify(),
    )


def step_evidence(step: Step, entries: Sequence[JournalEntry]) -> StepEvidence:
    mine = [entry for entry in entries if entry.step == step.id]
    ended = [entry for entry in mine if entry.event == Event.OUTCOME]
    inverse = [entry for entry in entries if entry.step is not None and entry.step.startswith(step.id + INVERSE)]
    return StepEvidence(
        step=step,
        outcome=ended[-1].outcome if ended else None,
        reason=ended[-1].detail if ended else "",
        phases=tuple(phase(entry) for entry in mine),
        undone_by=tuple(phase(entry) for entry in inverse),
    )


def phase(entry: JournalEntry) -> Phase:
    return Phase(number=entry.number, at=entry.at, event=entry.event, detail=entry.detail)
