"""Changes that need somebody, as `govnet status` tells them to people and to programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from change.locks import Locks
from change.longest import longest_s
from change.model import Plan
from change.plan import digest
from change.unfinished import Unfinished, unfinished
from change.window import Calendar, Dated, Period, Weekly
from govnet.desk import Desk
from govnet.report.lines import COLUMNS
from govnet.report.unfinished_text import unfinished_lines
from govnet.report.windows_text import in_force, windows_lines
from govnet.verbs import monitor
from tests.change.fake_target import FakeProcess, Killed
from tests.change.fake_world import PACE, FakeJournal, FakeWorld
from tests.govnet.pretended import ROOT

BOXES = {"far": 3, "middle": 2, "near": 1}


class OfState(FakeWorld):
    """With its journal where a state folder has it."""

    def journal(self, process: FakeProcess | None = None) -> FakeJournal:
        journal = FakeJournal(self.folder / "journal.sqlite", self.clock)
        journal.process = process or FakeProcess()
        return journal


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return OfState(folder, BOXES)


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk(ROOT / "inventory" / "demo", folder, as_json=False)


def paused(world: FakeWorld) -> Plan:
    """After its first wave of three: the window has no room for a second."""
    plan = world.plan(wave_size=1)
    now = world.clock.utc().replace(tzinfo=None)
    night = Dated(start=now, end=now + timedelta(seconds=longest_s(plan, plan.waves[0], PACE) + 1))
    world.calendar = Calendar(windows=(Period(name="night", title="Night", when=night, zone="UTC"),))
    assert world.apply(plan).paused
    return plan


def killed(world: FakeWorld) -> Plan:
    """In the midst of its first wave."""
    plan = world.plan(wave_size=1)
    with pytest.raises(Killed):
        world.apply(plan, FakeProcess(20))
    return plan


def told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> str:
    monitor.status_at(desk, datetime.now(UTC))
    said = capsys.readouterr().out
    assert max(len(line) for line in said.splitlines()) <= COLUMNS
    return said


def document(desk: Desk, capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, object]]]:
    monitor.status_at(replace(desk, as_json=True), datetime.now(UTC))
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, list[dict[str, object]]] = json.loads(line)
    return found


def one(world: FakeWorld, *, runs: bool | None) -> Unfinished:
    """The one plan that is not at its end, as seen where its owner runs, does not, or cannot be asked."""
    journal = world.journal()
    (found,) = unfinished(journal, Locks(journal.store, world.clock).held(), lambda _: runs)
    return found


def test_a_paused_change_says_whose_how_far_why_and_what_to_do(
    world: FakeWorld, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = paused(world)
    said = told(desk, capsys)
    assert f"Paused change\n  {digest(plan)}\n  by asha, opened " in said and ": a test\n" in said
    assert "\n  1 of 3 targets ended, 1 confirmed\n" in said
    words = " ".join(said.split())
    assert "night" in words and "left: middle and near" in words
    assert "`govnet apply` of its file goes on" in words and "`govnet resume --give-up DIGEST`" in words
    (program,) = document(desk, capsys)["paused_plans"]
    assert (program["plan"], program["author"], program["reason"]) == (digest(plan), "asha", "a test")
    assert (program["ended"], program["confirmed"], program["targets"]) == (1, 1, 3)
    assert document(desk, capsys)["open_plans"] == []


def test_an_open_change_says_what_was_done_of_it(
    world: FakeWorld, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = killed(world)
    said = told(desk, capsys)
    assert f"Open change\n  {digest(plan)}\n" in said
    assert "0 of 3 targets ended, 0 confirmed" in said
    (program,) = document(desk, capsys)["open_plans"]
    assert (program["plan"], program["ended"], program["paused"]) == (digest(plan), 0, "")
    world.resume()
    assert "change\n" not in told(desk, capsys)


@pytest.mark.parametrize(
    ("runs", "says"),
    [(True, "is at it: wait for its end"), (False, "Nobody is at it: run govnet resume"), (None, "cannot be asked")],
)
def test_whether_to_resume_hangs_on_who_is_at_it(world: FakeWorld, runs: bool | None, says: str) -> None:
    killed(world)
    assert says in " ".join(line.text for line in unfinished_lines(one(world, runs=runs)))


def test_a_change_that_has_ended_is_none(world: FakeWorld, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.apply(world.plan()).exit_status == 0
    assert "change\n" not in told(desk, capsys)
    assert document(desk, capsys)["open_plans"] == document(desk, capsys)["paused_plans"] == []


def test_windows_and_freezes_say_whether_they_are_in_force_and_what_comes_next() -> None:
    def dated(name: str, start: int, end: int) -> Period:
        return Period(
            name=name,
            title=name.title(),
            when=Dated(start=datetime(2026, 11, start), end=datetime(2026, 11, end)),
            zone="UTC",
        )

    always = Weekly(days=frozenset(range(7)), start_min=0, end_min=24 * 60)
    nightly = Weekly(days=frozenset({1}), start_min=22 * 60, end_min=28 * 60)
    calendar = Calendar(
        windows=(
            Period(name="always", title="At any time", when=always, zone="UTC"),
            Period(name="nights", title="Tuesday nights", when=nightly, zone="UTC"),
            dated("gone", 1, 2),
        ),
        freezes=(dated("now", 23, 25), dated("later", 28, 30)),
    )
    at = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    assert [line.text for line in windows_lines(calendar, in_force(calendar, at), at)] == [
        "Change windows, as of Tue 2026-11-24 22:00 UTC:",
        "  window always (At any time): open",
        "  window nights (Tuesday nights): open until Wed 2026-11-25 04:00 UTC",
        "  freeze now (Now): in force until Wed 2026-11-25 00:00 UTC",
        "  freeze later (Later): from Sat 2026-11-28 00:00 UTC",
    ]
    before = datetime(2026, 11, 24, 21, 59, 59, tzinfo=UTC)
    assert "  window nights (Tuesday nights): from Tue 2026-11-24 22:00 UTC" in [
        line.text for line in windows_lines(calendar, in_force(calendar, before), before)
    ]
    assert list(in_force(Calendar(windows=(dated("gone", 1, 2),)), at)) == []


def test_a_program_reads_which_window_is_open(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (window,) = document(desk, capsys)["windows"]
    assert (window["kind"], window["name"], window["now"], window["ends"]) == ("window", "always", True, None)
