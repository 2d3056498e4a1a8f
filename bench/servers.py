"""A data centre made up for measuring: a jump host, a package mirror and servers on one switch, and their machines.

The switch is a bridge of the kernel in the jump host's own namespace: no OSPF, no tagging, nothing to converge. All
else is as in the demonstration: a world of YAML that the checker accepts, keys by `govnet keys`, machines born with
day-0 alone, and every command run in the jump host's network.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Interface, IPv4Network
from itertools import count
from pathlib import Path
from subprocess import PIPE, STDOUT

from bench.forty import stop
from bench.group import Failed
from deploys import day0
from inventory.load import SECTIONS, load
from inventory.model import (
    DeployRole,
    Device,
    Interface,
    InterfaceMode,
    Inventory,
    Link,
    LinkEnd,
    LinkKind,
    Machine,
    Platform,
    Prefix,
    Role,
    Vlan,
)
from inventory.secret_store import AgeStore
from lab import claims, image, limits, namespaces, remains
from lab.names import Lab
from lab.wiring import Node, NodeKind, Plan, Wire, WireEnd
from network.hostkeys import private_half
from stacks.birth import BirthFile
from stacks.nspawn import disks, host, machines

CHECKOUT = Path(__file__).parents[1]
DEMO = CHECKOUT / "inventory" / "demo"
PROGRAMS = Path(sys.executable).parent
JUMP, SWITCH, MIRROR = "jump-1", "sw-1", "mirror-1"
SITE = "bench-dc"
NETWORK = IPv4Network("10.77.0.0/24")
VLAN = 10
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def world(servers: int) -> Inventory:
    """The servers alone at a site of their own, so that a selector means just them."""
    demo = load(DEMO)
    centre = next(site for site in demo.sites if site.name == demo.device[JUMP].site)
    names = [JUMP, MIRROR, *(f"server-{number}" for number in range(1, servers + 1))]
    places = {name: _address(number) for number, name in enumerate(names, start=1)}
    switch = Device(
        name=SWITCH,
        site=centre.name,
        role=Role.ACCESS_SWITCH,
        platform=Platform.IFUPDOWN2,
        managed=False,
        management="v10",
        interfaces=(
            *(Interface(name=_port(name, names), mode=InterfaceMode.ACCESS, vlan=VLAN) for name in names),
            Interface(
                name="v10",
                mode=InterfaceMode.VLAN,
                vlan=VLAN,
                addresses=(_address(254),),
                gateway=places[JUMP].ip,
            ),
        ),
    )
    links = (
        Link(
            name=f"{SWITCH}--{name}",
            kind=LinkKind.ACCESS,
            a=LinkEnd(device=SWITCH, interface=_port(name, names)),
            b=LinkEnd(device=name, interface="eth0"),
        )
        for name in names
    )
    jump = demo.device[JUMP].model_copy(update={"interfaces": (_eth0(places[JUMP]),)})
    mirror = _server(MIRROR, centre.name, places[MIRROR], DeployRole.BASE, DeployRole.MIRROR)
    return Inventory(
        world=demo.world,
        sites=(centre, centre.model_copy(update={"name": SITE})),
        devices=(switch, jump, mirror, *(_server(name, SITE, places[name], DeployRole.BASE) for name in names[2:])),
        links=tuple(links),
        vlans=(Vlan(id=VLAN, name="management", site=centre.name),),
        prefixes=(Prefix(prefix=NETWORK, use="management", site=centre.name),),
        accounts=demo.accounts,
        secrets=demo.secrets,
    )


def with_machines(inventory: Inventory) -> Inventory:
    """The same world, with a machine of a stack under each server of the site."""
    made = tuple(Machine(name=device.name, cpus=1, memory_mib=512) for device in at_site(inventory))
    return inventory.model_copy(update={"machines": made})


def at_site(inventory: Inventory) -> tuple[Device, ...]:
    return tuple(device for device in inventory.servers if device.site == SITE)


def _address(number: int) -> IPv4Interface:
    return IPv4Interface((NETWORK.network_address + number, NETWORK.prefixlen))


def _port(name: str, names: Sequence[str]) -> str:
    return f"eth{names.index(name) + 1}"


def _eth0(address: IPv4Interface) -> Interface:
    return Interface(name="eth0", mode=InterfaceMode.ROUTED, addresses=(address,))


def _server(name: str, site: str, address: IPv4Interface, *deploys: DeployRole) -> Device:
    return Device(
        name=name,
        site=site,
        role=Role.SERVER,
        platform=Platform.DEBIAN,
        management="eth0",
        interfaces=(_eth0(address),),
        deploys=deploys,
    )


def write(inventory: Inventory, folder: Path) -> None:
    """The world as files, one a section: JSON, which YAML can read. Other files of the folder stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for section in SECTIONS:
        found = getattr(inventory, section)
        records = [found] if section == "world" else found
        plain = [record.model_dump(mode="json", exclude_defaults=True) for record in records]
        if plain:
            (folder / f"{section}.yaml").write_text(json.dumps({section: plain}, indent=1))


@dataclass(frozen=True)
class Ground:
    """The switch and its cables, with no machine yet."""

    inventory: Inventory
    state: Path

    @property
    def world(self) -> Path:
        return self.state / "world"

    @property
    def known_hosts(self) -> Path:
        return self.world / "known_hosts"

    @property
    def lab(self) -> Lab:
        return Lab(self.state)

    @property
    def host(self) -> host.Host:
        return self.lab.host(image.path())

    @cached_property
    def secrets(self) -> AgeStore:
        return AgeStore.open(self.state / "secrets", self.inventory)

    def birth(self, device: Device) -> tuple[BirthFile, ...]:
        return day0.files(self.inventory, device, self.secrets, private_half(self.state / "host-keys", device.name))

    def bear(self, devices: Iterable[Device]) -> None:
        """Machines as new, side by side; what stood in their places is gone."""
        born = tuple(devices)
        self.clear(born)
        for device in born:
            disks.write(self.host.image, self.host.disk(device.name), self.birth(device))
        machines.start(self.host, [device.name for device in born], lambda _: None)

    def clear(self, devices: Iterable[Device]) -> None:
        for device in devices:
            machines.kill(self.host, device.name)
            shutil.rmtree(self.host.disk(device.name), ignore_errors=True)

    def inside(self, *line: str | Path) -> list[str]:
        """The command line that runs a command in the jump host's network."""
        return ["nsenter", f"--net={self.lab.namespace(JUMP)}", "--", *map(str, line)]

    def govnet(self, *words: str) -> list[str]:
        """As a person on the jump host gives it."""
        return self.inside(*self._govnet(words))

    def _govnet(self, words: Sequence[str]) -> list[str]:
        return [str(PROGRAMS / "govnet"), *words, "--inventory", str(self.world), "--state", str(self.state)]

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing of ours but where slow things are kept."""
        return {"PATH": PATH, "HOME": str(self.state), "LC_ALL": "C.UTF-8", "GOVNET_CACHE": str(image.cache())}

    def by_hand(self, *words: str, ends: int = 0) -> None:
        """A verb of govnet that is not measured. Raises Failed unless it ends with that status."""
        finish(self.govnet(*words), self.environment, ends)

    def set_up(self, *words: str) -> None:
        """One that asks the host's own network and surroundings: where Debian's packages are. Raises Failed."""
        finish(self._govnet(words), os.environ, 0)


def finish(line: Sequence[str], environment: Mapping[str, str], ends: int) -> None:
    """Raises Failed unless it ends with that status."""
    done = subprocess.run(line, env=environment, cwd=CHECKOUT, stdout=PIPE, stderr=STDOUT, text=True, check=False)
    if done.returncode != ends:
        raise Failed(f"{' '.join(line)}: it ended with status {done.returncode} and said:\n{done.stdout}")


def wiring(inventory: Inventory) -> Plan:
    """One cable from each server to the jump host, where the bridge is."""
    names = [device.name for device in inventory.servers]
    wires = [
        Wire(name=name, a=WireEnd(node=name, port="eth0"), b=WireEnd(node=JUMP, port=f"port{number}"))
        for number, name in zip(count(1), names, strict=False)
    ]
    jump = Node(name=JUMP, kind=NodeKind.NAMESPACE, role="jump-host", ports=tuple(wire.b.port for wire in wires))
    nodes = (Node(name=name, kind=NodeKind.MACHINE, role="server", ports=("eth0",)) for name in names)
    return Plan(nodes=(jump, *nodes), wires=tuple(wires))


def _lay(ground: Ground) -> None:
    plan = wiring(ground.inventory)
    namespaces.make(ground.lab, plan)
    own = ground.inventory.device[JUMP].interface("eth0").addresses[0]
    bridge = ["link set lo up", "link add eth0 type bridge", f"address add {own} dev eth0", "link set eth0 up"]
    ports = [f"link set {wire.b.port} master eth0 up" for wire in plan.wires]
    namespaces.batch([*bridge, *ports], ground.lab.of(JUMP))


@contextmanager
def ground(state: Path, inventory: Inventory) -> Iterator[Ground]:
    """The folder begins anew; afterwards nothing runs. After a kill -9 the next run removes what is left."""
    signal.signal(signal.SIGTERM, stop)
    made = Ground(inventory, state)
    remains.remove(made.lab)
    os.environ.setdefault(claims.OWNER, str(os.getpid()))
    claims.claim(made.lab)
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(mode=0o700, parents=True)
    write(inventory, made.world)
    try:
        limits.raise_ceilings()
        _lay(made)
        host.write(made.host, made.lab.hypervisor)
        made.set_up("keys")
        yield made
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # a second one must not stop the way down
        remains.remove(made.lab)
        shutil.rmtree(state)
