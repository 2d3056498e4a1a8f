"""A plan that takes back stands whole or not at all: its confirmed waves go back when a later one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.chain import Head
from change.evidence import evidence
from change.journal import Event, keep_head
from change.model import INVERSE, OnFailure, Outcome
from change.plan import Relations
from change.result import Result
from tests.change.fake_target import Fault, Killed
from tests.change.fake_world import FakeWorld

FOUR = {"a": 4, "b": 3, "c": 2, "d": 1}
IN_TURN = Relations(after={"b": ("a",), "c": ("b",), "d": ("c",)})


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, FOUR, on_failure=OnFailure.TAKE_BACK)


def outcomes(result: Result) -> dict[str, str]:
    return {end.target: end.outcome.value for end in result.ends}


def contents(world: FakeWorld) -> list[str]:
    return [box.content for box in world.boxes.values()]


def test_the_confirmed_waves_go_back_the_last_first(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO
    result = world.apply(plan)
    assert outcomes(result) == {"a": "reverted", "b": "reverted", "c": "reverted", "d": "refused"}
    assert contents(world) == ["old"] * 4
    assert result.exit_status == 4
    ends = {end.target: end for end in result.ends}
    assert ends["a"].reason == "it was confirmed, and was taken back because of c"
    assert ends["a"].because == ("c",)
    undone = [entry.target for entry in world.journal().entries() if entry.event == Event.UNDOING]
    assert undone == ["b", "a"]
    assert "d arm" not in world.sent()


def test_a_plan_that_holds_leaves_them(world: FakeWorld) -> None:
    world.on_failure = OnFailure.HOLD
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO
    assert outcomes(world.apply(plan)) == {"a": "confirmed", "b": "confirmed", "c": "reverted", "d": "refused"}
    assert contents(world) == ["new", "new", "old", "old"]


def test_targets_let_go_when_the_plan_has_ended_and_only_of_what_stays(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["b"].faults["verify"] = Fault.SAYS_NO
    world.apply(plan)
    (inverse,) = world.boxes["a"].closed
    assert inverse == f"{plan.steps[0].id}.inverse1"
    other = FakeWorld(world.folder / "other", FOUR, on_failure=OnFailure.TAKE_BACK)
    other.folder.mkdir()
    other.apply(other.plan(IN_TURN))
    for box in other.boxes.values():
        assert box.calls[-1] == "close", "after everything else"
        assert len(box.closed) == 1


def test_one_that_was_changed_since_is_left_alone_and_what_came_before_it_stays(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO
    meddled = iter(["b"])

    def meddle() -> None:
        if world.boxes["c"].content == "new" and (name := next(meddled, "")):
            world.boxes[name].content = "meddled"

    world.clock.on_wait = meddle
    result = world.apply(plan)
    assert outcomes(result) == {"a": "confirmed", "b": "unknown", "c": "reverted", "d": "refused"}
    assert contents(world) == ["new", "meddled", "old", "old"]
    ends = {end.target: end.reason for end in result.ends}
    assert "is no longer as the plan was made for" in ends["b"]
    assert ends["a"] == "it stays: nothing more is taken back after b (unknown)"
    assert result.exit_status == 5


def test_what_an_unknown_one_stands_on_stays(folder: Path) -> None:
    world = FakeWorld(folder, {"a": 4, "b": 3, "c": 2}, on_failure=OnFailure.TAKE_BACK)
    plan = world.plan(Relations(after={"b": ("a",)}, apart=(("a", "c"),)), wave_size=1)
    waves = [[step.target for step in wave] for wave in plan.waves]
    assert waves == [["a"], ["b"], ["c"]]
    moved = [step.model_copy(update={"wave": {"a": 0, "c": 1, "b": 2}[step.target]}) for step in plan.steps]
    plan = plan.model_copy(update={"steps": tuple(sorted(moved, key=lambda step: step.wave))})
    world.boxes["b"].faults["try"] = Fault.SILENT
    result = world.apply(plan)
    assert outcomes(result) == {"a": "confirmed", "c": "reverted", "b": "unknown"}
    assert "unknown whether b, which came after it" in result.ends[0].reason


def test_an_inverse_that_goes_back_itself_leaves_its_step_confirmed(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO
    world.clock.on_wait = lambda: world.boxes["b"].faults.update(
        {"confirm": Fault.SAYS_NO} if world.boxes["c"].content == "new" else {}
    )
    result = world.apply(plan)
    assert outcomes(result) == {"a": "confirmed", "b": "confirmed", "c": "reverted", "d": "refused"}
    assert contents(world) == ["new", "new", "old", "old"]
    assert result.exit_status == 4
    assert "could not be taken back" in result.ends[1].reason


def test_the_evidence_has_both_ends_of_a_step_that_was_taken_back(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["b"].faults["verify"] = Fault.SAYS_NO
    result = world.apply(plan)
    first = evidence(world.journal(), result.plan).steps[0]
    assert first.outcome is Outcome.REVERTED
    assert [phase.event for phase in first.phases].count(Event.OUTCOME) == 2
    assert [phase.event for phase in first.undone_by][-1] == Event.OUTCOME


def test_where_the_journal_fails_in_a_take_back_nobody_says_that_it_stands(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO

    def full_once_taken_back(path: Path, head: Head) -> None:
        if world.boxes["b"].calls.count("try") == 2:
            raise OSError(28, "No space left on device")
        keep_head(path, head)

    monkeypatch.setattr("change.journal.keep_head", full_once_taken_back)
    result = world.apply(plan)
    assert outcomes(result) == {"a": "confirmed", "b": "unknown", "c": "reverted", "d": "refused"}
    monkeypatch.undo()
    (resumed,) = world.resume()
    assert outcomes(resumed) == {"a": "reverted", "b": "reverted", "c": "reverted", "d": "refused"}


def test_whoever_goes_on_taking_back_blames_what_failed_and_not_what_went_back(world: FakeWorld) -> None:
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["verify"] = Fault.SAYS_NO
    world.boxes["a"].on_hear = killed_at_the_second_arm
    with pytest.raises(Killed):
        world.apply(plan)
    world.boxes["a"].on_hear = lambda phase, step: None
    (resumed,) = world.resume()
    ends = {end.target: end for end in resumed.ends}
    assert ends["a"].reason == "it was confirmed, and was taken back because of c"


def killed_at_the_second_arm(phase: str, step: str) -> None:
    if phase == "arm" and INVERSE in step:
        raise Killed
