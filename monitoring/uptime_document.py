"""Inventory + store -> the uptime document of a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from inventory.load import digest as digest_of_inventory
from inventory.model import Inventory, Text
from monitoring.document import Certificate, Evidence, Row, ServiceRow, UptimeDocument, Watch, digest
from monitoring.model import Subject, SubjectKind, Uptime
from monitoring.outages import episodes, outages
from monitoring.period import whole_ms
from monitoring.served import served
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
    seen = (watches, declared, start, end)
    known = titles_and_sites(inventory)
    rows = tuple(
        _row(*known[subject], uptime(subject, start, end, intervals(subject, own.get(subject, ()), *seen)))
        for subject in subjects(inventory)
    )
    certificates = store.samples.certificates([service.name for service in served(inventory)], start, end)
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
        services=_service_rows(inventory, _of(rows, SubjectKind.SERVICE), certificates),
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
            services=sum(watch.services for watch in inside),
            services_answered=sum(watch.services_answered for watch in inside),
            maintenance=declared,
            samples=store.samples.evidence(start, end),
            inventory_digest=digest_of_inventory(inventory),
            intervals_digest=digest(*(one for row in rows for one in row.uptime.intervals)),
        ),
    )


def clipped(watch: Watch, start: datetime, end: datetime) -> Watch:
    return watch.model_copy(update={"start": max(watch.start, start), "end": min(watch.end, end)})


def _row(title: Text, site: str, measured: Uptime) -> Row:
    runs = episodes(measured)
    return Row(
        uptime=measured,
        title=title,
        site=site,
        outages=len(runs),
        longest_outage_s=max(((run.end - run.start).total_seconds() for run in runs), default=0.0),
    )


def titles_and_sites(inventory: Inventory) -> dict[Subject, tuple[Text, str]]:
    """What each subject is called, and where it is."""
    found: dict[Subject, tuple[Text, str]] = {}
    for device in inventory.devices:
        found[Subject(kind=SubjectKind.DEVICE, name=device.name)] = _both(device.name), device.site
    for link in inventory.links:
        site = inventory.device[link.a.device].site
        found[Subject(kind=SubjectKind.LINK, name=link.name)] = _both(link.name), site
    for institution in inventory.institutions:
        subject = Subject(kind=SubjectKind.INSTITUTION, name=institution.name)
        found[subject] = institution.title, institution.site
    for service in served(inventory):
        found[Subject(kind=SubjectKind.SERVICE, name=service.name)] = service.title, service.server.site
    return found


def _both(name: str) -> Text:
    """A name that is the same in both languages."""
    return Text(en=name, sw=name)


def _service_rows(
    inventory: Inventory, rows: Iterable[Row], certificates: Mapping[str, Certificate]
) -> tuple[ServiceRow, ...]:
    return tuple(
        ServiceRow(
            uptime=row.uptime,
            title=row.title,
            site=row.site,
            outages=row.outages,
            longest_outage_s=row.longest_outage_s,
            host_name=service.host_name,
            server=service.server.name,
            certificate=certificates.get(service.name),
        )
        for row, service in zip(rows, served(inventory), strict=True)
    )


def _of(rows: Iterable[Row], kind: SubjectKind) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.subject.kind is kind)
