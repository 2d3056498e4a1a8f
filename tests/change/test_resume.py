"""Several plans are open at once: each ends for itself, and one that cannot be read spoils no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from change.journal import Event, Note
from change.model import INVERSE, Outcome, Plan
from change.plan import digest
from change.store import PLANS
from tests.change.fake_target import FakeProcess, Killed
from tests.change.fake_world import FakeWorld


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, {"far": 2, "near": 1})


def killed(world: FakeWorld, name: str, at: str) -> Plan:
    """A plan of that box alone, whose apply is killed when it comes to that boundary."""
    boxes = world.boxes
    world.boxes = {name: boxes[name]}
    plan = world.plan()
    with pytest.raises(Killed):
        world.apply(plan, Dies(at))
    world.boxes = boxes
    return plan


class Dies(FakeProcess):
    """At the first boundary of that name."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def boundary(self, name: str) -> None:
        super().boundary(name)
        if name == self.at:
            self.dead = True
            raise Killed


def spoil(world: FakeWorld, plan: Plan) -> None:
    """Its copy in the journal is another file's."""
    with world.journal().store.writing() as connection:
        connection.execute(update(PLANS).where(PLANS.c.digest == digest(plan)).values(sealed=b"something else"))


def test_a_plan_whose_copy_cannot_be_read_is_named_and_the_others_are_ended(world: FakeWorld) -> None:
    unreadable = killed(world, "far", "far arm before")
    killed(world, "near", "near arm before")
    spoil(world, unreadable)
    first, second = world.resume()
    assert (first.plan, first.exit_status) == (digest(unreadable), 5)
    assert "copy of plan" in first.problem and "from its copy" in first.problem
    assert [(end.target, end.outcome) for end in first.ends] == [("far", Outcome.UNKNOWN)]
    assert "ask its latch about step far." in first.ends[0].reason
    assert [(end.target, end.outcome) for end in second.ends] == [("near", Outcome.REFUSED)]
    journal = world.journal()
    assert journal.open_plans() == (digest(unreadable),)
    assert [lock.target for lock in world.locks(journal, FakeProcess()).held()] == ["far"]


@pytest.mark.parametrize(
    ("at", "outcome", "status"),
    [
        ("journal plan-opened after", None, 3),
        ("journal lock-taken after", Outcome.REFUSED, 3),
        ("journal outcome after", Outcome.CONFIRMED, 5),
    ],
)
def test_of_a_plan_that_cannot_be_read_the_entries_tell_how_far_it_came(
    world: FakeWorld, at: str, outcome: Outcome | None, status: int
) -> None:
    spoil(world, killed(world, "far", at))
    (result,) = world.resume()
    assert [end.outcome for end in result.ends] == ([] if outcome is None else [outcome])
    assert result.exit_status == status


def test_what_was_being_taken_back_is_unknown(world: FakeWorld) -> None:
    """Its last outcome is of before its inverse was begun."""
    plan = killed(world, "far", "journal outcome after")
    inverse = Note(event=Event.INTENT, plan=digest(plan), step=f"{plan.steps[0].id}{INVERSE}1", target="far")
    world.journal().append(inverse)
    spoil(world, plan)
    (result,) = world.resume()
    assert [(end.target, end.outcome) for end in result.ends] == [("far", Outcome.UNKNOWN)]
