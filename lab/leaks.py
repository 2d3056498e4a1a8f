"""The leak check: what any lab of ours has left on this host. `python3 -m lab.leaks` lists it and exits 1 where it is
not empty. Standard library only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lab import remains
from lab.names import PREFIX
from stacks.nspawn import cgroups


def leaks(prefix: str = PREFIX) -> tuple[str, ...]:
    """One line a thing: control group, processes, network namespace, mount, machine folder; empty is good.

    `prefix` narrows it to one lab (`Lab(state).name`); without it a lab that is up on purpose is listed too.
    """
    groups = cgroups.named(prefix)
    running = ((name, cgroups.processes(name)) for name in groups)
    return (
        *(f"control group {name}" for name in groups),
        *(f"{len(numbers)} processes of {name}" for name, numbers in running if numbers),
        *(f"network namespace {path.name}" for path in remains.namespaces(prefix)),
        *(f"mount {point}" for point in remains.mounts(prefix, Path("/proc/self/mountinfo").read_text())),
        *(f"machine folder {folder}" for folder in sorted((remains.RUN / "propagate").glob(f"{prefix}*"))),
    )


if __name__ == "__main__":
    found = leaks()
    for line in found:
        print(f"left behind: {line}")
    sys.exit(1 if found else 0)
