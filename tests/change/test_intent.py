"""Where the inventory wants something else by now: refused there, with what depends on it, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.model import Outcome
from change.plan import Relations
from change.preflight import in_company
from change.result import StepEnd
from change.target import Preview
from tests.change.fake_target import FakeTarget
from tests.change.fake_world import FakeWorld

FIVE = {"one": 5, "two": 4, "three": 3, "four": 2, "five": 1}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, FIVE)


def ends_of(world: FakeWorld, relations: Relations, *edited: str) -> tuple[dict[str, StepEnd], int]:
    """By target, with the exit status: applied after the inventory came to want something else of some."""
    plan = world.plan(relations, wave_size=2)
    world.wants = dict.fromkeys(edited, "newer")
    result = world.apply(plan)
    return {end.target: end for end in result.ends}, result.exit_status


def confirmed(ends: dict[str, StepEnd]) -> set[str]:
    return {name for name, end in ends.items() if end.outcome is Outcome.CONFIRMED}


@pytest.mark.parametrize("edited", FIVE)
def test_an_edit_of_one_voids_nothing_of_the_others(world: FakeWorld, edited: str) -> None:
    ends, status = ends_of(world, Relations(), edited)
    assert confirmed(ends) == set(FIVE) - {edited}
    why = f"the inventory wants something else of {edited} than when the plan was made: make a new plan"
    assert (ends[edited].outcome, ends[edited].reason) == (Outcome.REFUSED, why)
    assert status == 4
    assert not [call for call in world.sent() if call.startswith(f"{edited} ")]


def test_what_must_come_after_it_or_be_with_it_is_refused_too_and_says_for_whom(world: FakeWorld) -> None:
    relations = Relations(after={"two": ("one",), "four": ("three",)}, together={"link": ("two", "three")})
    ends, status = ends_of(world, relations, "one")
    assert confirmed(ends) == {"five"}
    assert status == 4
    for name in ("two", "three", "four"):
        assert ends[name].reason == "nothing was sent: it cannot be changed without one"
        assert ends[name].because == ("one",)


def test_where_all_are_wanted_otherwise_nothing_is_sent(world: FakeWorld) -> None:
    ends, status = ends_of(world, Relations(), *FIVE)
    assert (confirmed(ends), status, world.sent()) == (set(), 3, [])


def test_one_that_was_changed_by_the_edit_already_is_not_stale_for_all(world: FakeWorld) -> None:
    """Another plan brought the newer wish to it: its base has moved as well, and that is its own matter."""
    world.boxes["three"].content = "newer"
    plan = FakeWorld(world.folder, FIVE, clock=world.clock).plan()
    world.wants = {"three": "newer"}
    assert {end.target for end in world.apply(plan).ends if end.outcome is Outcome.REFUSED} == {"three"}


def test_a_base_that_moved_refuses_all_whatever_else_is_wanted(world: FakeWorld) -> None:
    plan = world.plan()
    world.wants = {"three": "newer"}
    world.boxes["five"].content = "another"
    result = world.apply(plan)
    assert (result.exit_status, world.sent()) == (3, [])
    reasons = {end.target: end.reason for end in result.ends}
    assert reasons["one"] == "nothing was sent: five cannot be changed as planned"
    assert "wants something else of three" in reasons["three"]


def test_what_is_refused_is_no_excuse_for_a_verify(world: FakeWorld) -> None:
    """A verify forgives what later steps will mend; one that will not come mends nothing."""
    ends_of(world, Relations(), "four")
    assert world.boxes["one"].later == {"two", "three", "five"}


def test_a_failure_in_the_field_still_ends_it_for_all(world: FakeWorld) -> None:
    world.boxes["two"].sick = True
    ends, status = ends_of(world, Relations(), "five")
    assert confirmed(ends) == {"one"}
    assert ends["four"].reason == "not begun: no wave is begun after two (reverted)"
    assert status == 4


def test_a_disk_that_cannot_be_read_before_anything_was_sent_is_a_refusal(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = world.plan()

    def unreadable(self: FakeTarget) -> Preview:
        raise PermissionError(13, "Permission denied", "mirror/index")

    monkeypatch.setattr(FakeTarget, "preview", unreadable)
    result = world.apply(plan)
    assert (result.exit_status, world.sent()) == (3, [])
    assert {end.reason for end in result.ends} == {"nothing was sent: mirror/index: Permission denied"}
    assert world.journal().open_plans() == ()


def test_company_leads_as_far_as_relations_do(world: FakeWorld) -> None:
    plan = world.plan(Relations(after={"two": ("one",), "three": ("two",)}, together={"link": ("four", "five")}))
    ids = {step.target: step.id for step in plan.steps}

    def company(*names: str) -> set[str]:
        return {step.target for step in in_company(plan.steps, {ids[name] for name in names})}

    assert company() == set()
    assert company("one") == {"one", "two", "three"}
    assert company("three") == {"three"}
    assert company("four") == company("five") == {"four", "five"}
