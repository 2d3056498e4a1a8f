"""A pretended network and clock, and the poller over them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from inventory.model import Device, Inventory
from monitoring.https import WebAnswer
from monitoring.poller import Address, Limits, Progress, run
from monitoring.served import Served
from monitoring.snmp import SnmpAnswer
from monitoring.store import Store
from monitoring.walk import SnmpFailure
from tests.monitoring.reality import Reality

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VALID_UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
CUT = frozenset({"rr-mbeya--dr-chunya"})


@dataclass
class PretendClock:
    moment: datetime = NINE
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def monotonic_s(self) -> float:
        return (self.moment - NINE).total_seconds()

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self.moment += timedelta(seconds=delay_s)


@dataclass
class PretendLook:
    """A network that is not well while the clock is in [from_s, to_s)."""

    inventory: Inventory
    clock: PretendClock
    from_s: float = 0
    to_s: float = 0
    takes_s: float = 0
    ill: Reality | None = None
    """What is then; by default the cut of the demonstration."""

    def _reality(self) -> Reality:
        if self.from_s <= self.clock.monotonic_s() < self.to_s:
            return self.ill or Reality(self.inventory, cut=CUT)
        return Reality(self.inventory)

    async def ping(self, addresses: tuple[Address, ...]) -> dict[Address, float | None]:
        self.clock.moment += timedelta(seconds=self.takes_s)
        reality = self._reality()
        found: dict[Address, float | None] = {}
        times = {one.device: one.round_trip_ms for one in reality.readings()}
        for device in self.inventory.managed:
            found[device.management_address] = times[device.name]
        answers = {one.institution: one.round_trip_ms for one in reality.probes()}
        for institution in self.inventory.institutions:
            if institution.probe:
                found[institution.probe] = answers[institution.name]
        assert set(found) == set(addresses)
        return found

    async def read(self, device: Device) -> SnmpAnswer:
        (one,) = (one for one in self._reality().readings() if one.device == device.name)
        if not one.answered:
            raise SnmpFailure("no SNMP answer")
        return SnmpAnswer(one.system, one.interfaces, one.lldp, one.ospf, one.bgp)

    async def ask(self, service: Served) -> WebAnswer:
        (one,) = (one for one in self._reality().services() if one.service == service.name)
        return WebAnswer(one.fault, one.status, one.response_ms, VALID_UNTIL if one.fault is None else None)


def polled(inventory: Inventory, store: Store, look: PretendLook, duration_s: float) -> list[Progress]:
    heard: list[Progress] = []
    asyncio.run(run(inventory, look, store, duration_s, look.clock, heard.append, Limits()))
    return heard
