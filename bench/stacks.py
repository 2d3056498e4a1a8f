"""Twenty machines of a stack: what the engine costs to start, to preview, to bring them up, and to find nothing to do.

    python -m bench.stacks       as root; needs the engine and the machine image (make setup)

First on a hypervisor that is only pretended, so that engine and provider are alone; then on systemd-nspawn, beside the
same twenty machines made by the same backend without the engine, as many at once as the provider makes. That ratio is
what the engine costs, with what comes with it: a plan that is frozen, each machine allowed by our process before it is
made, all of them read back.

Each phase is a process of its own, as a verb of govnet is. Its imports are not in the times. Processor and memory are
those of the engine and of the provider too, and not of the machines.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench import group
from bench.cost import Cost, typical
from bench.servers import CHECKOUT, SITE, Ground, at_site, ground, with_machines, world
from lab import image

if TYPE_CHECKING:
    from bench.figure import Figure
    from stacks.backend import Backend
    from stacks.target import StackTarget

MACHINES = 20
TURNS = 3
STATE = image.cache() / "bench-stacks"
PLAN = STATE / "stack.plan"
PASSPHRASE = "of-a-stack-that-lives-for-a-minute"


Work = Callable[[], int]
"""What is measured of a phase; how many machines it was about."""


# -- the phases, each in a process of its own: it makes ready what is not measured, and returns what is -------------


def empty(hypervisor: str) -> Work:
    """The engine, with a program that registers nothing."""
    from stacks.resources import Estate

    workspace = target_on(hypervisor).workspace
    return lambda: len(workspace.calls(Estate()))


def preview(hypervisor: str) -> Work:
    """What `govnet plan` does of a stack: our own difference, and the engine's, which must agree."""
    from change.clock import SystemClock
    from change.model import Source
    from change.plan import Purpose, make_plan, seal
    from inventory.load import digest
    from stacks.payload import parsed

    inventory, target = place().inventory, with_engine(hypervisor)
    source = Source(world=inventory.world.name, inventory=digest(inventory), commit=None)
    purpose = Purpose(author="bench", reason="measured", selector=target.name, source=source)

    def work() -> int:
        made = make_plan((target,), purpose, SystemClock())
        PLAN.write_bytes(seal(made))
        return len(parsed(made.steps[0].payload).sub_steps)

    return work


def up(hypervisor: str) -> Work:
    """What `govnet apply` does, less the journal."""
    from change.plan import digest, unseal

    made, target = unseal(PLAN.read_bytes()), with_engine(hypervisor)
    (step,) = made.steps

    def work() -> int:
        announced: list[str] = []
        target.arm(step, digest(made), step.timer_s)
        target.try_(step, announced.append)
        target.verify(step)
        target.confirm(step)
        return len(announced)

    return work


def again(hypervisor: str) -> Work:
    """The engine's own preview of what stands; `govnet plan` would not ask it."""
    target = with_engine(hypervisor)
    return lambda: MACHINES - len(target.workspace.calls(target.intended()))


def nothing(hypervisor: str) -> Work:
    """`govnet plan` with nothing to do: what stands is looked at, and the engine is not started."""
    target = target_on(hypervisor)
    return lambda: MACHINES if target.preview() is None else 0


def direct(hypervisor: str) -> Work:
    """The provider's calls without engine and provider, on as many threads as asyncio gives the provider."""
    here = place()
    backend, wanted = backend_of(here, hypervisor), target_on(hypervisor).wanted().machines

    def work() -> int:
        with ThreadPoolExecutor(min(32, (os.cpu_count() or 1) + 4)) as pool:
            births = pool.map(lambda machine: here.birth(here.inventory.device[machine.name]), wanted)
            list(pool.map(backend.create, wanted, births))
        return len(backend.look().machines)

    return work


PHASES: Mapping[str, Callable[[str], Work]] = {
    phase.__name__: phase for phase in (empty, preview, up, again, nothing, direct)
}


def place() -> Ground:
    return Ground(with_machines(world(MACHINES)), STATE)


def backend_of(here: Ground, hypervisor: str) -> Backend:
    from stacks.nspawn.backend import NspawnBackend
    from tests.stacks.fake_backend import FolderBackend

    if hypervisor == "nspawn":
        return NspawnBackend.opened(f"{SITE}:{here.lab.hypervisor}")
    return FolderBackend(STATE / "stacks" / "hypervisor")


def target_on(hypervisor: str) -> StackTarget:
    from stacks.command import PLUGINS
    from stacks.engine import find
    from stacks.target import StackTarget
    from tests.stacks.fake_backend import plugin

    here = place()
    plugins = PLUGINS if hypervisor == "nspawn" else plugin(STATE / "plugins", CHECKOUT, sys.executable)
    folder = STATE / "stacks" / SITE
    return StackTarget(
        here.inventory, SITE, backend_of(here, hypervisor), find, folder, here.birth, lambda: PASSPHRASE, plugins
    )


def with_engine(hypervisor: str) -> StackTarget:
    """The engine is found before the clock runs."""
    target = target_on(hypervisor)
    assert target.workspace.engine.version
    return target


def within(work: Work) -> Cost:
    """Without the peak, which is seen from outside."""
    own = place().host.group("bench")
    cpu_s, wall_s = group.processor_s(own), time.perf_counter()
    amount = work()
    return Cost(time.perf_counter() - wall_s, group.processor_s(own) - cpu_s, 0, amount)


# -- the turns ------------------------------------------------------------------------------------------------------


def cost(here: Ground, hypervisor: str, phase: str) -> Cost:
    line = (sys.executable, "-m", "bench.stacks", hypervisor, phase)
    ran = group.must(group.run(here.host.group("bench"), line, here.environment, CHECKOUT), 0, f"{hypervisor} {phase}")
    return Cost(*json.loads(ran.said.splitlines()[-1]))._replace(peak_mib=ran.peak_mib)


def start(here: Ground) -> Cost:
    """The engine by itself, which says its version; too short to see its memory."""
    from stacks.engine import find

    line = (str(find().path), "version")
    environment = {**here.environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    ran = group.must(group.run(here.host.group("bench"), line, environment, CHECKOUT), 0, "pulumi version")
    return Cost(ran.wall_s, ran.cpu_s, ran.peak_mib, 0)


TURN = (
    ("pretended", ("empty", "preview", "up", "again")),
    ("nspawn", ("preview", "up", "again", "nothing")),
    ("nspawn", ("direct",)),
)
"""Hypervisor and phases, one after another; before each row nothing stands."""


def figures() -> tuple[Figure, ...]:
    from bench.figure import beside

    found: dict[tuple[str, str], list[Cost]] = {}
    starts = []
    with ground(STATE, with_machines(world(MACHINES))) as here:
        for _ in range(TURNS):
            starts.append(start(here))
            for hypervisor, phases in TURN:
                here.clear(at_site(here.inventory))
                shutil.rmtree(STATE / "stacks", ignore_errors=True)
                for phase in phases:
                    found.setdefault((hypervisor, phase), []).append(cost(here, hypervisor, phase))
    costs = {key: typical(turns) for key, turns in found.items()}
    many = f"{MACHINES} machines"
    return (
        *beside("the engine's start (pulumi version)", "s", typical(starts))[:2],
        *beside("preview of a stack without machines", "s", costs["pretended", "empty"]),
        *beside(f"{many}, pretended: preview", "s", costs["pretended", "preview"]),
        *beside(f"{many}, pretended: up", "s", costs["pretended", "up"]),
        *beside(f"{many}, pretended: the engine's preview, nothing to do", "s", costs["pretended", "again"]),
        *beside(f"{many}: preview", "s", costs["nspawn", "preview"]),
        *beside(f"{many}: up", "s", costs["nspawn", "up"], "the backend alone", costs["nspawn", "direct"]),
        *beside(f"{many}: the engine's preview, nothing to do", "s", costs["nspawn", "again"]),
        *beside(f"{many}: our preview, nothing to do", "s", costs["nspawn", "nothing"]),
    )


def main() -> None:
    match sys.argv[1:]:
        case []:
            from bench.figure import report

            report("stacks", figures)
        case [hypervisor, phase]:
            print(json.dumps(within(PHASES[phase](hypervisor))))


if __name__ == "__main__":
    main()
