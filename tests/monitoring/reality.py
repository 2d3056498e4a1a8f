"""A pretended network: which links are cut and which boxes are dead -> what a poller at the jump host would read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Interface

from inventory.model import Inventory, Link, LinkEnd, LinkKind, Role
from monitoring.model import (
    Fault,
    InterfaceCounters,
    LldpNeighbour,
    OspfNeighbour,
    ProbeReading,
    Reading,
    ServiceReading,
)
from monitoring.served import served

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reality:
    inventory: Inventory
    cut: frozenset[str] = frozenset()
    """Links without carrier at either end."""
    dead: frozenset[str] = frozenset()
    """Devices without power."""
    silent: frozenset[str] = frozenset()
    """Institutions whose own equipment is off."""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """Services that are ill by themselves."""
    unread: frozenset[str] = frozenset()
    """Devices whose SNMP agent does not answer."""
    stale: bool = False
    """ifOperStatus still says what it said before anything failed (net-snmp's cache)."""

    def works(self, link: Link) -> bool:
        return link.name not in self.cut and not any(end.device in self.dead for end in link.ends)

    def reached(self) -> set[str]:
        jump = self.inventory.world.jump_host
        found, queue = {jump}, [jump]
        while queue:
            here = queue.pop()
            if self.inventory.device[here].role is Role.UPSTREAM:
                continue
            for link in self.inventory.links_of[here]:
                for end in link.ends:
                    if self.works(link) and end.device not in found:
                        found.add(end.device)
                        queue.append(end.device)
        return found

    def readings(self, at: datetime = AT) -> tuple[Reading, ...]:
        reached = self.reached()
        return tuple(self._reading(device.name, device.name in reached, at) for device in self.inventory.managed)

    def probes(self, at: datetime = AT) -> tuple[ProbeReading, ...]:
        reached = self.reached()
        return tuple(
            ProbeReading(
                institution=one.name,
                at=at,
                reachable=(up := one.port.device in reached and one.name not in self.silent),
                round_trip_ms=1.5 if up else None,
            )
            for one in self.inventory.institutions
            if one.probe and one.port
        )

    def services(self, at: datetime = AT) -> tuple[ServiceReading, ...]:
        reached = self.reached()
        return tuple(
            self._service(one.name, self.faults.get(one.name) if one.server.name in reached else Fault.NO_ANSWER, at)
            for one in served(self.inventory)
        )

    def _service(self, name: str, fault: Fault | None, at: datetime) -> ServiceReading:
        well = {"status": 200, "response_ms": 12.5, "certificate_days": 99}
        ill = {"status": None, "response_ms": None, "certificate_days": None}
        return ServiceReading(service=name, at=at, fault=fault, **(ill if fault else well))

    def _reading(self, name: str, reached: bool, at: datetime) -> Reading:
        answered = reached and name not in self.unread
        time_ms = 0.5 if reached else None
        if not answered:
            return Reading(device=name, at=at, reachable=reached, round_trip_ms=time_ms, answered=False)
        ends = [
            (link, *((link.a, link.b) if link.a.device == name else (link.b, link.a)))
            for link in self.inventory.links_of[name]
        ]
        return Reading(
            device=name,
            at=at,
            reachable=True,
            round_trip_ms=time_ms,
            answered=True,
            interfaces=tuple(self._port(here, self.stale or self.works(link)) for link, here, _ in ends),
            lldp=tuple(
                LldpNeighbour(
                    device=name,
                    interface=here.interface,
                    remote_device=there.device,
                    remote_interface=there.interface,
                )
                for link, here, there in ends
                if link.kind is not LinkKind.UPSTREAM and self.works(link)
            ),
            ospf=tuple(
                OspfNeighbour(device=name, address=self._address(there), router_id="10.255.0.1", state="full")
                for link, _, there in ends
                if link.kind is LinkKind.BACKBONE and self.works(link)
            ),
        )

    def _port(self, end: LinkEnd, up: bool) -> InterfaceCounters:
        return InterfaceCounters(
            device=end.device,
            interface=end.interface,
            oper_up=up,
            in_octets=2**40,
            out_octets=7,
            in_errors=0,
            out_errors=0,
            speed_mbps=1000,
        )

    def _address(self, end: LinkEnd) -> str:
        addresses = self.inventory.device[end.device].interface(end.interface).addresses
        return next(str(address.ip) for address in addresses if isinstance(address, IPv4Interface))
