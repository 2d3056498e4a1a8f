"""A switch kept by ifupdown2, as a target of change.

It is healthy when every port of the inventory stands in Open vSwitch (a switch without any is a failure where some are
intended), and `ifquery --check -a` names every stanza of /etc/network/interfaces and finds it as it says. It looks
at no attribute of Open vSwitch: those the box's own latch compares (network/box).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set

from change.model import Probe, Step
from change.target import TargetError
from inventory.model import InterfaceMode
from network.config import Config
from network.observe import InterfaceCheck, interface_checks, ovs_ports
from network.session import Session
from network.target import BoxTarget, leads_to_intent

SWITCHED = frozenset({InterfaceMode.TRUNK, InterfaceMode.ACCESS, InterfaceMode.VLAN})


class SwitchTarget(BoxTarget):
    def judge(self, session: Session, step: Step, live: Config, later: Collection[str]) -> None:
        intended = {interface.name for interface in self._device.interfaces if interface.mode in SWITCHED}
        if not leads_to_intent(step):
            intended &= stanzas(live.text("interfaces"))
        checks = check_faults(stanzas(live.text("interfaces")), interface_checks(session))
        faults = [*port_faults(intended, ovs_ports(session)), *checks]
        if faults:
            raise TargetError(f"{self.name}: {'; '.join(faults)}")

    def probes(self, session: Session) -> tuple[Probe, ...]:
        return ()


def stanzas(interfaces: str) -> set[str]:
    """The interfaces that an interfaces(5) text has a stanza for."""
    return set(re.findall(r"^iface (\S+)", interfaces, re.MULTILINE))


def port_faults(intended: Iterable[str], present: frozenset[str]) -> Iterable[str]:
    missing = sorted(set(intended) - present)
    if missing:
        yield f"Open vSwitch lacks {', '.join(missing)}"


def check_faults(wanted: Set[str], checks: tuple[InterfaceCheck, ...]) -> Iterable[str]:
    """A sentence for each interface that is not as its stanza; one where some of the wanted, or none, was checked."""
    unchecked = sorted(wanted - {check.name for check in checks})
    if not checks:
        yield "ifquery checked no interface"
    elif unchecked:
        yield f"ifquery did not check {', '.join(unchecked)}"
    for check in checks:
        if not check.ok:
            wrong = f" ({', '.join(check.wrong)})" if check.wrong else ""
            yield f"{check.name} is not as its stanza{wrong}"
