"""Who looks on never decides: a watcher that can be told no more ends no change."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from change.journal import Event
from change.model import Digest, Outcome, Plan, Step
from change.plan import digest
from change.result import Result, StepEnd
from change.watch import Together, Unwatched
from tests.change.fake_target import FakeProcess, Killed
from tests.change.fake_world import FakeWorld
from tests.change.test_apply import THREE, contents, outcomes

IN_THE_TRY = 30
"""A boundary after the first wave's intent and before its confirm."""


class FakeLeaver(Unwatched):
    """Hears what it is told, until one thing finds nobody there; it counts what it is told after that."""

    def __init__(self, leaves_at: str, problem: OSError) -> None:
        self.leaves_at, self.problem = leaves_at, problem
        self.left, self.told_after = False, 0

    def hear(self, what: str) -> None:
        self.told_after += self.left
        if what == self.leaves_at:
            self.left = True
            raise self.problem

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self.hear("plan started")

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self.hear(f"wave {number} started")

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self.hear(f"{phase} {step.target}")

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        self.hear(f"wave {number} ended")

    def plan_ended(self, result: Result) -> None:
        self.hear("plan ended")


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, THREE)


@pytest.mark.parametrize("problem", [BrokenPipeError(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize(
    "leaves_at",
    ["plan started", "wave 1 started", "armed far", f"{Event.TRIED} middle", "confirmed near", "wave 0 ended"],
)
def test_a_watcher_that_left_ends_no_apply(world: FakeWorld, leaves_at: str, problem: OSError) -> None:
    leaver = FakeLeaver(leaves_at, problem)
    result = world.apply(world.plan(), watcher=leaver)
    assert (leaver.left, leaver.told_after) == (True, 0)
    assert set(outcomes(result).values()) == {Outcome.CONFIRMED}
    assert set(contents(world).values()) == {"new"}
    assert world.journal().open_plans() == ()


@pytest.mark.parametrize("leaves_at", ["plan started", "wave 0 started", "reverting far", "wave 0 ended", "plan ended"])
def test_a_watcher_that_left_ends_no_resume(world: FakeWorld, leaves_at: str) -> None:
    with pytest.raises(Killed):
        world.apply(world.plan(), FakeProcess(dies_at=IN_THE_TRY))
    assert world.journal().open_plans() != ()
    leaver = FakeLeaver(leaves_at, BrokenPipeError())
    (result,) = world.resume(watcher=leaver)
    assert (leaver.left, leaver.told_after) == (True, 0)
    assert Outcome.UNKNOWN not in outcomes(result).values()
    assert world.journal().open_plans() == ()


class FakeListener(Unwatched):
    """Keeps what it is told, to the last argument."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self.told.append(("plan started", plan, digest))

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self.told.append(("wave started", number, steps))

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self.told.append(("step phase", step, phase, detail))

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        self.told.append(("wave ended", number, ends))

    def plan_ended(self, result: Result) -> None:
        self.told.append(("plan ended", result))


def test_of_several_who_look_on_each_hears_all_whoever_leaves(world: FakeWorld) -> None:
    plan = world.plan()
    first, leaver, last = FakeListener(), FakeLeaver("wave 0 started", BrokenPipeError()), FakeListener()
    result = world.apply(plan, watcher=Together(first, leaver, last))
    assert (leaver.left, leaver.told_after) == (True, 0)
    assert first.told == last.told
    assert first.told[0] == ("plan started", plan, digest(plan))
    assert first.told[-1] == ("plan ended", result)
    waves = [one for one in first.told if str(one[0]).startswith("wave")]
    assert waves == [
        told
        for number, wave in enumerate(plan.waves)
        for told in (
            ("wave started", number, wave),
            ("wave ended", number, tuple(end for end in result.ends if end.step in {step.id for step in wave})),
        )
    ]
    written = [entry for entry in world.journal().entries() if entry.step is not None]
    steps = {step.id: step for step in plan.steps}
    heard = [one[1:] for one in first.told if one[0] == "step phase"]
    assert heard == [(steps[one.step or ""], one.event, one.outcome or one.detail) for one in written]
