"""Real processes that end themselves by SIGKILL at each boundary of an apply, and of the resume that follows."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.evidence import evidence
from change.journal import Event, Journal
from change.locks import Locks
from change.model import Outcome, Plan
from change.plan import digest
from tests.change.boundaries import Crossed, read_log
from tests.change.fake_file_box import FakeFileTarget
from tests.change.memory import memory_folder
from tests.change.test_kill import DISTANCES, ROOT, make_world

AT_ONCE = 4
"""A round waits most of its time, for its holds."""
ROUNDS = 100
A_LATER_CHECK = re.compile(r".* verify (before|after) ([3-9]|\d\d+)")


@dataclass(frozen=True)
class Round:
    """Where it was killed in truth, and what was found wrong after the last resume."""

    at: str
    resume_at: str
    killed: bool
    killed_again: bool
    faults: tuple[str, ...]


def run(folder: Path, log: str, verb: str, boundary: str = "") -> bool:
    """Whether it was killed; it must end well where it was not."""
    words = [str(folder / log), boundary or "-", verb, str(folder)]
    command = [sys.executable, "-m", "tests.change.killed_file_box", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def boundaries() -> tuple[str, ...]:
    """All that an apply crosses which nobody kills; of the rounds of checks in a hold two, for all are alike."""
    with memory_folder() as folder:
        make_world(folder)
        assert not run(folder, "apply", "apply")
        return tuple(label for label in read_log(folder / "apply").labels if not A_LATER_CHECK.fullmatch(label))


def round_of(at: str, resume_at: str) -> Round:
    with memory_folder() as folder:
        plan = make_world(folder)
        killed = run(folder, "apply", "apply", at)
        again = run(folder, "resumed", "resume", resume_at) if resume_at else False
        run(folder, "last", "resume")
        logs = [read_log(folder / log) for log in ("apply", "resumed", "last")]
        return Round(at, resume_at, killed, again, tuple(faults(folder, plan, logs)))


def faults(folder: Path, plan: Plan, logs: Iterable[Crossed]) -> list[str]:
    """What the journal lost or left open, and what the boxes say otherwise than it."""
    journal = Journal(folder / "journal.db", SystemClock())
    try:
        entries = journal.entries()
        lost = frozenset().union(*(log.kept for log in logs)) - {(one.number, one.digest) for one in entries}
        found = [*(f"lost {entry}" for entry in lost), *journal.verify(), *journal.open_plans()]
        found += [f"{lock.target} is still locked" for lock in Locks(journal.store, SystemClock()).held()]
        if not any(entry.event == Event.PLAN_OPENED for entry in entries):
            return found + boxes(folder, plan, dict.fromkeys(DISTANCES, Outcome.REFUSED))
        outcomes = [entry.step for entry in entries if entry.event == Event.OUTCOME]
        if sorted(map(str, outcomes)) != sorted(step.id for step in plan.steps):
            found.append(f"outcomes of {outcomes}")
        ends = {one.step.target: one.outcome for one in evidence(journal, digest(plan)).steps}
        return found + boxes(folder, plan, ends)
    finally:
        journal.close()


def boxes(folder: Path, plan: Plan, ends: dict[str, Outcome | None]) -> list[str]:
    found: list[str] = []
    for step in plan.steps:
        outcome = ends[step.target]
        with FakeFileTarget(folder, step.target, DISTANCES[step.target]).opened() as box:
            states = [record["state"] for record in box["records"].values()]
            tries = sum(record["tries"] for record in box["records"].values())
        told = (box["content"], states, tries <= 1)
        wanted = {
            Outcome.CONFIRMED: ("new", ["confirmed"], True),
            Outcome.REVERTED: ("old", ["reverted"], True),
            Outcome.REFUSED: ("old", [], True),
        }
        if outcome is None or told != wanted.get(outcome):
            found.append(f"{step.target} ended {outcome}, and its box says {told}, {tries} tries")
    for wave in plan.waves:
        if len({ends[step.target] is Outcome.CONFIRMED for step in wave}) > 1:
            found.append(f"half of a wave: {ends}")
    return found


@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.prove)])
def test_killed_at_boundaries_of_apply_and_resume(every: int) -> None:
    """At every 24th, or at each; every second time the resume is killed too, each time somewhere else."""
    labels = boundaries()
    chosen = labels[every // 2 :: every]
    resumes = [f"#{1 + place % 23}" if place % 2 else "" for place in range(len(chosen))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(round_of, chosen, resumes))
    assert [one for one in done if one.faults] == []
    killed = [one for one in done if one.killed]
    print(f"{len(killed)} kills at {len(labels)} boundaries, {sum(one.killed_again for one in done)} of resume")
    assert len(killed) >= 0.9 * len(chosen), "an apply may end before it comes to a boundary that another came to"
    assert any(one.killed_again for one in done)
    if every == 1:
        assert len(killed) >= ROUNDS
