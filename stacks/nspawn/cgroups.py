"""Each machine's control group: how it is found, frozen and killed as a whole.

A machine gets a group of the same path in the version 2 hierarchy and, on a hybrid kernel, in the one that systemd
uses (`name=systemd`). Killing and freezing are version 2's cgroup.kill and cgroup.freeze (Linux 5.14, Documentation/
admin-guide/cgroup-v2). Standard library only.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stacks.nspawn.problem import HostProblem


class GroupStuck(HostProblem):
    """A control group still holds processes after it was killed."""


@dataclass(frozen=True)
class Hierarchies:
    """Mount points: `version2` always, `others` those of version 1 that systemd inside a machine needs."""

    version2: Path
    others: tuple[Path, ...]

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.version2, *self.others)


def parse_mounts(mountinfo: str) -> Hierarchies:
    """From the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). Raises LabProblem where there is no version 2."""
    version2: list[Path] = []
    named: list[Path] = []
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        point, (kind, *_), options = Path(left.split()[4]), right.split(), right.split()[-1]
        if kind == "cgroup2":
            version2.append(point)
        elif kind == "cgroup" and "name=systemd" in options.split(","):
            named.append(point)
    if not version2:
        raise HostProblem("no cgroup version 2 hierarchy is mounted: mount -t cgroup2 none /sys/fs/cgroup/unified")
    return Hierarchies(version2[0], tuple(named[:1]))


def hierarchies() -> Hierarchies:
    return parse_mounts(Path("/proc/self/mountinfo").read_text())


def make(path: str) -> tuple[Path, ...]:
    """Make the group `path` in every hierarchy; the files to write a process id to, to move it there."""
    made = [point / path for point in hierarchies().all]
    for group in made:
        group.mkdir(parents=True, exist_ok=True)
    return tuple(group / "cgroup.procs" for group in made)


def processes(path: str) -> tuple[int, ...]:
    """All processes of a group and those below it, zombies left out."""
    found = set[int]()
    for point in hierarchies().all:
        for folder, _, _ in os.walk(point / path):  # passes over a group that goes away meanwhile
            try:
                found.update(int(word) for word in (Path(folder) / "cgroup.procs").read_text().split())
            except OSError:
                continue
    return tuple(sorted(found - {0}))


def leader(path: str) -> int | None:
    """The host's id of the process that is number 1 inside the machine of this group; None where none runs."""
    for process in processes(f"{path}/payload/init.scope"):
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            continue
        if any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in status.splitlines()):
            return process
    return None


@contextmanager
def events(path: str) -> Iterator[int]:
    """The group's cgroup.events, open: it polls POLLPRI when the last process ends or all are frozen."""
    opened = os.open(hierarchies().version2 / path / "cgroup.events", os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)


def empty(opened: int) -> bool:
    """No process runs in the group whose cgroup.events is open, nor below it."""
    return b"populated 0" in os.pread(opened, 4096, 0)


def _wait_for(opened: int, what: str, timeout_s: float) -> bool:
    poller = select.poll()
    poller.register(opened, select.POLLPRI)
    deadline = time.monotonic() + timeout_s
    while what not in os.pread(opened, 4096, 0).decode():
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return False
    return True


def emptied(path: str, timeout_s: float) -> bool:
    """Wait for the kernel to say that nothing runs there any more; whether it did in this time."""
    with events(path) as opened:
        return _wait_for(opened, "populated 0", timeout_s)


def wait_empty(path: str, timeout_s: float) -> None:
    """As `emptied`. Raises GroupStuck."""
    if not emptied(path, timeout_s):
        raise GroupStuck(f"{path}: still running after {timeout_s:.0f} s: {processes(path)}")


def kill(path: str, timeout_s: float = 20) -> None:
    """SIGKILL everything in the group at once and wait until it is gone; frozen processes die too."""
    switch = hierarchies().version2 / path / "cgroup.kill"
    if switch.exists():
        switch.write_text("1")
        wait_empty(path, timeout_s)


def freeze(path: str, state: str) -> None:
    """Stop (`1`) or let run (`0`) all processes of the group, and wait until the kernel says so."""
    with events(path) as opened:
        (hierarchies().version2 / path / "cgroup.freeze").write_text(state)
        if not _wait_for(opened, f"frozen {state}", 10):
            raise GroupStuck(f"{path}: did not reach frozen {state} within 10 s")


def frozen(path: str) -> bool:
    switch = hierarchies().version2 / path / "cgroup.freeze"
    return switch.exists() and switch.read_text().strip() == "1"


def remove(path: str) -> None:
    """Remove the group and those below it, in every hierarchy. Nothing may run there. Raises OSError."""
    for point in hierarchies().all:
        for folder, _, _ in os.walk(point / path, topdown=False):
            Path(folder).rmdir()


def named(prefix: str) -> tuple[str, ...]:
    """Top-level groups whose name begins with `prefix`, in any hierarchy."""
    return tuple(sorted({group.name for point in hierarchies().all for group in point.glob(f"{prefix}*")}))
