"""The digital twin: a world as real machines on one host, brought up, looked at, entered and taken down."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from inventory.model import Inventory
from inventory.secrets import Secrets
from lab import claims, day_zero, image, limits, namespaces, record, remains, wiring
from lab.names import Lab
from lab.problem import LabProblem
from lab.record import LabRecord
from lab.wiring import Node, NodeKind, Wire
from network.hostkeys import make_host_key, make_host_keys
from stacks.nspawn import cgroups, disks, host, machines
from stacks.nspawn.host import Host

INSIDE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
"""The environment of a command in a machine: nothing of the caller's."""
TIMELESS = ("setpriv", "--bounding-set", "-sys_time", "--")
"""There is one clock for the host and all machines. A command from outside is kept from setting it, as they are."""


IN_BAND_S = 60.0
"""How long OSPF may take to converge after the last machine is up."""


class LabBusy(LabProblem):
    """Another `govnet lab up` or `down` is at work in this state folder."""


class NotRunning(LabProblem):
    """The machine has no power, or has not come up."""


@dataclass(frozen=True)
class Twin:
    """A lab that is up."""

    lab: Lab
    record: LabRecord

    @property
    def state(self) -> Path:
        return self.lab.folder

    @property
    def host(self) -> Host:
        """Where its machines live."""
        return self.lab.host(self.record.image)

    @property
    def jump_namespace(self) -> Path:
        """The network namespace that govnet runs in."""
        jump = next(node for node in self.record.plan.nodes if node.role == "jump-host")
        return self.lab.namespace(jump.name)


@dataclass(frozen=True)
class NodeStatus:
    """One row of `govnet lab status`."""

    name: str
    kind: NodeKind
    role: str
    state: str
    """up, off, frozen (a machine); up, missing (a namespace)."""
    memory_mib: float | None
    """Resident memory of all its processes, shared pages in each; None of a namespace."""


@dataclass(frozen=True)
class LinkStatus:
    name: str
    a: str
    b: str
    up: bool


@contextmanager
def locked(lab: Lab) -> Iterator[None]:
    """One builder or remover at a time. Machines that start keep the lock until they can be found by name.

    Raises LabBusy.
    """
    lab.lock.parent.mkdir(parents=True, exist_ok=True)
    with lab.lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabBusy(f"another govnet lab command is at work on {lab.folder}: wait for it to end") from None
        yield


def _prepare(twin: Twin, inventory: Inventory, secrets: Secrets) -> None:
    host_keys = twin.state / "host-keys"
    make_host_keys(inventory, host_keys)
    for node in twin.record.plan.nodes:
        if node.kind is NodeKind.MACHINE:
            make_host_key(host_keys, node.name)
            files = day_zero.files(inventory, node, secrets, host_keys)
            disks.write(twin.record.image, twin.host.disk(node.name), files)


def up(inventory: Inventory, secrets: Secrets, state: Path, report: Callable[[str], None]) -> Twin:
    """Bring the whole world up with day-0 only, and return when every machine is up and answers the jump host in-band.

    What an earlier lab of this state folder left is removed first. Where anything fails, nothing is left.
    Raises LabBusy, ImageMissing, MachineFailed, NetworkProblem, and what secrets and host keys raise.
    """
    lab = Lab(state)
    plan = wiring.plan(inventory)
    twin = Twin(lab, LabRecord(world=inventory.world.name, image=image.path(), plan=plan))
    with locked(lab):
        remains.remove(lab)
        claims.claim(lab)
        record.write(lab, twin.record)
        host.write(twin.host, lab.hypervisor)
        for line in limits.raise_ceilings():
            report(f"the host's limit is raised: {line}")
        try:
            _prepare(twin, inventory, secrets)
            namespaces.make(lab, plan)
            for node in plan.nodes:
                if node.kind is not NodeKind.MACHINE:
                    namespaces.configure(lab, node)
            boxes = [node.name for node in plan.nodes if node.kind is NodeKind.MACHINE]
            bare = [node.name for node in plan.nodes if node.kind is NodeKind.NAMESPACE]
            report(f"{len(boxes)} machines, {len(bare)} namespaces, {len(plan.wires)} links")
            machines.start(twin.host, boxes, report)
            await_in_band(twin, inventory)
        except BaseException:
            remains.remove(lab)
            raise
    return twin


def await_in_band(twin: Twin, inventory: Inventory, limit_s: float = IN_BAND_S) -> None:
    """Return when the jump host reaches every managed box across the network that they make up.

    Raises MachineFailed naming those that it does not reach.
    """
    jump = inventory.world.jump_host
    addresses = [str(device.management_address) for device in inventory.managed if device.name not in inventory.machine]
    line = command(twin, jump, [sys.executable, "-m", "lab.knock", str(limit_s), *addresses])
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    if done.returncode:
        silent = done.stdout.strip() or done.stderr.strip()
        raise machines.MachineFailed(f"{jump} does not reach all boxes within {limit_s:.0f} s: {silent}")


def down(state: Path, report: Callable[[str], None]) -> None:
    """Remove everything of the lab; a lab that is not there is no error. Raises LabBusy, GroupStuck."""
    lab = Lab(state)
    if not lab.folder.exists():
        return
    with locked(lab):
        remains.remove(lab)
    report(f"nothing is left of {lab.name}")


def find(state: Path) -> Twin:
    """The lab of this state folder. Raises NoLab."""
    lab = Lab(state)
    return Twin(lab, record.read(lab))


def _memory_mib(group: str) -> float:
    pages = 0
    for process in cgroups.processes(group):
        try:
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it ended while we looked
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _node_status(twin: Twin, node: Node) -> NodeStatus:
    if node.kind is NodeKind.NAMESPACE:
        state = "up" if namespaces.exists(twin.lab, node.name) else "missing"
        return NodeStatus(node.name, node.kind, node.role, state, None)
    group = twin.host.group(node.name)
    state = "frozen" if cgroups.frozen(group) else "up" if cgroups.leader(group) else "off"
    return NodeStatus(node.name, node.kind, node.role, state, round(_memory_mib(group), 1))


def status(state: Path) -> tuple[tuple[NodeStatus, ...], tuple[LinkStatus, ...]]:
    """What every node and link of the lab is now. Raises NoLab."""
    twin = find(state)
    nodes = tuple(_node_status(twin, node) for node in twin.record.plan.nodes)
    return nodes, tuple(_link_status(twin.lab, wire) for wire in twin.record.plan.wires)


def _link_status(lab: Lab, wire: Wire) -> LinkStatus:
    return LinkStatus(wire.name, str(wire.a), str(wire.b), namespaces.wire_is_up(lab, wire))


def command(twin: Twin, node: str, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` inside a node: in the whole machine, or in a namespace's network alone.

    Raises NotInLab (no such node), NotRunning.
    """
    found = twin.record.plan.node(node)
    if found.kind is NodeKind.NAMESPACE:
        return [*TIMELESS, "nsenter", f"--net={twin.lab.namespace(node)}", "--", *argv]
    leader = cgroups.leader(twin.host.group(node))
    if leader is None:
        raise NotRunning(f"{node} is not running")
    clean = [f"{name}={value}" for name, value in INSIDE.items()]
    return [*TIMELESS, "nsenter", "--target", str(leader), "--all", "--", "env", "-i", *clean, *argv]


def execute(state: Path, node: str, argv: Sequence[str]) -> NoReturn:
    """Become a command in a node: input, output, signals and the exit status are its own. Raises as find and command.

    There is no process between: one that waited would have to hand each signal on, and be killed last. But for a whole
    machine: its processes are numbered apart, so nsenter(1) waits outside for the command that it started inside.
    """
    line = command(find(state), node, argv)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and what is ignored outlives an exec
        signal.signal(ignored, signal.SIG_DFL)
    sys.stdout.flush()
    os.execvp(line[0], line)


def output(twin: Twin, node: str, argv: Sequence[str], timeout_s: float = 60) -> str:
    """What a command in a node writes to standard output. Raises subprocess.CalledProcessError, TimeoutExpired."""
    line = command(twin, node, argv)
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=timeout_s, stdin=subprocess.DEVNULL)
    return done.stdout
