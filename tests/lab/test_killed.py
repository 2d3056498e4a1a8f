"""kill -9 of `lab up` at moments of every kind: the next `down` leaves nothing, and the next `up` comes up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import twin
from lab.leaks import leaks
from lab.names import Lab
from stacks.nspawn.machines import MachineFailed
from tests.lab.cut import small_world, store
from tests.lab.inside import inside

pytestmark = pytest.mark.twin

PROGRAM = """
import importlib, os, signal, sys
from pathlib import Path
from lab import twin
from tests.lab.cut import small_world, store

state, module, name, calls = Path(sys.argv[1]), importlib.import_module(sys.argv[2]), sys.argv[3], int(sys.argv[4])
real, seen = getattr(module, name), 0

def counted(*words):
    global seen
    seen += 1
    if seen == calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words)

setattr(module, name, counted)
inventory = small_world()
twin.up(inventory, store(state, inventory), state, lambda _: None)
"""

MOMENTS = {
    "before the record": ("lab.record", "write", 1),
    "before the first disk": ("stacks.nspawn.disks", "write", 1),
    "between two disks": ("stacks.nspawn.disks", "write", 2),
    "before the namespaces": ("lab.namespaces", "make", 1),
    "between namespaces and links": ("lab.namespaces", "batch", 2),
    "before the first machine": ("stacks.nspawn.machines", "launch", 1),
    "between two machines": ("stacks.nspawn.machines", "launch", 2),
    "while the machines boot": ("stacks.nspawn.machines", "_await", 1),
}
"""The moment: a function of the lab, and which call of it never happens."""


def killed_up(state: Path, module: str, name: str, calls: int) -> None:
    line = [sys.executable, "-c", PROGRAM, str(state), module, name, str(calls)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("moment", MOMENTS)
def test_down_leaves_nothing_of_a_lab_that_was_killed_while_it_came_up(moment: str, tmp_path: Path) -> None:
    killed_up(tmp_path, *MOMENTS[moment])
    if MOMENTS[moment][0] != "lab.record" and MOMENTS[moment][1] not in ("write", "make"):
        assert leaks(Lab(tmp_path).name), "the kill came too early to prove anything"
    twin.down(tmp_path, lambda _: None)
    assert leaks(Lab(tmp_path).name) == ()
    assert sorted(path.name for path in (tmp_path / "lab").iterdir()) == ["lock"]


def test_up_comes_up_over_what_a_killed_one_left(tmp_path: Path) -> None:
    killed_up(tmp_path, *MOMENTS["while the machines boot"])
    inventory = small_world()
    made = twin.up(inventory, store(tmp_path, inventory), tmp_path, lambda _: None)
    try:
        assert inside(made, "core-1", "hostname").strip() == "core-1"
    finally:
        twin.down(tmp_path, lambda _: None)
    assert leaks(Lab(tmp_path).name) == ()


def test_what_fails_on_the_way_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = small_world()
    broken = tmp_path / "machine.sh"
    broken.write_text("echo this image does not boot\nexit 1\n")
    monkeypatch.setattr("stacks.nspawn.machines.SCRIPT", broken)
    with pytest.raises(MachineFailed, match="this image does not boot"):
        twin.up(inventory, store(tmp_path, inventory), tmp_path, lambda _: None)
    assert leaks(Lab(tmp_path).name) == ()
