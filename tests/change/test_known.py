"""What the journal tells of a target's last change: where it was confirmed, went back, or nobody can say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from change.guards.surroundings import LastKnown
from change.journal import Event, Note
from change.known import last_known
from change.model import Outcome, Plan
from change.plan import digest
from tests.change.fake_target import fingerprint
from tests.change.fake_world import FakeWorld

BOXES = ("box-a", "box-b")
OLD, NEW = fingerprint("old"), fingerprint("new")


def known(world: FakeWorld, *names: str, comparable: tuple[str, ...] = BOXES) -> dict[str, LastKnown]:
    return last_known(world.journal(), names or BOXES, lambda step: step.target in comparable)


def noted(world: FakeWorld, plan: Plan, outcome: Outcome, step: str | None = None, which: int = 0) -> None:
    of = plan.steps[which]
    note = Note(event=Event.OUTCOME, plan=digest(plan), step=step or of.id, target=of.target, outcome=outcome)
    world.journal().append(note)


def test_what_was_confirmed_stands_as_its_result(folder: Path) -> None:
    world = FakeWorld(folder, {"box-a": 1, "box-b": 2})
    assert known(world) == {}
    plan = world.plan()
    assert world.apply(plan).exit_status == 0
    intent = plan.steps[0].intent
    both = dict.fromkeys(("box-a", "box-b"), LastKnown(intent=intent, stands_as=NEW))
    assert known(world) == both
    assert known(world, "box-a").keys() == {"box-a"}
    untold = LastKnown(intent=intent, stands_as=None)
    assert known(world, comparable=()) == dict.fromkeys(both, untold)
    assert known(world, comparable=("box-a",)) == both | {"box-b": untold}


def test_what_went_back_stands_as_its_base_and_wants_nothing(folder: Path) -> None:
    world = FakeWorld(folder, {"box-a": 1})
    plan = world.plan()
    world.apply(plan)
    noted(world, plan, Outcome.REVERTED)
    assert known(world) == {"box-a": LastKnown(intent=None, stands_as=OLD)}
    assert known(world, comparable=()) == {}


def test_a_refusal_changes_nothing_and_what_is_unknown_tells_nothing(folder: Path) -> None:
    world = FakeWorld(folder, {"box-a": 1})
    plan = world.plan()
    world.apply(plan)
    before = known(world)
    noted(world, plan, Outcome.REFUSED)
    assert known(world) == before != {}
    noted(world, plan, Outcome.UNKNOWN)
    assert known(world) == {}
    noted(world, plan, Outcome.CONFIRMED, step="an inverse step")
    assert known(world) == {}


def test_a_plan_of_another_version_tells_nothing(folder: Path) -> None:
    world = FakeWorld(folder, {"box-a": 1})
    plan = world.plan()
    world.apply(plan)
    noted(world, plan.model_copy(update={"reason": "never opened"}), Outcome.CONFIRMED)
    assert known(world) == {}


@pytest.mark.parametrize("which", [0, 1])
def test_what_is_not_known_of_one_hides_nothing_of_another(folder: Path, which: int) -> None:
    world = FakeWorld(folder, {"box-a": 1, "box-b": 2})
    plan = world.plan()
    world.apply(plan)
    noted(world, plan, Outcome.CONFIRMED, step="an inverse step", which=which)
    assert known(world).keys() == {plan.steps[1 - which].target}


def test_somebody_s_edit_is_pointed_out_in_the_next_plan(folder: Path) -> None:
    world = FakeWorld(folder, {"box-a": 1})
    assert world.apply(world.plan()).exit_status == 0
    world.boxes["box-a"].content = "edited by hand"
    around = replace(world.around(), last_known=known(world))
    world.around = lambda: around
    assert [reason.guard for reason in world.plan().steps[0].risk.reasons] == ["drift-alone"]
    world.wanted = "newer"
    assert [reason.guard for reason in world.plan().steps[0].risk.reasons] == ["drift-too"]
    world.boxes["box-a"].content = "new"
    assert world.plan().steps[0].risk.reasons == ()
