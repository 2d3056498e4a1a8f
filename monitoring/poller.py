"""The poller: every `world.poll_interval_s` one look at every device, institution and service, judged and kept.

A round first pings everything, then reads over SNMP what answered: so what a neighbour says of a link is never older
than the silence that it explains. Managed devices are pinged and read; a router that is not ours is known by our ends
of its links; the jump host is where we are. Services are asked beside SNMP, whether or not their server answered: a
page that comes is up, whatever stood in the way of an echo.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from itertools import count
from typing import NamedTuple, Protocol

from inventory.model import Device, Inventory
from inventory.secrets import Secrets
from monitoring.https import HttpsLimits, WebAnswer, ask, days_left, trusting
from monitoring.model import ProbeReading, Reading, ServiceReading
from monitoring.period import whole_ms
from monitoring.ping import PingLimits, echo_socket, round_trips_ms
from monitoring.rounds import Rounds
from monitoring.served import Served, served
from monitoring.snmp import SnmpAnswer, SnmpLimits, read_device, usm_user
from monitoring.state import judge
from monitoring.store import Recording, Round, Store
from monitoring.uptime import Change
from monitoring.walk import SnmpFailure

Address = IPv4Address | IPv6Address


class Clock(Protocol):
    """Where the poller gets its time from."""

    def now(self) -> datetime:
        """The present moment, aware."""

    def monotonic_s(self) -> float:
        """A clock that is never set."""

    async def sleep(self, delay_s: float) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


class Look(Protocol):
    """The ways of asking; those over a network in `NetworkLook`."""

    async def ping(self, addresses: tuple[Address, ...]) -> dict[Address, float | None]:
        """Milliseconds of the first answer from each address; None where none came."""

    async def read(self, device: Device) -> SnmpAnswer:
        """Raises SnmpFailure."""

    async def ask(self, service: Served) -> WebAnswer:
        """Never raises what the network does."""


class Limits(NamedTuple):
    snmp: SnmpLimits = SnmpLimits()
    ping: PingLimits = PingLimits()
    https: HttpsLimits = HttpsLimits()
    readings_at_once: int = 64
    services_at_once: int = 64
    flush_rounds: int = 15
    """Samples are written to disk each so many rounds; states are at once."""
    gap_rounds: float = 3.0
    """So many beats may be lost before the poller counts as stalled."""

    def gap_s(self, interval_s: float) -> float:
        """Rounds further apart than this leave the time between them unknown: we were not looking.

        A round is slow when a box is silent: it waits for every echo (noticed up to as long again after its time), then
        for a reading or a page that runs to its limit. That is looking, and just when it matters. So a short interval
        is allowed one such round (14.8 s) and its own beat; what is longer no box explains: the poller itself stood.
        """
        return max(self.gap_rounds * interval_s, self.slowest_s + interval_s)

    @property
    def slowest_s(self) -> float:
        """The longest that silent boxes alone can make a round, where all of them are asked at once."""
        return 2 * self.ping.timeout_s * self.ping.tries + max(self.snmp.reading_s, self.https.total_s)


class NetworkLook:
    """SNMPv3, ICMP and HTTPS from where this process runs. Lives within one event loop."""

    def __init__(self, inventory: Inventory, secrets: Secrets, authority: str | None, limits: Limits) -> None:
        """Raises what the secret store raises where a value is missing."""
        self._user = usm_user(inventory.world.snmp, secrets)
        self._tls = trusting(authority)
        self._limits = limits
        self._socket = echo_socket(limits.ping)

    async def ping(self, addresses: tuple[Address, ...]) -> dict[Address, float | None]:
        return await round_trips_ms(self._socket, addresses, self._limits.ping)

    async def read(self, device: Device) -> SnmpAnswer:
        return await read_device(device.name, str(device.management_address), self._user, self._limits.snmp)

    async def ask(self, service: Served) -> WebAnswer:
        return await ask(self._tls, service.server.management_address, service.host_name, self._limits.https)


class Progress(NamedTuple):
    """What is reported after each round."""

    number: int
    """From 1."""
    round: Round
    changes: tuple[Change, ...]
    """States that are new by this round; all of them in the first."""


Report = Callable[[Progress], None]


async def poll(
    inventory: Inventory,
    secrets: Secrets,
    authority: str | None,
    store: Store,
    duration_s: float | None,
    clock: Clock,
    report: Report,
) -> None:
    """Poll for so long (None: until cancelled). Whatever ends it, what was seen is kept.

    `authority`: the certificate (PEM) of who signs for the services; None where the world has none.
    Raises PollerBusy, PingForbidden, and what the secret store raises; no reading's failure ends it.
    """
    limits = Limits()
    await run(inventory, NetworkLook(inventory, secrets, authority, limits), store, duration_s, clock, report, limits)


async def run(
    inventory: Inventory,
    look: Look,
    store: Store,
    duration_s: float | None,
    clock: Clock,
    report: Report,
    limits: Limits,
) -> None:
    """`poll` with any way of looking. The last round is at the end of the duration, so that all of it is covered."""
    interval_s = inventory.world.poll_interval_s
    rounds = Rounds(interval_s)
    began_s = clock.monotonic_s()
    with (
        store.recording(clock.now(), limits.gap_s(interval_s)) as recording,
        _Flusher(store, limits.flush_rounds) as flusher,
    ):
        for number in count(1):
            await clock.sleep(rounds.delay_s(clock.monotonic_s()))
            last = duration_s is not None and clock.monotonic_s() - began_s >= duration_s
            progress = await _round(number, inventory, look, recording, clock, limits)
            flusher.add(progress.round)
            report(progress)
            if last:
                return


async def _round(
    number: int, inventory: Inventory, look: Look, recording: Recording, clock: Clock, limits: Limits
) -> Progress:
    at = whole_ms(clock.now())
    readings, probes, services = await look_at(inventory, look, at, limits)
    found = Round(at, readings, probes, services, judge(inventory, readings, probes, services))
    return Progress(number, found, recording.round(found))


async def look_at(
    inventory: Inventory, look: Look, at: datetime, limits: Limits
) -> tuple[tuple[Reading, ...], tuple[ProbeReading, ...], tuple[ServiceReading, ...]]:
    """One round's readings of managed devices, institutions that have an address to ask, and services that we serve."""
    probed = [(one.name, one.probe) for one in inventory.institutions if one.probe]
    addresses: list[Address] = [device.management_address for device in inventory.managed]
    addresses += [address for _, address in probed]
    times_ms = await look.ping(tuple(addresses))
    places = asyncio.Semaphore(limits.readings_at_once)
    web_places = asyncio.Semaphore(limits.services_at_once)

    async def one(device: Device) -> Reading:
        time_ms = times_ms[device.management_address]
        if time_ms is None:
            return _silent(device, at)
        async with places:
            return await _reading(look.read(device), device, at, time_ms)

    async def web(service: Served) -> ServiceReading:
        async with web_places:
            return await _service_reading(look, service, at)

    readings, services = await asyncio.gather(
        asyncio.gather(*(one(device) for device in inventory.managed)),
        asyncio.gather(*(web(service) for service in served(inventory))),
    )
    probes = tuple(
        ProbeReading(institution=name, at=at, reachable=times_ms[address] is not None, round_trip_ms=times_ms[address])
        for name, address in probed
    )
    return tuple(readings), probes, tuple(services)


def _silent(device: Device, at: datetime) -> Reading:
    problem = "no ICMP answer"
    return Reading(device=device.name, at=at, reachable=False, round_trip_ms=None, answered=False, problem=problem)


async def _reading(answer: Awaitable[SnmpAnswer], device: Device, at: datetime, time_ms: float) -> Reading:
    try:
        found = await answer
    except SnmpFailure as failure:
        return Reading(
            device=device.name, at=at, reachable=True, round_trip_ms=time_ms, answered=False, problem=str(failure)
        )
    return Reading(device=device.name, at=at, reachable=True, round_trip_ms=time_ms, answered=True, **found._asdict())


async def _service_reading(look: Look, service: Served, at: datetime) -> ServiceReading:
    answer = await look.ask(service)
    return ServiceReading(
        service=service.name,
        at=at,
        fault=answer.fault,
        status=answer.status,
        response_ms=answer.response_ms,
        certificate_days=None if answer.valid_until is None else days_left(answer.valid_until, at),
    )


class _Flusher:
    """Rounds of samples in memory until there are enough for a file; at the end the rest, and the day compacted."""

    def __init__(self, store: Store, flush_rounds: int) -> None:
        self._samples = store.samples
        self._flush_rounds = flush_rounds
        self._rounds: list[Round] = []
        self._days: set[str] = set()

    def __enter__(self) -> _Flusher:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for day in self._days:
            self._samples.compact(day)

    def add(self, found: Round) -> None:
        self._rounds.append(found)
        day = found.at.date().isoformat()
        if len(self._rounds) >= self._flush_rounds:
            self._flush()
        for past in sorted(self._days - {day}):
            self._flush()
            self._samples.compact(past)
            self._days.discard(past)
        self._days.add(day)

    def _flush(self) -> None:
        readings = [reading for found in self._rounds for reading in found.readings]
        probes = [probe for found in self._rounds for probe in found.probes]
        services = [service for found in self._rounds for service in found.services]
        self._rounds.clear()
        self._samples.write(readings, probes, services)
