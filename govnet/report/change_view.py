"""What the change report's template shows beside its document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from change.approval_check import reviews_missing
from change.evidence import Evidence, Phase, StepEvidence
from change.journal import Event
from change.model import JournalEntry, Outcome
from change.papers import KINDS
from govnet.report.change_document import ChangeDocument
from govnet.report.language import Language
from govnet.report.phrases import EVENTS, LEVELS, OUTCOMES, Phrase
from govnet.report.probe_view import ProbeRow, probe_rows
from govnet.report.reasons import Reason, reason
from govnet.report.signature_view import SignatureRow, signature_rows
from govnet.report.template_diff import TemplateDiff, column_name, template_diffs

TOLD = (Event.PROBE_RESULT, Event.FAILED, Event.REVERTING, Event.UNDOING)
"""Events whose details are shown: they say why something did not go as planned, or what was asked of the network."""


@dataclass(frozen=True)
class PhaseRow:
    at: datetime
    event: str
    number: int
    detail: str


@dataclass(frozen=True)
class StepRow:
    evidence: StepEvidence
    site: str
    outcome: Phrase
    level: Phrase
    reasons: tuple[Reason, ...]
    phases: tuple[PhaseRow, ...]
    undone: tuple[PhaseRow, ...]
    probes: tuple[ProbeRow, ...]
    seconds: float | None
    """From its first to its last phase."""


@dataclass(frozen=True)
class ChangeRow:
    number: int
    evidence: Evidence
    created: datetime
    expires: datetime
    opened: datetime
    closed: datetime | None
    steps: tuple[StepRow, ...]
    diffs: tuple[TemplateDiff, ...]
    outcomes: tuple[tuple[Phrase, int], ...]
    signatures: tuple[SignatureRow, ...]
    reviews_missing: int
    """People who must still review it, where it was done by break-glass."""
    windows: tuple[str, ...]
    """In which its waves began, as the journal has it."""
    others: tuple[PhaseRow, ...]
    """Entries about the plan as a whole, but of its signatures."""


def change_view(document: ChangeDocument, language: Language) -> Mapping[str, object]:
    title = language.say("Evidence of changes")
    rows = [_change(number, one, document, language) for number, one in enumerate(document.changes, start=1)]
    moments = [row.closed or row.opened for row in rows]
    steps = Counter(step.outcome for one in document.changes for step in one.steps)
    return {
        "running": f"{title} · {language.text(document.title)}",
        "moment": max(moments).replace(microsecond=0).isoformat().replace("+00:00", "Z") if moments else None,
        "inventories": sorted({one.plan.source.inventory for one in document.changes}),
        "first": min((row.opened for row in rows), default=None),
        "last": max(moments, default=None),
        "rows": rows,
        "steps": sum(steps.values()),
        "confirmed": steps[Outcome.CONFIRMED],
        "reverted": steps[Outcome.REVERTED],
        "refused": steps[Outcome.REFUSED],
        "unknown": steps[Outcome.UNKNOWN],
        "open": steps[None],
        "column_name": column_name,
        "reviews_missing": sum(row.reviews_missing > 0 for row in rows),
        "problems": sorted({problem for one in document.changes for problem in one.problems}),
        "head": max((one.head for one in document.changes), key=lambda head: head.number, default=None),
    }


def _change(number: int, one: Evidence, document: ChangeDocument, language: Language) -> ChangeRow:
    titles = {site.name: language.text(site.title) for site in document.sites}
    counts = Counter(step.outcome for step in one.steps)
    return ChangeRow(
        number=number,
        evidence=one,
        created=datetime.fromisoformat(one.plan.created),
        expires=datetime.fromisoformat(one.plan.expires),
        opened=datetime.fromisoformat(one.opened),
        closed=datetime.fromisoformat(one.closed) if one.closed else None,
        steps=tuple(_step(step, titles, language) for step in one.steps),
        diffs=template_diffs(one.plan.steps, ()),
        outcomes=tuple((phrase, counts[outcome]) for outcome, phrase in OUTCOMES.items() if counts[outcome]),
        signatures=tuple(signature_rows(one)),
        reviews_missing=reviews_missing(one),
        windows=tuple({entry.detail: None for entry in one.entries if entry.event == Event.WINDOW}),
        others=tuple(_entry(entry) for entry in one.entries if entry.step is None and entry.event not in KINDS),
    )


def _step(one: StepEvidence, titles: Mapping[str, str], language: Language) -> StepRow:
    phases = tuple(_phase(phase) for phase in one.phases)
    return StepRow(
        evidence=one,
        site=titles.get(one.step.site, one.step.site),
        outcome=OUTCOMES[one.outcome],
        level=LEVELS[one.step.risk.level],
        reasons=tuple(reason(written, language) for written in one.step.risk.reasons),
        phases=phases,
        undone=tuple(_phase(phase) for phase in one.undone_by),
        probes=tuple(probe_rows(one)),
        seconds=(phases[-1].at - phases[0].at).total_seconds() if phases else None,
    )


def _phase(phase: Phase) -> PhaseRow:
    return PhaseRow(
        at=datetime.fromisoformat(phase.at),
        event=EVENTS.get(phase.event, phase.event),
        number=phase.number,
        detail=phase.detail if phase.event in TOLD else "",
    )


def _entry(entry: JournalEntry) -> PhaseRow:
    return PhaseRow(datetime.fromisoformat(entry.at), EVENTS.get(entry.event, entry.event), entry.number, entry.detail)
