"""Killed wherever the journal or a box has just changed, then resumed: none half-done, none done twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.journal import Event
from change.model import LatchState, OnFailure, Outcome, Plan
from change.permits import Limits
from change.plan import PlanRefused
from tests.change.fake_target import FakeProcess, Fault, Killed
from tests.change.fake_world import FakeWorld
from tests.change.memory import memory_folder
from tests.change.test_pause import two_windows

Faults = dict[tuple[str, str], Fault]
"""By target and phase."""
TWO_WAVES = {"far": 2, "middle": 1, "near": 1}
AN_HOUR_S = 4000
"""And a little more: into the next window."""
SOME_OR_ALL = pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.prove)])
"""Kill at every fourth moment, or at each."""
ENDS = {LatchState.CONFIRMED, LatchState.REVERTED}


class Scene(NamedTuple):
    faults: Faults
    on_failure: OnFailure = OnFailure.HOLD


def new_world(folder: Path, scene: Scene) -> tuple[FakeWorld, Plan]:
    world = FakeWorld(folder, TWO_WAVES, on_failure=scene.on_failure)
    plan = world.plan()
    for (name, phase), fault in scene.faults.items():
        world.boxes[name].faults[phase] = fault
    return world, plan


@contextmanager
def killed_world(scene: Scene, dies_at: int) -> Iterator[tuple[FakeWorld, Plan]]:
    """A world of its own, whose apply was killed at that boundary (or ended before it), and its plan."""
    with memory_folder() as folder:
        world, plan = new_world(folder, scene)
        run_killed(world, plan, dies_at)
        yield world, plan


def boundaries(scene: Scene) -> list[str]:
    """Every boundary that an apply passes in this scene, in order."""
    with memory_folder() as folder:
        world, plan = new_world(folder, scene)
        process = FakeProcess()
        world.apply(plan, process)
        return process.names


def moments(names: list[str]) -> list[int]:
    """The boundaries, numbered from 1, at which the journal, the locks or a box are not as at the one before.

    That is after each call that changes something; or at whatever follows it, where the call ended in an error.
    """
    changing = re.compile("journal|locks|.* (arm|try|confirm|revert) ")
    return [
        index + 1
        for index, name in enumerate(names)
        if (changing.match(name) and not name.endswith("before"))
        or (index and changing.match(names[index - 1]) and names[index - 1].endswith("before"))
    ]


def check(world: FakeWorld, plan: Plan) -> None:
    """What must hold once the last resume has returned: every wave all confirmed, or none of it."""
    ends = check_ends(world, plan)
    for wave in plan.waves if ends else ():
        found = {ends[step.id] for step in wave}
        assert found == {Outcome.CONFIRMED} or found <= {Outcome.REVERTED, Outcome.REFUSED}, found


def check_ends(world: FakeWorld, plan: Plan) -> dict[str, Outcome]:
    """Of every step, by its id, how it ended: once, and as its box says; none where the plan was never opened."""
    journal = world.journal()
    opened = any(entry.event == Event.PLAN_OPENED for entry in journal.entries())
    assert journal.verify() == ()
    assert journal.open_plans() == ()
    assert world.locks(journal, FakeProcess()).held() == ()
    ends: dict[str, list[Outcome]] = {step.id: [] for step in plan.steps}
    for entry in journal.entries():
        if entry.step in ends and entry.outcome is not None:
            ends[entry.step].append(entry.outcome)
    for found in ends.values():
        assert len(found) == (1 if opened else 0) or found[:-1] == [Outcome.CONFIRMED], ends
    for box in world.boxes.values():
        assert all(count == 1 for count in box.tried.values())
        assert {record.state for record in box.records.values()} <= ENDS
    for step in plan.steps if opened else ():
        kept = ends[step.id][-1] is Outcome.CONFIRMED
        assert world.boxes[step.target].content == ("new" if kept else "old")
    begun = {entry.step for entry in journal.entries() if entry.event == Event.INTENT}
    last = {id_: found[-1] for id_, found in ends.items() if found}
    failed = [id_ for id_ in begun & last.keys() if last[id_] is not Outcome.CONFIRMED]
    if plan.on_failure is OnFailure.TAKE_BACK and failed:  # what was never begun is no failure
        assert Outcome.CONFIRMED not in last.values()
    if not opened:
        assert world.sent() == []
    return last


def run_killed(world: FakeWorld, plan: Plan, dies_at: int) -> None:
    with suppress(Killed):
        world.apply(plan, FakeProcess(dies_at))


SCENES: dict[str, Scene] = {
    "all well": Scene({}),
    "one does not verify": Scene({("near", "verify"): Fault.SAYS_NO}),
    "one does not confirm": Scene({("near", "confirm"): Fault.SAYS_NO}),
    "one is cut off": Scene({("middle", "try"): Fault.CUT}),
    "the first wave is taken back": Scene({("near", "verify"): Fault.SAYS_NO}, OnFailure.TAKE_BACK),
    "half a wave and the one before are taken back": Scene({("near", "confirm"): Fault.SAYS_NO}, OnFailure.TAKE_BACK),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("idle_s", [0, 1000])
def test_killed_anywhere_then_resumed(scene: str, idle_s: int) -> None:
    for dies_at in moments(boundaries(SCENES[scene])):
        with killed_world(SCENES[scene], dies_at) as (world, plan):
            world.clock.advance(idle_s)
            world.resume()
            check(world, plan)


def resumed_after_kills(scene: str, dies_at: int) -> Iterator[tuple[FakeWorld, Plan]]:
    """Kill apply at one boundary, then resume at each of its own: the world and its plan after one more resume."""
    resuming = FakeProcess()
    with killed_world(SCENES[scene], dies_at) as (world, _):
        world.resume(resuming)
    for point in moments(resuming.names):
        with killed_world(SCENES[scene], dies_at) as (world, plan):
            with suppress(Killed):
                world.resume(FakeProcess(point))
            world.resume()
            yield world, plan


@pytest.mark.parametrize(
    ("scene", "every"),
    [
        ("all well", 9),
        ("one does not confirm", 9),
        ("the first wave is taken back", 11),
        *(pytest.param(scene, 1, marks=pytest.mark.prove) for scene in SCENES),
    ],
)
def test_resume_is_killed_too_and_resumed(scene: str, every: int) -> None:
    """At some moments of apply, evenly apart, or at each."""
    for dies_at in moments(boundaries(SCENES[scene]))[every // 2 :: every]:
        with killed_world(SCENES[scene], dies_at) as (world, _):
            anything_open = world.journal().open_plans() != ()
        kills = 0
        for world, plan in resumed_after_kills(scene, dies_at):
            check(world, plan)
            kills += 1
        assert (kills > 0) == anything_open


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 150),
    st.integers(1, 60),
    st.dictionaries(
        st.tuples(st.sampled_from(list(TWO_WAVES)), st.sampled_from(["arm", "try", "verify", "confirm"])),
        st.sampled_from([Fault.SAYS_NO, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.SLOW]),
        max_size=2,
    ),
    st.sampled_from(OnFailure),
)
def test_killed_twice_among_faults_and_threads(first: int, second: int, faults: Faults, on_failure: OnFailure) -> None:
    with memory_folder() as folder:
        world, plan = new_world(folder, Scene(faults, on_failure))
        world.pace = world.pace.model_copy(update={"limits": Limits(at_once=3)})
        run_killed(world, plan, first)
        with suppress(Killed):
            world.resume(FakeProcess(second))
        world.resume()
        check(world, plan)


@contextmanager
def between_windows() -> Iterator[tuple[FakeWorld, Plan]]:
    """A world whose first window has room for the first wave alone, before anything was applied."""
    with memory_folder() as folder:
        world, plan = new_world(folder, Scene({}))
        world.calendar = two_windows(world, plan)
        yield world, plan


def brought_to_its_end(world: FakeWorld, plan: Plan) -> None:
    """What an operator does after a kill: resume, and where the plan is paused, apply it in the next window."""
    world.resume()
    world.clock.advance(AN_HOUR_S)
    if world.journal().paused_plans():
        world.apply(plan)
    check(world, plan)
    assert world.journal().paused_plans() == ()


@SOME_OR_ALL
def test_killed_on_the_way_to_a_pause(folder: Path, every: int) -> None:
    world, plan = new_world(folder, Scene({}))
    world.calendar = two_windows(world, plan)
    process = FakeProcess()
    assert world.apply(plan, process).paused
    for dies_at in moments(process.names)[every // 2 :: every]:
        with between_windows() as (world, plan):
            run_killed(world, plan, dies_at)
            brought_to_its_end(world, plan)


@SOME_OR_ALL
def test_killed_when_it_goes_on_after_a_pause(folder: Path, every: int) -> None:
    world, plan = new_world(folder, Scene({}))
    world.calendar = two_windows(world, plan)
    world.apply(plan)
    world.clock.advance(AN_HOUR_S)
    process = FakeProcess()
    assert world.apply(plan, process).exit_status == 0
    for dies_at in moments(process.names)[every // 2 :: every]:
        with between_windows() as (world, plan):
            world.apply(plan)
            world.clock.advance(AN_HOUR_S)
            run_killed(world, plan, dies_at)
            brought_to_its_end(world, plan)
            assert world.boxes["far"].content == "new", "confirmed before the pause, and stands"


def test_killed_when_it_is_given_up(folder: Path) -> None:
    world, plan = new_world(folder, Scene({}))
    world.calendar = two_windows(world, plan)
    world.apply(plan)
    process = FakeProcess()
    world.give_up(plan, process)
    for dies_at in moments(process.names):
        with between_windows() as (world, plan):
            world.apply(plan)
            with suppress(Killed):
                world.give_up(plan, FakeProcess(dies_at))
            brought_to_its_end(world, plan)
            assert world.boxes["far"].content == "new", "confirmed before the pause, and stands"


@SOME_OR_ALL
def test_killed_after_one_of_a_wave_was_refused_for_its_intent(folder: Path, every: int) -> None:
    world, plan = new_world(folder, Scene({}))
    world.wants = {"near": "newer"}
    process = FakeProcess()
    world.apply(plan, process)
    for dies_at in moments(process.names)[every // 2 :: every]:
        with memory_folder() as other:
            world, plan = new_world(other, Scene({}))
            world.wants = {"near": "newer"}
            run_killed(world, plan, dies_at)
            world.resume()
            check_ends(world, plan)
            assert world.boxes["near"].calls.count("arm") == 0


def test_resume_with_nothing_open_does_nothing(folder: Path) -> None:
    world = FakeWorld(folder, TWO_WAVES)
    world.apply(world.plan())
    sent, entries = world.sent(), world.journal().entries()
    assert world.resume() == ()
    assert world.sent() == sent
    assert world.journal().entries() == entries


def test_a_running_apply_is_left_alone(folder: Path) -> None:
    world, plan = new_world(folder, Scene({}))
    alive = FakeProcess(30)
    run_killed(world, plan, 30)
    world.processes["process-0"] = alive
    (result,) = world.resume()
    assert "is being changed by" in result.problem
    assert result.exit_status == 3


def test_a_silent_box_is_unknown_only_after_its_deadline(folder: Path) -> None:
    scene = Scene({("near", "try"): Fault.SILENT})
    world, plan = new_world(folder, scene)
    names = boundaries(scene)
    run_killed(world, plan, names.index("middle try after") + 5)
    began = world.clock.now
    (result,) = world.resume()
    ends = {end.target: end.outcome for end in result.ends}
    assert ends["near"] is Outcome.UNKNOWN
    assert result.exit_status == 5
    near = next(step for step in plan.steps if step.target == "near")
    assert world.clock.now - began >= near.timer_s


def test_what_was_being_taken_back_is_not_finished_after_all(folder: Path) -> None:
    scene = Scene({("near", "confirm"): Fault.SILENT})
    ends = boundaries(scene).index("journal outcome,outcome before") + 1
    world, plan = new_world(folder, scene)
    run_killed(world, plan, ends)
    assert world.boxes["middle"].content == "old"
    assert world.boxes["near"].content == "new"
    world.boxes["near"].silent = False
    world.boxes["near"].faults.clear()
    world.resume()
    check(world, plan)
    assert world.boxes["near"].content == "old"


def test_what_the_journal_knows_to_be_back_is_not_asked_again(folder: Path) -> None:
    scene = Scene({("near", "confirm"): Fault.SAYS_NO})
    world, plan = new_world(folder, scene)
    run_killed(world, plan, boundaries(scene).index("journal outcome,outcome before") + 1)
    world.boxes["middle"].silent = True
    (result,) = world.resume()
    assert {end.target: end.outcome for end in result.ends}["middle"] is Outcome.REVERTED
    check(world, plan)


def test_a_new_plan_waits_for_resume(folder: Path) -> None:
    world, plan = new_world(folder, Scene({}))
    run_killed(world, plan, 40)
    for box in world.boxes.values():
        box.content = "old"
    world.clock.advance(1)
    with pytest.raises(PlanRefused, match="govnet resume"):
        world.apply(world.plan())


def test_what_was_refused_whole_at_first_is_no_memory_of_a_later_attempt(folder: Path) -> None:
    """Applied again once its targets could be read, and killed in the confirm: resume ends that attempt."""
    world, plan = new_world(folder, Scene({("near", "read"): Fault.LOST_BEFORE}))
    assert world.apply(plan).exit_status == 3
    world.boxes["near"].faults.clear()
    run_killed(world, plan, boundaries(Scene({})).index("near confirm before") + 1)
    (result,) = world.resume()
    assert {end.outcome for end in result.ends} == {Outcome.CONFIRMED}
    assert {box.content for box in world.boxes.values()} == {"new"}
