"""A small world with servers, the fake hypervisor under it, and the real engine over it."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from change import plan
from change.disk import DiskFile
from change.model import Digest, Step
from change.target import Preview
from inventory.load import load
from inventory.model import (
    DeployRole,
    Device,
    Interface,
    InterfaceMode,
    Inventory,
    Machine,
    Platform,
    Role,
    Volume,
)
from stacks.birth import Birth, BirthFile
from stacks.engine import find
from stacks.target import StackTarget
from tests.inventory.worlds import MINIMAL
from tests.stacks.fake_backend import FolderBackend, plugin

ROOT = Path(__file__).parents[2]
SITE = "dodoma-dc"
PLAN: Digest = "sha256:" + "2" * 64
CANARY = "canary-of-a-host-key-8d1f"
PASSPHRASE = "canary-of-a-passphrase-77c2"


def forms(secret: str) -> Iterator[bytes]:
    """Every way in which a file may hold it: plain, and in base64 at each of the three places it may begin at."""
    yield secret.encode()
    for place in range(3):
        encoded = b64encode(bytes(place) + secret.encode())
        whole = len(secret.encode()) + place
        yield encoded[-(-place * 8 // 6) : whole * 8 // 6]


def server(name: str, number: int) -> Device:
    port = Interface(
        name="eth0",
        mode=InterfaceMode.ROUTED,
        addresses=(IPv4Interface(f"10.9.0.{number}/24"),),
        gateway=IPv4Address("10.9.0.1"),
    )
    return Device(
        name=name,
        site=SITE,
        role=Role.SERVER,
        platform=Platform.DEBIAN,
        management="eth0",
        interfaces=(port,),
        deploys=(DeployRole.BASE,),
    )


def machine(name: str, cpus: int = 1, memory_mib: int = 512) -> Machine:
    return Machine(name=name, cpus=cpus, memory_mib=memory_mib)


def inventory_of(
    machines: tuple[Machine, ...], volumes: tuple[Volume, ...] = (), numbers: dict[str, int] | None = None
) -> Inventory:
    """The minimal world and a server for each machine. `numbers`: the last octet of a server's address."""
    base = load(MINIMAL)
    numbered = {one.name: 10 + place for place, one in enumerate(machines)} | (numbers or {})
    servers = tuple(server(one.name, numbered[one.name]) for one in machines)
    fields = {name: getattr(base, name) for name in Inventory.model_fields}
    return Inventory(**fields | {"devices": (*base.devices, *servers), "machines": machines, "volumes": volumes})


def birth(device: Device) -> tuple[BirthFile, ...]:
    """Address and a secret, so that a canary goes the way that a host key goes."""
    address = device.interface(device.management).addresses[0]
    return (
        DiskFile("/etc/hostname", f"{device.name}\n".encode()),
        DiskFile("/etc/ssh/ssh_host_ed25519_key", f"{CANARY} of {device.name} at {address}".encode(), 0o600),
    )


@dataclass
class StackWorld:
    """One stack, its hypervisor and its folder. Each target is one process's view of it."""

    folder: Path
    inventory: Inventory
    announced: list[str] = field(default_factory=list)
    birth: Birth = birth
    passphrase: Callable[[], str] = lambda: PASSPHRASE

    @property
    def backend(self) -> FolderBackend:
        return FolderBackend(self.folder / "hypervisor")

    @property
    def stack_folder(self) -> Path:
        return self.folder / "stacks" / SITE

    def target(self) -> StackTarget:
        plugins = plugin(self.folder / "plugins", ROOT, sys.executable)
        return StackTarget(
            self.inventory, SITE, self.backend, find, self.stack_folder, self.birth, self.passphrase, plugins
        )

    def announce(self, what: str) -> None:
        self.announced.append(what)

    def apply(self, step: Step) -> None:
        """All phases but those of change/: armed, tried, verified, confirmed."""
        target = self.target()
        target.arm(step, PLAN, step.timer_s)
        target.try_(step, self.announce)
        target.verify(step)
        target.confirm(step)

    def build(self) -> None:
        """What the inventory wants stands."""
        self.apply(step_of(self.target(), "building"))


def step_of(target: StackTarget, id_: str) -> Step:
    preview = target.preview()
    assert preview is not None
    return step_from(target, preview, id_)


def step_from(target: StackTarget, preview: Preview, id_: str) -> Step:
    return plan.step_of(target, preview, {target.name: f"{target.name}.{id_}"}, plan.Relations())
