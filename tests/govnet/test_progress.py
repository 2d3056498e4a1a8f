"""What people see while a plan is made or applied: what was read, each wave that began, what went wrong; no more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from change.model import Outcome
from govnet.live_table import LiveTable
from govnet.progress import Lines
from tests.change.fake_world import FakeWorld
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import pin_and_approve


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
    pin_and_approve(folder / "state", folder / "plan")
    status, sent = at_a_terminal(sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", state)
    assert status == 0, sent
    assert "Wave 1 of 2" in sent and "Wave 2 of 2" in sent
    assert "Confirmed, and stands: 3 of 3 targets" in sent


@pytest.fixture
def three(folder: Path) -> Path:
    """Boxes of which one is already as the inventory wants it."""
    make_world(folder)
    (folder / "near.json").write_text('{"content": "new", "records": {}}')
    return folder


def planning(folder: Path, *more: str) -> tuple[str, ...]:
    return (sys.executable, "-c", GOVNET, str(folder), "plan", "all", "--state", str(folder / "state"), *more)


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_log_has_a_line_for_each_target_that_a_plan_has_read(three: Path, more: tuple[str, ...]) -> None:
    done = subprocess.run(planning(three, *more), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 10, done.stderr
    first, *rest = done.stderr.splitlines()[:4]
    assert first == "Reading 3 targets ..."
    told = [re.fullmatch(r"(\d) of 3: (\w+): (.+)", line) for line in rest]
    assert [each[1] for each in told if each] == ["1", "2", "3"]
    assert {each[2]: each[3] for each in told if each} == {
        "far": "differs",
        "middle": "differs",
        "near": "as intended",
    }
    assert " of 3: " not in done.stdout
    if more:
        assert set(json.loads(done.stdout)) == {"digest", "plan"}


def test_a_target_that_cannot_be_read_is_told_at_once_and_refuses_the_plan(three: Path) -> None:
    (three / "distances").write_text('{"far": 3, "away": 1}')
    done = subprocess.run(planning(three), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 3
    assert re.search(r"^\d of 2: away: no session$", done.stderr, re.MULTILINE)
    assert "Refused: away: no session\n" in done.stderr


def test_a_line_moves_at_a_terminal_while_a_plan_is_made(three: Path) -> None:
    status, sent = at_a_terminal(*planning(three))
    assert status == 10, sent
    drawn, erased, reviewed = sent.partition("\x1b[2K")
    assert re.search(r"Reading 3 targets|\d of 3: ", drawn)
    assert erased and "Plan sha256:" in reviewed
