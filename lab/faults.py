"""Faults to throw at the twin: what happens to real networks, and works on every kernel."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from lab import namespaces
from lab.problem import LabProblem
from lab.twin import Twin, command, find
from lab.wiring import NodeKind
from stacks.nspawn import cgroups, machines

STOPS_WITHIN_S = 10.0


class BadFault(LabProblem):
    """No such fault, link, device or daemon in this lab. The text says what there is."""


def _machine(twin: Twin, name: str) -> str:
    """The name, where it is a machine's. Raises BadFault."""
    boxes = [node.name for node in twin.record.plan.nodes if node.kind is NodeKind.MACHINE]
    if name not in boxes:
        raise BadFault(f"{name} is no machine of this lab; it has {', '.join(boxes)}")
    return name


def _set_link(twin: Twin, name: str, state: str) -> None:
    namespaces.set_wire(twin.lab, twin.record.plan.wire(name), state)


def cut(twin: Twin, link: str) -> None:
    """Both ends lose the link. It stays cut until it is healed, or until both its boxes have booted."""
    _set_link(twin, link, "down")


def heal(twin: Twin, link: str) -> None:
    _set_link(twin, link, "up")


def _daemon(twin: Twin, node: str, daemon: str) -> tuple[int, ...]:
    """The host's ids of a machine's processes of that name (proc_pid_comm(5)). Raises BadFault where there is none."""
    found = set[str]()
    numbers = []
    for number in cgroups.processes(f"{twin.host.group(node)}/payload"):
        try:
            name = Path(f"/proc/{number}/comm").read_text().strip()
        except OSError:
            continue  # it ended while we looked
        found.add(name)
        if name == daemon[:15]:
            numbers.append(number)
    if not numbers:
        raise BadFault(f"{node} runs no {daemon}; it runs {', '.join(sorted(found)) or 'nothing'}")
    return tuple(numbers)


def _signal(twin: Twin, subject: str, number: signal.Signals) -> tuple[int, ...]:
    """Send a signal to a daemon, `DEVICE:DAEMON`; the host's ids of those that got it."""
    node, _, daemon = subject.partition(":")
    if not daemon:
        raise BadFault(f"{subject}: name a daemon too, as in {node}:ospfd")
    sent = _daemon(twin, _machine(twin, node), daemon)
    for process in sent:
        os.kill(process, number)
    return sent


def _stopped(process: int) -> bool:
    """Stopped, or gone (proc_pid_stat(5), the state after the name in brackets)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "TtZX"
    except OSError:
        return True


def _await_stop(processes: tuple[int, ...]) -> None:
    """Until each stands still: the kernel tells that of a child alone, so we look, and give way each time."""
    deadline = time.monotonic() + STOPS_WITHIN_S
    while not all(map(_stopped, processes)):
        if time.monotonic() > deadline:
            raise BadFault(f"processes {processes} did not stop within {STOPS_WITHIN_S:.0f} s")
        os.sched_yield()


def kill(twin: Twin, subject: str) -> None:
    """SIGKILL to a daemon, `DEVICE:DAEMON`. What watches over it may start it again, as on a real box."""
    _signal(twin, subject, signal.SIGKILL)


def freeze(twin: Twin, subject: str) -> None:
    """Stop a daemon (`DEVICE:DAEMON`, SIGSTOP) or all of a device (its control group)."""
    if ":" in subject:
        _await_stop(_signal(twin, subject, signal.SIGSTOP))
    else:
        cgroups.freeze(twin.host.group(_machine(twin, subject)), "1")


def thaw(twin: Twin, subject: str) -> None:
    if ":" in subject:
        _signal(twin, subject, signal.SIGCONT)
    else:
        cgroups.freeze(twin.host.group(_machine(twin, subject)), "0")


def reboot(twin: Twin, node: str) -> None:
    """An orderly reboot, as `systemctl reboot` on the box; returns when it is up again. Raises NotRunning."""
    line = command(twin, _machine(twin, node), ["systemctl", "reboot"])
    machines.again(twin.host, node, lambda: machines.run(line))


def power_off(twin: Twin, node: str) -> None:
    """Take the power from a machine at once: all its processes die, its ports go dark; its disk stays."""
    machines.kill(twin.host, _machine(twin, node))
    for wire in twin.record.plan.wires_of(node):
        for end in wire.ends:
            if end.node == node:
                namespaces.batch([f"link set {end.port} down"], twin.lab.of(node))


def power_on(twin: Twin, node: str) -> None:
    """Boot a machine that has no power, from its disk; returns when it is up. Raises BadFault where it runs."""
    if cgroups.leader(twin.host.group(_machine(twin, node))) is not None:
        raise BadFault(f"{node} is running already")
    machines.start(twin.host, [node], lambda _: None)


def power_cut(twin: Twin, node: str) -> None:
    """The power fails and comes back: returns when the machine is up again, with what its disk held."""
    power_off(twin, node)
    power_on(twin, node)


FAULTS: dict[str, Callable[[Twin, str], None]] = {
    "link-down": cut,
    "link-up": heal,
    "kill": kill,
    "freeze": freeze,
    "thaw": thaw,
    "reboot": reboot,
    "power-cut": power_cut,
    "power-off": power_off,
    "power-on": power_on,
}
"""The subject: a link by its name or one of its ends (`dr-rungwe:eth1`), a device, or `DEVICE:DAEMON`."""


def throw(state: Path, kind: str, subject: str) -> None:
    """Throw one fault at the lab of this state folder. Raises NoLab, BadFault, NotRunning, MachineFailed."""
    if kind not in FAULTS:
        raise BadFault(f"{kind} is no fault; there are {', '.join(FAULTS)}")
    FAULTS[kind](find(state), subject)
