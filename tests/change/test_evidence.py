"""The evidence of a change stands alone: everything in it can be checked without the journal at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.chain import entry_digest
from change.evidence import Evidence, evidence
from change.journal import JournalError
from change.model import Outcome
from change.plan import digest
from tests.change.fake_target import FakeProcess, Fault, Killed
from tests.change.fake_world import FakeWorld

TWO = {"far": 2, "near": 1}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, TWO)


def test_it_holds_the_plan_every_phase_and_every_entry(world: FakeWorld) -> None:
    plan = world.plan()
    world.apply(plan)
    found = evidence(world.journal(), digest(plan))
    assert found.plan == plan
    assert [one.outcome for one in found.steps] == [Outcome.CONFIRMED] * 2
    phases = [phase.event for phase in found.steps[0].phases]
    assert phases[0] == "lock-taken" and phases[-1] == "outcome"
    assert [phase.number for phase in found.steps[0].phases] == sorted(phase.number for phase in found.steps[0].phases)
    assert all(entry_digest(entry) == entry.digest for entry in found.entries)
    assert (found.first, found.last) == (found.entries[0].number, found.entries[-1].number)
    assert found.head == world.journal().head()
    assert found.closed == found.entries[-1].at
    assert found.problems == ()
    assert Evidence.model_validate_json(found.model_dump_json()) == found


def test_another_plan_in_the_journal_is_not_in_it(world: FakeWorld) -> None:
    first = world.plan()
    world.apply(first)
    world.wanted = "newer"
    second = world.plan()
    world.apply(second)
    found = evidence(world.journal(), digest(first))
    assert {entry.plan for entry in found.entries} == {digest(first)}
    assert found.head.number > found.last


def test_an_open_change_says_so_and_a_failed_one_says_why(world: FakeWorld) -> None:
    plan = world.plan()
    with pytest.raises(Killed):
        world.apply(plan, FakeProcess(30))
    opened = evidence(world.journal(), digest(plan))
    assert opened.closed is None
    assert opened.steps[0].outcome is None
    world.resume()
    ended = evidence(world.journal(), digest(plan))
    assert ended.steps[0].outcome is Outcome.REVERTED
    assert "interrupted" in ended.steps[0].reason


def test_what_an_inverse_step_did_stands_with_its_step(world: FakeWorld) -> None:
    world.distances = {"far": 2, "middle": 1, "near": 1}
    world.__post_init__()
    plan = world.plan()
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    world.apply(plan)
    found = {one.step.target: one for one in evidence(world.journal(), digest(plan)).steps}
    assert [phase.event for phase in found["middle"].undone_by if phase.event == "confirmed"] == ["confirmed"]
    assert found["near"].undone_by == () and found["far"].undone_by == ()


def test_an_unknown_plan_is_said(world: FakeWorld) -> None:
    with pytest.raises(JournalError, match="keeps no plan"):
        evidence(world.journal(), "sha256:" + "0" * 64)
