"""The evidence of a change stands alone: everything in it can be checked without the journal at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.chain import entry_digest
from change.evidence import Evidence, Phase, evidence, gather
from change.journal import Event, JournalError, Note
from change.model import INVERSE, Outcome
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


def test_no_plan_gathers_nothing_and_one_whose_entries_are_gone_is_said(world: FakeWorld) -> None:
    plan = world.plan()
    world.apply(plan)
    assert gather(world.journal(), ()).changes == gather(world.journal(), ()).others == ()
    with world.journal().store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM entries WHERE plan IS NOT NULL AND number > 1")
        connection.exec_driver_sql("UPDATE entries SET plan = NULL")
    with pytest.raises(JournalError) as raised:
        evidence(world.journal(), digest(plan))
    assert str(raised.value) == f"the journal has no entry of plan {digest(plan)}"


def test_it_is_what_follows_from_its_entries(world: FakeWorld) -> None:
    """One step that nobody could tell of at first, went back, and was begun once more by its inverse."""
    plan = world.plan()
    step, other = plan.steps
    journal = world.journal()
    journal.append(Note(event=Event.RESUMED))
    journal.open_plan(plan)
    for event, of, outcome, detail in (
        (Event.FAILED, step.id, None, "it is silent"),
        (Event.OUTCOME, step.id, Outcome.UNKNOWN, "no answer"),
        (Event.PLAN_CLOSED, None, None, "closed"),
        (Event.OUTCOME, step.id, Outcome.REVERTED, "by its timer"),
        (Event.TRYING, f"{step.id}{INVERSE}", None, "back"),
        (Event.PLAN_CLOSED, None, None, "closed again"),
        (Event.HEAD_KEPT, None, None, "of no plan"),
    ):
        world.clock.advance(1)
        of_plan = digest(plan) if event is not Event.HEAD_KEPT else None
        journal.append(Note(event=event, plan=of_plan, step=of, outcome=outcome, detail=detail))
    found = evidence(journal, digest(plan))
    at = [f"2026-11-23T06:00:0{second}.000Z" for second in range(8)]
    assert (found.digest, found.plan, found.papers) == (digest(plan), plan, ())
    assert (found.opened, found.closed, found.first, found.last) == (at[0], at[6], 2, 8)
    assert (found.entries, found.head, found.problems) == (journal.entries()[1:8], journal.head(), ())
    one, two = found.steps
    assert (one.step, one.outcome, one.reason) == (step, Outcome.REVERTED, "by its timer")
    assert one.phases == (
        Phase(number=3, at=at[1], event="failed", detail="it is silent"),
        Phase(number=4, at=at[2], event="outcome", detail="no answer"),
        Phase(number=6, at=at[4], event="outcome", detail="by its timer"),
    )
    assert one.undone_by == (Phase(number=7, at=at[5], event="trying", detail="back"),)
    assert (two.step, two.outcome, two.reason, two.phases, two.undone_by) == (other, None, "", (), ())
    journal.head_path.unlink()
    assert evidence(journal, digest(plan)).problems == ("the kept head beside the journal is missing",)
