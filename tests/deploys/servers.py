"""Servers for the tests of deploys: real Debian machines on cables to one namespace, from which they are managed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import IPv4Interface
from pathlib import Path

from change.disk import DiskEntry, masked
from deploys import day0
from deploys.scratch import Scratch
from deploys.target import HostTarget
from inventory.load import load
from inventory.model import (
    Account,
    DeployRole,
    Device,
    Hosting,
    Interface,
    InterfaceMode,
    Inventory,
    Platform,
    Role,
    Secret,
    Service,
    Text,
)
from inventory.secret_store import AgeStore
from lab import claims, faults, image, namespaces, remains, twin
from lab.names import Lab
from lab.record import LabRecord
from lab.twin import Twin
from lab.wiring import Node, NodeKind, Plan, Wire, WireEnd
from network.hostkeys import known_hosts, make_host_keys, private_half
from network.login import login
from network.session import Session
from stacks.nspawn import disks, machines
from tests.deploys.debs import repository

DEMO = Path(__file__).parents[2] / "inventory" / "demo"
JUMP = "jump-1"
TODAY = date(2026, 11, 23)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqXQzsVXxX2Z0ZWxPf9H1VbQ0bK0dF5q0X0m1cQ3c{}"


def account(name: str, letters: str, administrator: bool = False) -> Account:
    return Account(
        name=name, title=f"{name.title()} of Dodoma", keys=(KEY.format(letters),), administrator=administrator
    )


PEOPLE = (account("asha", "Qa", administrator=True), account("juma", "Qb"))


def site(name: str, institution: str, server: str) -> Service:
    return Service(
        name=f"web-{name}",
        kind="web-site",
        title=Text(en=f"Web site of {name}", sw=f"Tovuti ya {name}"),
        institution=institution,
        site="dodoma-dc",
        host_name=f"{name}.govnet.example",
        server=server,
        tls_secret=f"tls-{name}",
    )


def server(number: int, deploys: tuple[DeployRole, ...]) -> Device:
    address, gateway = IPv4Interface(f"10.77.{number}.2/24"), IPv4Interface(f"10.77.{number}.1/24")
    port = Interface(name="eth0", mode=InterfaceMode.ROUTED, addresses=(address,), gateway=gateway.ip)
    return Device(
        name=f"server-{number}",
        site="dodoma-dc",
        role=Role.SERVER,
        platform=Platform.DEBIAN,
        management="eth0",
        interfaces=(port,),
        deploys=deploys,
    )


def world(*deploys: tuple[DeployRole, ...]) -> Inventory:
    """The demonstration's, with these servers and no other device."""
    demo = load(DEMO)
    servers = tuple(server(number, roles) for number, roles in enumerate(deploys, start=1))
    web = next((one.name for one in servers if DeployRole.WEB in one.deploys), None)
    sites = () if web is None else (site("necta", "necta", web), site("mof", "mof", web))
    hosting = Hosting(
        mirror=servers[0].name,
        ca_secret="ca",
        stack_secret="stack",
        mirror_secret="mirror",  # names, no values
    )
    return demo.model_copy(
        update={
            "world": demo.world.model_copy(update={"hosting": hosting}),
            "devices": servers,
            "links": (),
            "services": sites,
            "accounts": PEOPLE,
            "machines": (),
            "volumes": (),
            "secrets": (
                *(one for one in demo.secrets if one.name not in ("ca", "tls-necta", "tls-mof")),
                *(Secret(name=name, kind="tls-key", source="age") for name in ("ca", "tls-necta", "tls-mof")),
            ),
        }
    )


@dataclass(frozen=True)
class Servers:
    """Machines that are up, and the world that they are of: `with_world` gives another one to the same machines."""

    inventory: Inventory
    twin: Twin
    store: AgeStore
    known_hosts: Path

    def with_world(self, inventory: Inventory) -> Servers:
        return replace(self, inventory=inventory)

    def target(self, name: str, scratch: Scratch | None = None) -> HostTarget:
        device = self.inventory.device[name]
        mirrors = self.known_hosts.parent / "mirror"
        return HostTarget(
            self.inventory, device, self.store, self.known_hosts, self.reach, lambda: TODAY, mirrors, scratch
        )

    def reach(self, device: Device, total_s: float) -> Session:
        return login(self.inventory, device, self.store, self.known_hosts, total_s)

    def sh(self, node: str, script: str) -> str:
        line = twin.command(self.twin, node, ["sh", "-c", script])
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{node}: {script}: {done.stdout}{done.stderr}"
        return done.stdout

    def power_cut(self, node: str) -> None:
        faults.power_off(self.twin, node)
        faults.power_on(self.twin, node)

    def until(self, node: str, script: str, limit_s: float = 60.0) -> None:
        """Until the script succeeds on the machine."""
        ends = time.monotonic() + limit_s
        while subprocess.run(twin.command(self.twin, node, ["sh", "-c", script]), capture_output=True).returncode:
            assert time.monotonic() < ends, f"{node}: {script}"
            time.sleep(0.2)


def birth(inventory: Inventory, device: Device, store: AgeStore, host_keys: Path) -> tuple[DiskEntry, ...]:
    """A server as it is born: host key, name, address, govnet's way in, the latch and the handler; and packages."""
    key = private_half(host_keys, device.name)
    return (*day0.files(inventory, device, store, key), masked("lldpd.service"), *repository())


def up(inventory: Inventory, state: Path, secrets: AgeStore | None = None) -> Servers:
    """A machine for each server of the world, on a cable of its own. `down` removes all; a failure leaves nothing."""
    lab = Lab(state)
    names = [device.name for device in inventory.servers]
    cables = [
        Wire(name=name, a=WireEnd(node=name, port="eth0"), b=WireEnd(node=JUMP, port=f"to{number}"))
        for number, name in enumerate(names, start=1)
    ]
    jump = Node(name=JUMP, kind=NodeKind.NAMESPACE, role="jump-host", ports=tuple(wire.b.port for wire in cables))
    nodes = [Node(name=name, kind=NodeKind.MACHINE, role="server", ports=("eth0",)) for name in names]
    plan = Plan(nodes=(jump, *nodes), wires=tuple(cables))
    found = Twin(lab, LabRecord(world=inventory.world.name, image=image.path(), plan=plan))
    store = secrets or AgeStore.create(state / "secrets", inventory)
    make_host_keys(inventory, state / "host-keys")
    (state / "known_hosts").write_text(known_hosts(inventory, state / "host-keys"))
    remains.remove(lab)
    claims.claim(lab)
    try:
        namespaces.make(lab, plan)
        namespaces.batch(["link set lo up"], lab.of(JUMP))
        for wire, device in zip(cables, inventory.servers, strict=True):
            gateway = device.interface("eth0").gateway
            namespaces.batch(
                [f"link set {wire.b.port} up", f"address add {gateway}/24 dev {wire.b.port}"], lab.of(JUMP)
            )
        for device in inventory.servers:
            files = birth(inventory, device, store, state / "host-keys")
            disks.write(found.record.image, found.host.disk(device.name), files)
        machines.start(found.host, names, lambda _: None)
    except BaseException:
        remains.remove(lab)
        raise
    return Servers(inventory, found, store, state / "known_hosts")


def down(servers: Servers) -> None:
    remains.remove(servers.twin.lab)


CLONE_NEWNET = 0x40000000  # linux/sched.h
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(namespace: Path) -> Iterator[None]:
    """This thread, and what it starts, in a network namespace: as govnet runs in the jump host's."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        assert _LIBC.setns(there, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert _LIBC.setns(before, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    finally:
        os.close(before)
        os.close(there)
