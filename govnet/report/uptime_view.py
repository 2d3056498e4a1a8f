"""What the uptime report's template shows beside its document: rows in the reader's language, and the time strips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from govnet.report.language import Language
from govnet.report.phrases import FAULTS, N_, STATES
from govnet.report.strip_drawing import strip_drawing, strip_key
from monitoring.document import CERTIFICATE_SOON_DAYS, Outage, Row, ServiceRow, UptimeDocument
from monitoring.model import State, Subject, SubjectKind

SUBJECTS: dict[SubjectKind, str] = {
    SubjectKind.DEVICE: N_("device %(name)s"),
    SubjectKind.LINK: N_("link %(name)s"),
}
STRIPS = 40
"""More institutions and services than this are not drawn when all of their time was up."""


@dataclass(frozen=True)
class UptimeRow:
    title: str
    row: Row

    def seconds(self, name: str) -> float:
        """Seconds of the period in the state of that name."""
        return self.row.uptime.seconds.get(State(name), 0.0)


@dataclass(frozen=True)
class CertificateRow:
    """A service and what was left of its certificate, where it was seen."""

    title: str
    row: ServiceRow

    @property
    def soon(self) -> bool:
        """It wants a person's attention."""
        return self.row.certificate is not None and self.row.certificate.days < CERTIFICATE_SOON_DAYS


@dataclass(frozen=True)
class OutageRow:
    outage: Outage
    cause: str
    affected: tuple[str, ...]
    """Institutions, then services."""


@dataclass(frozen=True)
class MaintenanceRow:
    subject: str
    start: datetime
    end: datetime
    reason: str
    person: str
    recorded: datetime
    afterwards: bool


def uptime_view(document: UptimeDocument, language: Language) -> Mapping[str, object]:
    title = language.say("Uptime report")
    titles = {row.subject: language.text(row.title) for row in (*document.institutions, *document.services)}
    certificates = [CertificateRow(language.text(row.title), row) for row in document.services]
    institutions = [UptimeRow(language.text(row.title), row) for row in document.institutions]
    measured = [row for row in institutions if row.row.uptime.availability is not None]
    return {
        "running": f"{title} · {language.text(document.title)}",
        "moment": document.end.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "inventories": [document.evidence.inventory_digest],
        "groups": _groups(document, language),
        "measured": len(measured),
        "whole": sum(row.row.uptime.availability == 1 for row in measured),
        "least": min(measured, key=lambda row: (row.row.uptime.availability or 0.0, row.title), default=None),
        "availability": availability(document.institutions),
        "services_availability": availability(document.services),
        "certificates": certificates,
        "soon": sum(one.soon for one in certificates),
        "soon_days": CERTIFICATE_SOON_DAYS,
        "outages": [_outage(outage, titles, language) for outage in document.outages],
        "maintenance": _maintenance(document, titles, language),
        "phrases": {state.value: phrase for state, phrase in STATES.items()},
        "strips": [Markup(one) for one in _strips(document, language)],
        "keys": [(Markup(strip_key(state)), STATES[state]) for state in State],
    }


def availability(rows: Iterable[Row]) -> float | None:
    """Of all the time in which any of them was measured, the part in which they were up; None where none was."""
    up = measured = 0.0
    for row in rows:
        seconds = row.uptime.seconds
        up += seconds.get(State.UP, 0.0)
        measured += sum(seconds.get(state, 0.0) for state in (State.UP, State.DOWN, State.UNREACHABLE))
    return up / measured if measured else None


def _groups(document: UptimeDocument, language: Language) -> list[tuple[str, str, list[UptimeRow]]]:
    """Heading, heading of the first column, rows."""
    kinds = (
        (N_("Institutions"), N_("Institution"), document.institutions),
        (N_("Services"), N_("Service"), document.services),
        (N_("Devices"), N_("Device"), document.devices),
        (N_("Links"), N_("Link"), document.links),
    )
    return [(name, one, [UptimeRow(language.text(row.title), row) for row in rows]) for name, one, rows in kinds]


def _outage(outage: Outage, titles: Mapping[Subject, str], language: Language) -> OutageRow:
    causes = [subject_name(subject, titles, language) for subject in outage.root]
    cause = language.names(causes) if causes else language.say("not explained by the inventory")
    affected = (
        *(Subject(kind=SubjectKind.INSTITUTION, name=name) for name in outage.institutions),
        *(Subject(kind=SubjectKind.SERVICE, name=name) for name in outage.services),
    )
    return OutageRow(
        outage=outage,
        cause=f"{cause}: {language.say(FAULTS[outage.fault])}" if outage.fault else cause,
        affected=tuple(subject_name(subject, titles, language) for subject in affected),
    )


def _maintenance(document: UptimeDocument, titles: Mapping[Subject, str], language: Language) -> list[MaintenanceRow]:
    return [
        MaintenanceRow(
            subject=subject_name(one.subject, titles, language),
            start=one.start,
            end=one.end,
            reason=one.reason,
            person=one.person,
            recorded=one.recorded,
            afterwards=one.recorded > one.start,
        )
        for one in document.evidence.maintenance
    ]


def subject_name(subject: Subject, titles: Mapping[Subject, str], language: Language) -> str:
    """A subject as it stands in a sentence: institutions and services by their title, others by kind and name."""
    if subject.kind not in SUBJECTS:
        return titles.get(subject, subject.name)
    return language.say(SUBJECTS[subject.kind]) % {"name": subject.name}


def _strips(document: UptimeDocument, language: Language) -> list[str]:
    rows: tuple[Row, ...] = (*document.institutions, *document.services)
    if len(rows) > STRIPS:
        rows = tuple(row for row in rows if any(one.state is not State.UP for one in row.uptime.intervals))
    return strip_drawing(rows, document.start, document.end, language)
