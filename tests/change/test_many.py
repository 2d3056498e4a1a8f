"""A wave of very many targets with real threads: each answer takes its time, and no target is lost on the way."""

from __future__ import annotations

import resource
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from change.journal import Event
from change.model import Outcome, Plan
from change.permits import Limits
from change.plan import make_plan
from change.result import Result
from change.run import Pace
from change.waves import Order
from tests.change.fake_target import FakeClock, FakeProcess
from tests.change.fake_world import PURPOSE, FakeWorld

ANSWER_S: Mapping[str, float] = {"arm": 2.0, "try": 4.0, "verify": 2.0, "confirm": 1.0, "inspect": 0.5, "read": 1.0}
"""As a router's answers over ssh on a loaded jump host."""
AT_ONCE = 8
TIMES = 50
MANY = pytest.mark.parametrize("number", [24, pytest.param(200, marks=pytest.mark.prove)])


class QuickClock(FakeClock):
    """The machine's own clock, made so many times as fast."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def monotonic(self) -> float:
        return time.monotonic() * self._times + self.now

    def utc(self) -> datetime:
        return datetime(2026, 11, 23, 6, 0, tzinfo=UTC) + timedelta(seconds=self.now - 1000.0)

    def wait(self, timeout_s: float, until: threading.Event) -> None:
        until.wait(timeout_s / self._times)


@dataclass
class UnhurriedProcess(FakeProcess):
    """Whose calls take as long as is said, side by side."""

    clock: FakeClock = field(default_factory=FakeClock)
    takes_s: Mapping[str, float] = field(default_factory=dict)

    def boundary(self, name: str) -> None:
        super().boundary(name)
        who, _, rest = name.partition(" ")
        phase, _, when = rest.partition(" ")
        if when == "before" and who != "journal":
            self.clock.wait(self.takes_s.get(phase, 0.0), threading.Event())


def world_of(folder: Path, number: int, times: float) -> FakeWorld:
    distances = {f"box-{index:03}": index % 4 for index in range(number)}
    world = FakeWorld(folder, distances, clock=QuickClock(times), hold_s=40)
    world.pace = Pace(limits=Limits(at_once=AT_ONCE), poll_s=2.0, confirm_s=2.0, settle_s=30.0)
    return world


def one_wave(world: FakeWorld) -> Plan:
    """With a timer as a router's: hold 40 s, and 20 s for the slowest verify, the confirm and the margin."""
    targets = [replace(target, timer_s=60) for target in world.targets(FakeProcess()).values()]
    return make_plan(targets, PURPOSE, world.clock, order=Order(canary=0, wave=len(targets)))


def check_nothing_is_lost(world: FakeWorld, plan: Plan, result: Result) -> None:
    """Every target has one end, which is true of its box; the journal tells all of it."""
    assert [end.step for end in result.ends] == [step.id for step in plan.steps]
    journal = world.journal()
    written = Counter(entry.step for entry in journal.entries() if entry.event == Event.OUTCOME)
    assert written == {step.id: 1 for step in plan.steps}
    for end in result.ends:
        expected = {Outcome.CONFIRMED: "new", Outcome.REVERTED: "old", Outcome.REFUSED: "old"}
        assert world.boxes[end.target].content == expected[end.outcome]
        assert world.boxes[end.target].tried[end.step] <= 1
    assert journal.verify() == ()
    assert journal.open_plans() == ()


@MANY
def test_all_of_one_wave_are_confirmed_well_before_their_timers_end(tmp_path: Path, number: int) -> None:
    world = world_of(tmp_path, number, times=TIMES)
    plan = one_wave(world)
    began = time.monotonic()
    result = world.apply(plan, UnhurriedProcess(clock=world.clock, takes_s=ANSWER_S))
    took_s = time.monotonic() - began
    assert {end.outcome for end in result.ends} == {Outcome.CONFIRMED}
    check_nothing_is_lost(world, plan, result)
    timers = [record.deadline for box in world.boxes.values() for record in box.records.values()]
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{number} targets: {took_s * TIMES:.0f} s of {plan.steps[0].timer_s} s, {peak_mib:.0f} MiB in all")
    assert min(timers) - world.clock.monotonic() > plan.steps[0].timer_s / 4


@MANY
def test_timers_that_run_out_during_the_verify_lose_nothing(tmp_path: Path, number: int) -> None:
    world = world_of(tmp_path, number, times=10 * TIMES)
    plan = one_wave(world)
    longest_s = plan.steps[0].timer_s * AT_ONCE / number
    result = world.apply(plan, UnhurriedProcess(clock=world.clock, takes_s={**ANSWER_S, "verify": 1.2 * longest_s}))
    assert {end.outcome for end in result.ends} == {Outcome.REVERTED}
    check_nothing_is_lost(world, plan, result)


@MANY
def test_one_that_fails_in_a_crowd_takes_all_back(tmp_path: Path, number: int) -> None:
    world = world_of(tmp_path, number, times=TIMES)
    plan = one_wave(world)
    world.boxes["box-007"].sick = True
    result = world.apply(plan, UnhurriedProcess(clock=world.clock, takes_s=ANSWER_S))
    assert {end.outcome for end in result.ends} == {Outcome.REVERTED}
    assert all("box-007" in end.because for end in result.ends)
    check_nothing_is_lost(world, plan, result)
