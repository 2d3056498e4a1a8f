"""How long an engineer waits for `govnet --help`, beside an empty Python and other network tools of this environment.

python -m bench.start
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.cost import Cost, typical
from bench.figure import Figure, beside, report

TURNS = 5
PROGRAMS = Path(sys.executable).parent
RIVALS = ("python, empty", "netmiko-show", "napalm")


def run(command: Sequence[str]) -> None:
    """Raises CalledProcessError."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(script: Path) -> Cost:
    """Two starts: one for the times, undisturbed, and one for the memory."""
    words = (str(script), "--help")
    cpu_s, wall_s = processor_s(), time.perf_counter()
    run((sys.executable, *words))
    cpu_s, wall_s = processor_s() - cpu_s, time.perf_counter() - wall_s
    look = (sys.executable, "-m", "bench.peak", *words)
    said = subprocess.run(look, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
    return Cost(wall_s, cpu_s, float(said.splitlines()[-1]), 1)


def figures() -> tuple[Figure, ...]:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty.py")
        empty.touch()
        scripts = {name: PROGRAMS / name for name in ("govnet", *RIVALS[1:])} | {RIVALS[0]: empty}
        costs: dict[str, list[Cost]] = {name: [] for name in scripts}
        for _ in range(TURNS):
            for name, script in scripts.items():
                costs[name].append(start(script))
    mine = typical(costs["govnet"])
    return tuple(
        figure for name in RIVALS for figure in beside("govnet --help", "ms", mine, name, typical(costs[name]))
    )


def main() -> None:
    os.environ["COLUMNS"] = "80"
    report("start", figures)


if __name__ == "__main__":
    main()
