"""The leak check: what labs of ours have left on this host. `python3 -m lab.leaks [LAB...]` lists it and exits 1 where
it is not empty. The labs that are named are passed over, and those that somebody alive has or wants (lab/claims.py).
Standard library only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from lab import claims, remains
from lab.names import NAME, PREFIX
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


def labs(lines: Iterable[str]) -> tuple[str, ...]:
    """The labs that lines of `leaks` speak of."""
    return tuple(sorted({found[0] for line in lines if (found := re.search(NAME, line))}))


def beyond(standing: Collection[str]) -> tuple[str, ...]:
    """What is there of other labs than these, and of none that is up on purpose."""
    wanted = {claim.lab.name for claim in claims.claims() if not claim.forsaken} | set(standing)
    return tuple(line for line in leaks() if not wanted.intersection(labs([line])))


if __name__ == "__main__":
    found = beyond(sys.argv[1:])
    for line in found:
        print(f"left behind: {line}")
    sys.exit(1 if found else 0)
