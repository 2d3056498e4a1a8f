"""What a command costs with all that it starts: it runs in a control group of its own, so that nothing escapes.

Processor time is the group's (cpu.stat of cgroup version 2, which counts those that have ended too); memory is the sum
of the proportional set sizes of its processes, looked at a few times a second.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from stacks.nspawn import cgroups
from stacks.nspawn.machines import NUMBER_OF_A_SHELL

LOOK_EVERY_S = 0.2
JOIN = NUMBER_OF_A_SHELL + 'unset GV_GROUPS\nexec "$@"'


class Ran(NamedTuple):
    """How a command ended, what it wrote to standard output and error, and what it took."""

    status: int
    said: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def proportional_mib(group: str) -> float:
    """The group's share of memory: of a page that several processes map, each its part (PSS, proc_pid_smaps(5)).

    What the kernel itself holds for it is not counted: our groups stand where no memory controller is.
    """
    found = 0
    for process in cgroups.processes(group):
        try:
            rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it ended while we looked
        found += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return found / 1024


def processor_s(*groups: str) -> float:
    """Seconds of processor time that was used in the groups so far."""
    found = 0
    for group in groups:
        rows = (cgroups.hierarchies().version2 / group / "cpu.stat").read_text().splitlines()
        found += next(int(row.split()[1]) for row in rows if row.startswith("usage_usec"))
    return found / 1e6


class _Peak:
    """The group's memory at its highest, while this is entered."""

    def __init__(self, group: str) -> None:
        self.mib = 0.0
        self._group = group
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            self.mib = max(self.mib, proportional_mib(self._group))

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def run(group: str, line: Sequence[str], environment: Mapping[str, str], folder: Path) -> Ran:
    """Run a command in the group, until it ends; what it left running is killed, and the group removed."""
    groups = " ".join(map(str, cgroups.make(group)))
    before_s, began = processor_s(group), time.perf_counter()
    try:
        with _Peak(group) as peak:
            done = subprocess.run(
                ["sh", "-c", JOIN, "sh", *line],
                env={**environment, "GV_GROUPS": groups},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        wall_s, cpu_s = time.perf_counter() - began, processor_s(group) - before_s
    finally:
        cgroups.kill(group)
        cgroups.remove(group)
    return Ran(done.returncode, done.stdout, wall_s, cpu_s, peak.mib)


class Failed(Exception):
    """A command of a measurement ended as it must not; the text ends with what it said."""


def must(ran: Ran, status: int, what: str) -> Ran:
    """Raises Failed unless it ended with this status."""
    if ran.status != status:
        raise Failed(f"{what} ended with status {ran.status}, where {status} was to come, and said:\n{ran.said}")
    return ran
