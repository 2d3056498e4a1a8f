"""A person who stops an apply: the wave in hand ends as a whole, and no other begins."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from change.journal import Event
from change.model import LatchState, Outcome, Step
from change.plan import Relations
from change.watch import Unwatched
from tests.change.fake_target import FakeProcess, Fault, Killed
from tests.change.fake_world import FakeWorld
from tests.change.test_apply import THREE, contents, outcomes


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, THREE)


class FakeStopper(Unwatched):
    """A person who stops it at a phase."""

    def __init__(self, phase: Event) -> None:
        super().__init__()
        self.phase, self.stop = phase, threading.Event()

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        if phase == self.phase:
            self.stop.set()


@pytest.mark.parametrize("phase", [Event.UNDOING, Event.CONFIRMING, Event.CONFIRMED])
def test_a_stop_does_not_leave_a_wave_half_taken_back(world: FakeWorld, phase: Event) -> None:
    plan = world.plan(Relations(together={"all": tuple(THREE)}))
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    stopper = FakeStopper(phase)
    assert set(outcomes(world.apply(plan, watcher=stopper, stop=stopper.stop)).values()) == {Outcome.REVERTED}
    assert stopper.stop.is_set()
    assert set(contents(world).values()) == {"old"}


def test_a_resume_that_is_stopped_says_what_is_still_open(world: FakeWorld) -> None:
    plan = world.plan()
    with pytest.raises(Killed):
        world.apply(plan, FakeProcess(dies_at=40))
    stop = threading.Event()
    stop.set()
    (result,) = world.resume(stop=stop)
    assert Outcome.UNKNOWN in outcomes(result).values()
    assert {end.reason for end in result.ends if end.outcome is Outcome.UNKNOWN} == {
        "it is still open: run govnet resume again"
    }
    assert result.exit_status == 5
    world.settle()
    (result,) = world.resume()
    assert Outcome.UNKNOWN not in outcomes(result).values()
    assert world.journal().open_plans() == ()


@pytest.mark.parametrize("waits", [1, 2, 3])
def test_a_stop_ends_the_wave_and_begins_no_other(world: FakeWorld, waits: int) -> None:
    stop = threading.Event()
    seen = 0

    def stopping() -> None:
        nonlocal seen
        seen += 1
        if seen == waits:
            stop.set()

    world.clock.on_wait = stopping
    result = world.apply(world.plan(), stop=stop)
    done = outcomes(result)
    assert done["far"] is (Outcome.REVERTED if waits <= 2 else Outcome.CONFIRMED)
    assert Outcome.CONFIRMED not in (done["middle"], done["near"])
    assert {end.reason for end in result.ends if end.outcome is Outcome.REVERTED} == {"stopped by a person"}
    assert {end.because for end in result.ends} == {()}
    states = {record.state for box in world.boxes.values() for record in box.records.values()}
    assert states <= {LatchState.REVERTED, LatchState.CONFIRMED}
    assert world.journal().open_plans() == ()
