"""Forty FRR routers on this host: how long until they are up, until OSPF has converged, and what memory each takes.

    python -m bench.forty        as root; needs the machine image (make setup)

The routers stand in a grid, eight by five, in one OSPF area, over IPv4 and IPv6 with authentication on every link.
Up: every machine has said so (sd_notify(3)). In-band: the jump host, wired to one of them, has reached the SSH port of
all. Converged: every router's kernel has a route by OSPF to each of the other 39 loopbacks, in both families; and
every adjacency is Full in FRR's own words. The clock of all starts before the first disk is written.

The lab stands in one folder of the cache and is always taken down: at the end, on Ctrl-C and SIGTERM, and, after a
kill -9, by the next run. There is no rival: nothing else at hand boots whole machines with systemd and FRR.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from bench.figure import Figure, report
from bench.grid import grid
from bench.group import proportional_mib
from inventory.model import Inventory, Platform
from inventory.secret_store import AgeStore
from lab import image, twin
from lab.twin import Twin
from network.distance import neighbours_expected
from network.observe import OSPF6_COMMAND, OSPF_COMMAND, ospf2, ospf3

COLUMNS, ROWS = 8, 5
CONVERGED_WITHIN_S = 120.0
LOOK_EVERY_S = 0.1


class NotConverged(Exception):
    """The text names the routers."""


def stop(signum: int, _: FrameType | None) -> None:
    """SIGTERM as Ctrl-C: the lab is taken down on the way out."""
    sys.exit(128 + signum)


@dataclass
class Clock:
    """Seconds since the lab began, at the last machine's word and at the end of `up`."""

    began: float = field(default_factory=time.monotonic)
    machines_s: float = 0.0
    in_band_s: float = 0.0

    def hear(self, line: str) -> None:
        """What twin.up reports: `NAME is up`, a machine at a time."""
        if line.endswith(" is up"):
            self.machines_s = self.now_s()

    def now_s(self) -> float:
        return time.monotonic() - self.began


@contextmanager
def lab(state: Path, inventory: Inventory) -> Iterator[tuple[Twin, AgeStore, Clock]]:
    """A twin in a folder of its own, that is up; gone afterwards, and before."""
    signal.signal(signal.SIGTERM, stop)
    twin.down(state, lambda _: None)  # of a run that was killed
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = state / "secrets"
    secrets = AgeStore.open(folder, inventory) if folder.exists() else AgeStore.create(folder, inventory)
    try:
        clock = Clock()
        made = twin.up(inventory, secrets, state, clock.hear)
        clock.in_band_s = clock.now_s()
        yield made, secrets, clock
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # a second one must not stop the way down
        twin.down(state, lambda _: None)


def loopbacks(inventory: Inventory) -> frozenset[str]:
    found = (address for device in routers(inventory) for address in inventory.device[device].interface("lo").addresses)
    return frozenset(str(address.ip) for address in found)


def routers(inventory: Inventory) -> tuple[str, ...]:
    return tuple(device.name for device in inventory.devices if device.platform is Platform.FRR)


def reached(made: Twin, router: str) -> frozenset[str]:
    """What the router's kernel has routes to by OSPF. A host's route stands without a prefix length (ip-route(8))."""
    found = set[str]()
    for family in ("-4", "-6"):
        command = ["ip", "-netns", made.lab.of(router), "-json", family, "route", "show", "proto", "ospf"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.update(route["dst"] for route in json.loads(said or "[]"))
    return frozenset(found)


def without_routes(made: Twin, inventory: Inventory, names: Iterable[str]) -> tuple[str, ...]:
    """Those that lack a route to another's loopback."""
    every = loopbacks(inventory)
    own = {name: {str(each.ip) for each in inventory.device[name].interface("lo").addresses} for name in names}
    return tuple(name for name in names if every - own[name] - reached(made, name))


def without_neighbours(made: Twin, inventory: Inventory, names: Iterable[str]) -> tuple[str, ...]:
    """Those whose Full adjacencies, by version, router id and interface, are not the inventory's, in both OSPFs."""
    found = []
    for name in names:
        expected = neighbours_expected(inventory, inventory.device[name])
        wanted = {
            (version, str(each.router_id), each.interface)
            for version, neighbours in ((2, expected.ospf), (3, expected.ospf6))
            for each in neighbours
            if inventory.device[each.device].platform is Platform.FRR  # the jump host speaks no OSPF
        }
        seen = (
            *ospf2(twin.output(made, name, ["vtysh", "-c", OSPF_COMMAND])),
            *ospf3(twin.output(made, name, ["vtysh", "-c", OSPF6_COMMAND])),
        )
        if {(each.version, each.router_id, each.interface) for each in seen if each.full} != wanted:
            found.append(name)
    return tuple(found)


def await_none(lacking: Callable[[Iterable[str]], tuple[str, ...]], names: Iterable[str], clock: Clock) -> float:
    """Look at those that lack something until none does; when the last look began, in seconds. Raises NotConverged."""
    ends = clock.now_s() + CONVERGED_WITHIN_S
    began = clock.now_s()
    while left := lacking(names):
        if clock.now_s() > ends:
            raise NotConverged(f"not converged {CONVERGED_WITHIN_S:.0f} s after they were up: {', '.join(left)}")
        time.sleep(LOOK_EVERY_S)  # forty namespaces' events in one place would cost more than they tell
        names, began = left, clock.now_s()
    return began


def figures() -> tuple[Figure, ...]:
    inventory = grid(COLUMNS, ROWS)
    names = routers(inventory)
    with lab(image.cache() / "bench-forty", inventory) as (made, _, clock):
        await_none(partial(without_routes, made, inventory), names, clock)
        converged_s = await_none(partial(without_neighbours, made, inventory), names, clock)
        share = sum(proportional_mib(made.host.group(name)) for name in names) / len(names)
    many = f"{len(names)} routers"
    return (
        Figure(what=f"{many} up", unit="s", ours=clock.machines_s),
        Figure(what=f"{many} reached in-band", unit="s", ours=clock.in_band_s),
        Figure(what=f"{many} converged", unit="s", ours=converged_s),
        Figure(what=f"a router's memory, of {many} (PSS)", unit="MiB", ours=share),
    )


def main() -> None:
    report("forty", figures)


if __name__ == "__main__":
    main()
