"""All that one change left behind, as one document: what a report renders and an auditor checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from change.chain import Head
from change.journal import Event, Journal, JournalError
from change.model import INVERSE, Digest, JournalEntry, Outcome, Plan, Record, Step
from change.papers import KeptCalendar, SignedPaper, calendars, papers
from change.plan import digest


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

    version: Literal[3] = 3
    digest: Digest
    plan: Plan
    papers: tuple[SignedPaper, ...]
    """Who signed it, in the journal's order, with all that checking the signatures needs."""
    calendars: tuple[KeptCalendar, ...]
    """By which its waves were begun, in the journal's order."""
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


class Gathered(Record):
    """Changes of one journal, and all that stands between and after them, from the first to the head."""

    changes: tuple[Evidence, ...]
    """By where they begin."""
    others: tuple[JournalEntry, ...]
    """The entries of no change here, from the first entry of these changes to the head, by number."""


def evidence(journal: Journal, plan_digest: Digest) -> Evidence:
    """The evidence of one plan. Raises JournalError where the journal does not know it."""
    return gather(journal, (plan_digest,)).changes[0]


def gather(journal: Journal, digests: Iterable[Digest]) -> Gathered:
    """The evidence of these plans, of one moment. Raises JournalError where the journal does not know one."""
    plans = {digest: journal.plan(digest) for digest in digests}
    problems = journal.verify()
    entries = journal.entries()
    mine: dict[Digest, list[JournalEntry]] = {digest: [] for digest in plans}
    for entry in entries:
        if entry.plan in mine:
            mine[entry.plan].append(entry)
    if unknown := [digest for digest, found in mine.items() if not found]:
        raise JournalError(f"the journal has no entry of plan {unknown[0]}")
    head = Head(number=entries[-1].number, digest=entries[-1].digest)
    changes = (
        evidence_of(plan, tuple(mine[digest]), papers(journal, digest), calendars(journal, digest), head, problems)
        for digest, plan in plans.items()
    )
    ordered = tuple(sorted(changes, key=lambda one: one.first))
    first = min((one.first for one in ordered), default=head.number)
    others = (entry for entry in entries if entry.number > first and entry.plan not in plans)
    return Gathered(changes=ordered, others=tuple(others))


def evidence_of(
    plan: Plan,
    entries: tuple[JournalEntry, ...],
    signed: tuple[SignedPaper, ...],
    kept: tuple[KeptCalendar, ...],
    head: Head,
    problems: tuple[str, ...],
) -> Evidence:
    """What follows from a plan and all entries about it, one at least. Pure: an auditor does it again."""
    closed = [entry.at for entry in entries if entry.event == Event.PLAN_CLOSED]
    return Evidence(
        digest=digest(plan),
        plan=plan,
        papers=signed,
        calendars=kept,
        opened=entries[0].at,
        closed=closed[-1] if closed else None,
        steps=tuple(step_evidence(step, entries) for step in plan.steps),
        first=entries[0].number,
        last=entries[-1].number,
        entries=entries,
        head=head,
        problems=problems,
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
