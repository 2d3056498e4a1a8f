"""The table at a terminal: every line fits, the whole fits, and who is in trouble is never among those left out."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from change.journal import Event
from change.model import Outcome, Step
from change.plan import digest
from change.result import StepEnd
from govnet.live_table import LiveTable
from tests.change.fake_world import FakeWorld

COLUMNS, ROWS = 80, 24
LONG = "no route to host while reading back, " * 20


class Terminal:
    """Of 80 by 24, with a table of one wave of sixty."""

    def __init__(self, world: FakeWorld) -> None:
        self.now = 100.0
        self.console = Console(file=StringIO(), width=COLUMNS, height=ROWS)
        self.table = LiveTable(self.console, lambda: self.now)
        self.plan = world.plan(wave_size=60)
        self.steps: tuple[Step, ...] = self.plan.waves[-1]
        self.table.plan_started(self.plan, digest(self.plan))
        self.table.wave_started(1, self.steps)

    def all_reach(self, phase: Event, detail: str = "") -> None:
        for step in self.steps:
            self.table.step_phase(step, phase, detail)

    def shown(self) -> list[str]:
        with self.console.capture() as captured:
            self.console.print(self.table.table())
        return captured.get().splitlines()


@pytest.fixture
def terminal(folder: Path) -> Terminal:
    names = {f"dr-district-{number:02}": 1 for number in range(60)} | {"zz-canary": 9}
    return Terminal(FakeWorld(folder, names))


def test_sixty_targets_fit_into_a_small_terminal_and_the_rest_is_counted(terminal: Terminal) -> None:
    terminal.all_reach(Event.ARMED)
    terminal.all_reach(Event.HOLDING, LONG)
    terminal.table.step_phase(terminal.steps[0], Event.VERIFIED, "")
    lines = terminal.shown()
    assert len(lines) <= ROWS - 1
    assert all(len(line) <= COLUMNS for line in lines)
    assert lines[0].startswith("Wave 2 of 2, 60 targets")
    shown = sum(line.startswith("dr-") for line in lines)
    assert lines[-1].startswith(f"and {60 - shown} more: {60 - shown} holding")


def test_who_is_in_trouble_is_shown_however_far_down_it_stands(terminal: Terminal) -> None:
    terminal.all_reach(Event.HOLDING)
    terminal.table.step_phase(terminal.steps[-1], Event.FAILED, f"{terminal.steps[-1].target}: {LONG}")
    (line,) = (line for line in terminal.shown() if line.startswith(terminal.steps[-1].target))
    assert "holding" in line and "not yet well: no route to host" in line
    terminal.table.step_phase(terminal.steps[-1], Event.CHECKED, "reads as its result")
    assert not any(line.startswith(terminal.steps[-1].target) for line in terminal.shown()), "it is well again"


def test_the_timer_runs_down_and_is_gone_when_it_has_ended(terminal: Terminal) -> None:
    step = terminal.steps[0]
    terminal.table.step_phase(step, Event.ARMED, "")
    terminal.now += 3
    terminal.table.step_phase(step, Event.PROBE_RESULT, "ping 10.0.0.1: as expected")
    (line,) = (line for line in terminal.shown() if line.startswith(step.target))
    assert line.split()[1:4] == ["armed", f"{step.timer_s - 3}", "s"], "a probe is no phase"
    terminal.now += 100_000
    assert " 0 s " in next(line for line in terminal.shown() if line.startswith(step.target))
    terminal.table.step_phase(step, Event.CONFIRMED, "")
    assert " s " not in next(line for line in terminal.shown() if line.startswith(step.target))


def test_a_step_that_is_taken_back_stays_in_the_row_of_its_target(terminal: Terminal) -> None:
    step = terminal.steps[30]
    terminal.table.step_phase(step, Event.CONFIRMED, "")
    terminal.table.step_phase(step.model_copy(update={"id": f"{step.id}.inverse1"}), Event.ARMED, "")
    (line,) = (line for line in terminal.shown() if line.startswith(step.target))
    assert "back: armed" in line


def test_what_stays_of_a_wave_fits_too_and_names_those_that_failed(terminal: Terminal) -> None:
    bad = terminal.steps[-1]
    before = terminal.console.file.getvalue()  # type: ignore[attr-defined]  # StringIO
    terminal.table.wave_ended(1, tuple(
        StepEnd(step=step.id, target=step.target, outcome=Outcome.REVERTED, reason=LONG, because=(bad.target,))
        for step in terminal.steps
    ))  # fmt: skip
    stays = terminal.console.file.getvalue().removeprefix(before).splitlines()  # type: ignore[attr-defined]  # StringIO
    assert len(stays) <= ROWS - 1 and all(len(line) <= COLUMNS for line in stays)
    assert any(line.startswith(bad.target) for line in stays)
    assert "more: " in stays[-1] and "reverted" in stays[-1]
