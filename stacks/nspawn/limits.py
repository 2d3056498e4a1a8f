"""How much processor and memory a machine may use: the kernel's cgroup version 2 controllers, where they can be had.

On a hybrid kernel version 1 may hold the controllers, and our groups of version 2 have none: then nothing is limited.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from stacks.nspawn import cgroups

PERIOD_US = 100_000
"""Of cpu.max (Documentation/admin-guide/cgroup-v2): its default."""


def set_limits(group: str, cpus: int, memory_mib: int) -> None:
    """For all of a machine's processes at once, now; nothing where the group is not there or has no controller."""
    top = cgroups.hierarchies().version2
    folder = top / group
    if not folder.is_dir():
        return
    for parent in (top, folder.parent):
        _delegate(parent)
    _put(folder / "cpu.max", f"{cpus * PERIOD_US} {PERIOD_US}")
    _put(folder / "memory.max", str(memory_mib * 2**20))


def _delegate(parent: Path) -> None:
    """Let the groups below have the controllers that this one has. Not where it holds processes itself (EBUSY): a
    root that is no real one (a container's) does, and offers none.
    """
    there = (parent / "cgroup.controllers").read_text().split()
    wanted = [f"+{name}" for name in ("cpu", "memory") if name in there]
    if wanted:
        with suppress(OSError):
            (parent / "cgroup.subtree_control").write_text(" ".join(wanted))


def _put(file: Path, text: str) -> None:
    if file.exists():
        file.write_text(text)
