"""Inventory + store -> the uptime document of a period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from inventory.load import digest as digest_of_inventory
from inventory.model import Inventory, Text
from monitoring.document import Evidence, Row, UptimeDocument, Watch, digest
from monitoring.model import Interval, Subject, SubjectKind
from monitoring.outages import episodes, outages
from monitoring.period import whole_ms
from monitoring.state import subjects
from monitoring.store import Store
from monitoring.uptime import Change, intervals, uptime, watched


def uptime_document(inventory: Inventory, store: Store, start: datetime, end: datetime) -> UptimeDocument:
    """All that is known of [start, end), which is cut to whole milliseconds.

    Of a running month the caller gives the present moment as `end`: no clock is read here, and the same store and
    period give the same document. Raises ValueError where end is not after start.
    """
    start, end = whole_ms(start), whole_ms(end)
    if end <= start:
        raise ValueError("the period is empty: its end is not after its start")
    watches = store.watches(start, end)
    declared = store.maintenance(start, end)
    own: dict[Subject, list[Change]] = {}
    for change in store.changes(watches):
        own.setdefault(change.subject, []).append(change)
    rows = tuple(
        _row(inventory, subject, intervals(subject, own.get(subject, ()), watches, declared, start, end), start, end)
        for subject in subjects(inventory)
    )
    inside = tuple(clipped(watch, start, end) for watch in watches)
    looking = watched(watches, start, end)
    return UptimeDocument(
        world=inventory.world.name,
        title=inventory.world.title,
        timezone=inventory.world.timezone,
        start=start,
        end=end,
        devices=_of(rows, SubjectKind.DEVICE),
        links=_of(rows, SubjectKind.LINK),
        institutions=_of(rows, SubjectKind.INSTITUTION),
        outages=outages(row.uptime for row in rows),
        evidence=Evidence(
            watches=inside,
            watched_s=looking.total_seconds(),
            off_s=(end - start - looking).total_seconds(),
            rounds=sum(watch.rounds for watch in inside),
            readings=sum(watch.readings for watch in inside),
            answered=sum(watch.answered for watch in inside),
            probes=sum(watch.probes for watch in inside),
            probes_answered=sum(watch.probes_answered for watch in inside),
            maintenance=declared,
            samples=store.samples.evidence(start, end),
            inventory_digest=digest_of_inventory(inventory),
            intervals_digest=digest(*(one for row in rows for one in row.uptime.intervals)),
        ),
    )


def clipped(watch: Watch, start: datetime, end: datetime) -> Watch:
    return watch.model_copy(update={"start": max(watch.start, start), "end": min(watch.end, end)})


def _row(
    inventory: Inventory, subject: Subject, partition: tuple[Interval, ...], start: datetime, end: datetime
) -> Row:
    measured = uptime(subject, start, end, partition)
    runs = episodes(measured)
    title, site = _title_and_site(inventory, subject)
    return Row(
        uptime=measured,
        title=title,
        site=site,
        outages=len(runs),
        longest_outage_s=max(((run.end - run.start).total_seconds() for run in runs), default=0.0),
    )


def _title_and_site(inventory: Inventory, subject: Subject) -> tuple[Text, str]:
    if subject.kind is SubjectKind.INSTITUTION:
        institution = inventory.institution[subject.name]
        return institution.title, institution.site
    device = subject.name if subject.kind is SubjectKind.DEVICE else inventory.link[subject.name].a.device
    return Text(en=subject.name, sw=subject.name), inventory.device[device].site


def _of(rows: Iterable[Row], kind: SubjectKind) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.subject.kind is kind)
