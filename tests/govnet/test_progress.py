"""What people see while a plan is applied: each wave that began, and what went wrong; nothing of those never begun."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from change.model import Outcome
from govnet.progress import Lines, LiveTable
from tests.change.fake_world import FakeWorld


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
