"""What a piece of work costs, measured in a process of its own, in turns with its rivals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from bench.peak import peak_mib


class Cost(NamedTuple):
    """Seconds on the wall and of our own processor time, MiB at the peak of the process that did it, and how much."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    amount: int
    """What was done, counted: equal on both sides, or they did not do the same work."""


def measure(work: Callable[[], int]) -> Cost:
    """`work` returns the amount that it did. The peak is the process's, its imports included."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    amount = work()
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return Cost(wall_s, cpu_s, peak_mib(), amount)


def typical(costs: Sequence[Cost]) -> Cost:
    """The median of each; the amounts must be equal. Raises AssertionError."""
    amounts = {cost.amount for cost in costs}
    assert len(amounts) == 1, f"the turns did different work: {amounts}"
    wall_s, cpu_s, peak = (median(values) for values in list(zip(*costs, strict=True))[:3])
    return Cost(wall_s, cpu_s, peak, amounts.pop())


def in_turns(
    module: str, names: Sequence[str], turns: int, before: Sequence[str] = (), after: Sequence[str] = ()
) -> Mapping[str, Cost]:
    """`python -m MODULE NAME` for each name, all of them in every turn, so that a slow minute of the host hits all.

    Each prints its Cost as a JSON list. `before` and `after` stand around the command line. Raises CalledProcessError.
    """
    found: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(turns):
        for name, costs in found.items():
            command = [*before, sys.executable, "-m", module, name, *after]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            costs.append(Cost(*json.loads(said)))
    return {name: typical(costs) for name, costs in found.items()}
