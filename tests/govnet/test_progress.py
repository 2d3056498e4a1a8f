"""What people see while a plan is applied: each wave that began, and what went wrong; nothing of those never begun."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from change.model import Outcome
from govnet.progress import Lines, LiveTable
from tests.change.fake_world import FakeWorld
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    """Three waves, of which the second fails."""
    made = FakeWorld(tmp_path, {"canary": 3, "bad": 2, "never": 1})
    made.boxes["bad"].sick = True
    return made


def test_a_terminal_keeps_the_table_of_each_wave_that_began(world: FakeWorld) -> None:
    shown = StringIO()
    with LiveTable(Console(file=shown, width=80)) as table:
        result = world.apply(world.plan(wave_size=1), watcher=table)
    assert [end.outcome for end in result.ends] == [Outcome.CONFIRMED, Outcome.REVERTED, Outcome.REFUSED]
    assert "Wave 1 of 3" in shown.getvalue()
    assert "Wave 2 of 3" in shown.getvalue()
    assert "bad     reverted         it is not healthy" in shown.getvalue()
    assert "never" not in shown.getvalue()


def test_a_log_has_a_line_for_each_phase_of_each_wave_that_began(world: FakeWorld) -> None:
    lines: list[str] = []
    world.apply(world.plan(wave_size=1), watcher=Lines(lines.append))
    text = "\n".join(lines)
    assert "3 targets in 3 waves." in lines[0]
    assert "wave 2 of 3: bad" in text
    assert "bad: not yet well: it is not healthy" in text
    assert "never" not in text


def at_a_terminal(*command: str) -> tuple[int, str]:
    """The exit status, and all that the terminal was sent."""
    near, far = os.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=far, stderr=far, cwd=ROOT) as running:
        os.close(far)
        sent = b""
        try:
            while more := os.read(near, 4096):
                sent += more
        except OSError:  # how Linux tells that nobody holds the other end any more
            pass
        os.close(near)
    return running.returncode, sent.decode()


def test_a_table_moves_while_a_plan_is_applied(folder: Path) -> None:
    make_world(folder)
    plan, state = str(folder / "plan"), str(folder / "state")
    status, sent = at_a_terminal(sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", state)
    assert status == 0, sent
    assert "Wave 1 of 2" in sent and "Wave 2 of 2" in sent
    assert "Confirmed, and stands: 3 of 3 targets" in sent
