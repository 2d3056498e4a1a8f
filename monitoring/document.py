"""The uptime document: everything an uptime report says, as one canonical value. Reports are pure functions of it.

Moments are aware UTC datetimes, whole milliseconds; durations are seconds; intervals are [start, end).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

import rfc8785
from pydantic import BaseModel

from inventory.model import Record, Text
from monitoring.model import Fault, Subject, Uptime


class Row(Record):
    """One line of the report: a subject, what people call it, and its uptime with the intervals that prove it."""

    uptime: Uptime
    title: Text
    """Of an institution, its name in both languages; of a device or a link, its name."""
    site: str
    """Where the subject is; of a link, the site of its first end."""
    outages: int
    """Maximal runs of time in which it was down or unreachable."""
    longest_outage_s: float

    @property
    def subject(self) -> Subject:
        return self.uptime.subject


CERTIFICATE_SOON_DAYS = 30
"""A certificate with fewer days left wants a person's attention."""


class Certificate(Record):
    """What was left of a certificate when it was last seen."""

    days: int
    """Whole days until its notAfter, at `at`."""
    at: datetime


class ServiceRow(Row):
    """A web site; its site is that of its server."""

    host_name: str
    server: str
    """The device that serves it."""
    certificate: Certificate | None
    """As last seen in the period; None where none was accepted in it."""


class Outage(Record):
    """One root cause and all that it took with it, over [start, end)."""

    number: int
    """From 1, by start."""
    start: datetime
    end: datetime
    cause: str
    """In English, as Interval.cause; reports in another language say it from `root`."""
    root: tuple[Subject, ...]
    """What failed. Empty where nothing in the inventory explains it."""
    fault: Fault | None
    """Of a service that failed by itself: what was wrong with it."""
    devices: tuple[str, ...]
    links: tuple[str, ...]
    institutions: tuple[str, ...]
    services: tuple[str, ...]
    """Names, sorted; the root's own name among them."""
    ongoing: bool
    """It had not ended when the period (or our looking) ended."""

    @property
    def duration_s(self) -> float:
        return (self.end - self.start).total_seconds()


class Watch(Record):
    """A stretch of time in which our poller was looking without a break; [start, end) by its first and last round."""

    number: int
    run: int
    """The number of the poller's run; a run that stalled has more than one watch."""
    start: datetime
    end: datetime
    rounds: int
    readings: int
    """Polls of devices."""
    answered: int
    """Of these, those that SNMP answered."""
    probes: int
    """Echo requests to institutions' own equipment, counted once a round."""
    probes_answered: int
    services: int
    """HTTPS requests for services, counted once a round."""
    services_answered: int
    """Of these, those that HTTP answered, errors included."""


class Maintenance(Record):
    """Time declared beforehand or afterwards (compare `recorded`) in which a subject is not counted."""

    subject: Subject
    start: datetime
    end: datetime
    reason: str
    person: str
    recorded: datetime


class DaySamples(Record):
    """What the sample files hold for one day (UTC) of the period."""

    day: str
    """YYYY-MM-DD."""
    readings: int
    probes: int
    services: int
    digest: str
    """`sha256:` of the day's samples in canonical order, so that it stays when files are compacted."""


class Evidence(Record):
    """What the numbers were made from."""

    watches: tuple[Watch, ...]
    """Clipped to the period in time, not in their counts."""
    watched_s: float
    off_s: float
    """Time of the period in which no poller of ours was looking: unknown for every subject."""
    rounds: int
    readings: int
    answered: int
    probes: int
    probes_answered: int
    services: int
    services_answered: int
    maintenance: tuple[Maintenance, ...]
    samples: tuple[DaySamples, ...]
    inventory_digest: str
    """`sha256:` of the inventory's canonical JSON."""
    intervals_digest: str
    """`sha256:` of the canonical JSON of all rows' intervals."""


class UptimeDocument(Record):
    version: Literal[2] = 2
    """2: services joined devices, links and institutions."""
    world: str
    title: Text
    timezone: str
    """The IANA zone in which days and months are counted and shown."""
    start: datetime
    end: datetime
    """[start, end) in UTC. Of a running month, end is the moment it was counted until: later time is not in it."""
    devices: tuple[Row, ...]
    """In the inventory's order, as links, institutions and services."""
    links: tuple[Row, ...]
    institutions: tuple[Row, ...]
    services: tuple[ServiceRow, ...]
    outages: tuple[Outage, ...]
    """By start, then cause."""
    evidence: Evidence


def canonical(record: BaseModel) -> bytes:
    """The canonical JSON (RFC 8785) of any record and one newline: equal records, equal bytes."""
    return rfc8785.dumps(record.model_dump(mode="json")) + b"\n"


def digest(*records: BaseModel) -> str:
    """`sha256:` over the records' canonical bytes."""
    sha = hashlib.sha256()
    for record in records:
        sha.update(canonical(record))
    return "sha256:" + sha.hexdigest()
