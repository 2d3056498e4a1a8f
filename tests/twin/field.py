"""Twenty-five district routers in five regions, for proofs by numbers: each region a lane of its own, side by side.

A lane is what a jump host has: a journal, plans and a copy of the inventory that it may edit. Keys and machines are
shared. What is said of a router here is asked of the machine itself, never through govnet.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from bench import forty
from bench.country import country
from bench.servers import write
from change.installation import PROGRAM
from change.model import Inspection, Step
from inventory.model import ChangeTimers, Device, Interface, Inventory, Role, SiteKind
from lab import twin as machines
from tests.signed import pin
from tests.twin.conftest import GOVNET, LIMIT_S, Twin

T = TypeVar("T")
REGIONS, ROUTERS = 5, 5
TIMERS = ChangeTimers(verify_s=6, confirm_s=3, margin_s=8)
"""Five applies go side by side on two cores."""
SETTLE_S = 30.0
STANDS = (
    "vtysh -c 'show running-config no-header'; echo =====; cat /etc/frr/frr.conf; echo =====;"
    "ip -4 -o address; ip -6 -o address; echo =====; ip -4 route; ip -6 route"
)
TRIES = "journalctl -o cat --no-pager | grep -c '^Started govnet-latch-try-' || true"
SPOKEN_TO = re.compile(r"^Accepted |^Starting session|govnet-latch|Configuration Read in")
"""sshd, sshd at LogLevel VERBOSE, the latch's units, and a daemon of FRR that vtysh fed."""
LEFT = (
    "ls -A /run/govnet-latch /etc/frr /var/lib/govnet-latch | grep -E '[.]govnet|step.json|reserve|part';"
    "systemctl list-timers --all --no-legend | grep govnet-latch; true"
)


@dataclass(frozen=True)
class Standing:
    """A router as the machine itself says: the configuration in force, the start-up file, and what its kernel has."""

    running: str
    start_up: str
    addresses: str
    routes: str


@dataclass(frozen=True)
class Field:
    """The machines, and what is wanted of them as they come up."""

    seat: Twin
    inventory: Inventory

    @cached_property
    def lab(self) -> machines.Twin:
        return machines.find(self.seat.state)

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        regions = (site.name for site in self.inventory.sites if site.kind is SiteKind.REGION)
        return tuple(made_lane(self, region) for region in regions)

    @cached_property
    def routers(self) -> tuple[Device, ...]:
        return tuple(device for device in self.inventory.devices if device.role is Role.DISTRICT_ROUTER)

    def side_by_side(self, act: Callable[[Lane], T]) -> list[T]:
        """Done in every lane at once; what each returned, in the order of the lanes."""
        with ThreadPoolExecutor(len(self.lanes)) as pool:
            return list(pool.map(act, self.lanes))

    def converge(self) -> None:
        """Return when every router has a route to each other's loopback, in both families. Raises NotConverged."""
        forty.await_none(self.without_routes, self.names, forty.Clock())

    def settle(self) -> None:
        """After the boot: converged, and whoever still lacks a route after SETTLE_S asks its neighbours anew.

        FRR 8.4's ospf6d may miss a router's LSA for good when all boot at once on a busy host (seen at load 20 to 40).
        """
        ends = time.monotonic() + SETTLE_S
        while (left := self.without_routes(self.names)) and time.monotonic() < ends:
            time.sleep(0.5)  # no event comes of a route that is not there
        for router in left:
            print(f"{router} lacks a route {SETTLE_S:.0f} s after the boot: its ospf6d begins anew")
            machines.output(self.lab, router, ["vtysh", "-c", "clear ipv6 ospf6 process"])
        self.converge()

    def without_routes(self, names: Iterable[str]) -> tuple[str, ...]:
        return forty.without_routes(self.lab, self.inventory, names)

    @property
    def names(self) -> tuple[str, ...]:
        return forty.routers(self.inventory)

    def stands(self, router: str) -> Standing:
        said = machines.output(self.lab, router, ["sh", "-c", STANDS])
        running, start_up, addresses, routes = said.split("=====\n")
        routes = "\n".join(sorted(re.sub(r" nhid \d+| pref medium", "", routes).splitlines()))
        return Standing(running, start_up, addresses, routes)

    def tries(self, router: str) -> int:
        """How many tries its latch has ever begun, by the box's own log: each is a unit of its own."""
        return int(machines.output(self.lab, router, ["sh", "-c", TRIES]))

    def latch_says(self, step: Step) -> Inspection:
        """Of a step, by the box's own latch."""
        line = machines.command(self.lab, step.target, [PROGRAM, "inspect"])
        request = json.dumps({"step": step.id})
        done = subprocess.run(line, input=request, capture_output=True, text=True, timeout=LIMIT_S, check=True)
        return Inspection.model_validate_json(done.stdout)

    def latch_wrote(self, router: str) -> datetime:
        """When its latch last changed the record of a step."""
        said = machines.output(self.lab, router, ["stat", "-c", "%.3Y", "/var/lib/govnet-latch/record.json"])
        return datetime.fromtimestamp(float(said), UTC)

    def heard_since(self, router: str, moment: datetime) -> tuple[str, ...]:
        """Lines of its own log that a person or a program makes who speaks to it: log-ins, sessions, latch, vtysh."""
        line = ["journalctl", "-o", "cat", "--no-pager", "--since", f"@{moment.timestamp():.3f}"]
        return tuple(row for row in machines.output(self.lab, router, line).splitlines() if SPOKEN_TO.search(row))

    def left_by_the_latch(self, router: str) -> str:
        """Files that are there between arm and end alone, and timers: nothing where it is idle."""
        idle = (
            "ls -A /run/govnet-latch; ls -A /etc/frr | grep govnet; ls /var/lib/govnet-latch | grep -E 'step|reserve'"
        )
        timers = "systemctl list-timers --all --no-legend | grep latch"
        return machines.output(self.lab, router, ["sh", "-c", f"{idle}; {timers}; true"])


@dataclass(frozen=True)
class Lane(Twin):
    """A jump host's seat with a journal of its own, for the routers of one region."""

    field: Field
    region: str

    @property
    def routers(self) -> tuple[Device, ...]:
        return tuple(device for device in self.field.routers if device.name.startswith(f"dr-{self.region}-"))

    @property
    def selector(self) -> str:
        return f"region={self.region},role={Role.DISTRICT_ROUTER}"

    def words(self, *words: str) -> list[str]:
        return self.seated(*self.program, *words)

    def killable(self, log: Path, boundary: str, *words: str) -> list[str]:
        """The same command line, for a govnet that ends itself there."""
        return self.seated(sys.executable, "-m", "tests.twin.killed_govnet", str(log), boundary or "-", *words)

    def seated(self, *words: str) -> list[str]:
        """On the jump host of the machines, with this lane's place."""
        jump = [GOVNET, "lab", "exec", *self.field.seat.place, self.field.inventory.world.jump_host, "--"]
        return [*jump, *words, *self.place]

    def want(self, inventory: Inventory) -> None:
        """What this lane's copy of the inventory says from now on."""
        write(inventory, self.world)

    def describe(self, words: str, routers: Collection[str]) -> None:
        """A harmless change of these routers: another description of the uplink."""
        self.want(described_all(self.field.inventory, words, routers))


def described_all(inventory: Inventory, words: str, routers: Collection[str]) -> Inventory:
    """Another description of the uplink of each of these routers."""
    devices = (described(each, words) if each.name in routers else each for each in inventory.devices)
    return inventory.model_copy(update={"devices": tuple(devices)})


def described(router: Device, words: str) -> Device:
    return router.model_copy(update={"interfaces": tuple(worded(port, words) for port in router.interfaces)})


def worded(port: Interface, words: str) -> Interface:
    return port.model_copy(update={"description": words}) if port.description else port


def made_lane(field: Field, region: str) -> Lane:
    """Everything of the seat's state but what a jump host writes for itself."""
    state = field.seat.state.with_name(f"{field.seat.state.name}-{region}")
    state.mkdir()
    own = ("journal.*", "plans", "lab", "world", "approvals")
    for shared in field.seat.state.iterdir():
        if not any(shared.match(pattern) for pattern in own):
            (state / shared.name).symlink_to(shared)
    lane = Lane(state, state / "world", field, region)
    shutil.copytree(field.seat.world, lane.world)
    return lane


@contextmanager
def brought_up(state: Path) -> Iterator[Field]:
    """Machines with day-0, which is all that is intended of them; gone afterwards."""
    world = country(REGIONS, ROUTERS)
    inventory = world.model_copy(update={"world": world.world.model_copy(update={"change": TIMERS})})
    seat = Twin(state, state / "world")
    write(inventory, seat.world)
    try:
        subprocess.run([GOVNET, "keys", *seat.place], check=True, capture_output=True, timeout=LIMIT_S)
        pin(state)
        seat.lab("up")
        field = Field(seat, inventory)
        field.settle()
        yield field
    finally:
        subprocess.run([GOVNET, "lab", "down", *seat.place], check=True, capture_output=True, timeout=LIMIT_S)
