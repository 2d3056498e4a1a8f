"""A real `kill -9` of a real process that applies a plan to boxes that outlive it, then a real resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.evidence import evidence
from change.journal import Journal
from change.locks import Locks
from change.model import Outcome, Plan
from change.plan import digest, make_plan, seal
from tests.change.fake_file_box import FakeFileTarget
from tests.change.fake_target import FakeBox, FakeClock, FakeTarget
from tests.change.fake_terminal import run_until_lost
from tests.change.fake_world import PURPOSE

ROOT = Path(__file__).parents[2]
DISTANCES = {"far": 3, "middle": 2, "near": 1}


def make_world(folder: Path, name: str = "plan") -> Plan:
    """The boxes' distances and a sealed plan of that name, by this machine's clock, as the program finds them."""
    boxes = [
        FakeTarget(FakeBox(name, FakeClock()), distance=far, hold_s=1, timer_s=30) for name, far in DISTANCES.items()
    ]
    plan = make_plan(boxes, PURPOSE.model_copy(update={"reason": name}), SystemClock())
    (folder / "distances").write_text(json.dumps(DISTANCES))
    (folder / name).write_bytes(seal(plan))
    return plan


def run(
    verb: str,
    folder: Path,
    kill_at: str | None = None,
    number: signal.Signals = signal.SIGKILL,
    under: Sequence[str] = (),
) -> Sequence[str]:
    """The lines that the program printed; the signal is sent when it has printed `kill_at`."""
    command = [*under, sys.executable, "-m", "tests.change.fake_file_box", verb, str(folder)]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        for line in program.stdout:
            lines.append(line.strip())
            if lines[-1] == kill_at:
                os.kill(program.pid, number)
    assert program.returncode == (-signal.SIGKILL if kill_at and number is signal.SIGKILL else 0)
    return lines


@pytest.mark.parametrize(
    "kill_at",
    ["plan-opened", "intent far", "trying near", "tried middle", "confirming near", "confirmed middle", "wave 1 ended"],
)
def test_killed_then_resumed(folder: Path, kill_at: str) -> None:
    plan = make_world(folder)
    run("apply", folder, kill_at)
    run("resume", folder)
    journal = Journal(folder / "journal.db", SystemClock())
    assert journal.verify() == ()
    assert Locks(journal.store, SystemClock()).held() == ()
    found = evidence(journal, digest(plan))
    assert found.closed is not None
    ends = {one.step.target: one.outcome for one in found.steps}
    for name, outcome in ends.items():
        with FakeFileTarget(folder, name, DISTANCES[name]).opened() as box:
            pass
        assert box["content"] == ("new" if outcome is Outcome.CONFIRMED else "old")
        assert all(record["state"] in ("confirmed", "reverted") for record in box["records"].values())
        assert all(record["tries"] <= 1 for record in box["records"].values())
    assert set(ends.values()) <= {Outcome.CONFIRMED, Outcome.REVERTED, Outcome.REFUSED}
    assert len({ends[step.target] for step in plan.waves[1]}) == 1
    if kill_at in ("confirming near", "confirmed middle"):
        assert ends["near"] is Outcome.CONFIRMED
    journal.close()


def test_nothing_killed_nothing_to_resume(folder: Path) -> None:
    make_world(folder)
    assert "plan-closed" in run("apply", folder)
    assert run("resume", folder) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_clean_stop(folder: Path, number: signal.Signals) -> None:
    plan = make_world(folder)
    lines = run("apply", folder, "trying far", number)
    assert lines[-1] == "plan-closed"
    assert run("resume", folder) == []
    journal = Journal(folder / "journal.db", SystemClock())
    found = evidence(journal, digest(plan))
    journal.close()
    assert {one.step.target: one.outcome for one in found.steps} == {
        "far": Outcome.REVERTED,
        "middle": Outcome.REFUSED,
        "near": Outcome.REFUSED,
    }


@pytest.mark.parametrize("lost_at", ["plan-opened", "holding far"])
def test_a_lost_terminal_ends_no_wave_and_the_rest_is_paused(folder: Path, lost_at: str) -> None:
    plan = make_world(folder)
    command = [sys.executable, "-m", "tests.change.fake_file_box", "apply", str(folder)]
    run_until_lost(command, ROOT, lost_at.encode())
    journal = Journal(folder / "journal.db", SystemClock())
    assert (journal.paused_plans(), journal.open_plans()) == ((digest(plan),), ())
    assert Locks(journal.store, SystemClock()).held() == ()
    ends = {entry.target: entry.outcome for entry in journal.entries() if entry.outcome}
    assert ends == ({} if lost_at == "plan-opened" else {"far": Outcome.CONFIRMED}), "nothing of it has gone back"
    assert run("resume", folder) == []
    assert "plan-closed" in run("apply", folder)
    found = evidence(journal, digest(plan))
    journal.close()
    assert {one.outcome for one in found.steps} == {Outcome.CONFIRMED}


def test_under_nohup_a_lost_terminal_is_none(folder: Path) -> None:
    plan = make_world(folder)
    lines = run("apply", folder, "trying far", signal.SIGHUP, under=("nohup",))
    assert lines[-1] == "plan-closed"
    journal = Journal(folder / "journal.db", SystemClock())
    assert {one.outcome for one in evidence(journal, digest(plan)).steps} == {Outcome.CONFIRMED}
    journal.close()
