"""Probes before, throughout and after: what was seen before is evidence, what is seen after decides."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from change.journal import Event
from change.model import Outcome, Probe
from change.run import ProbeResult
from tests.change.fake_target import FakeProcess, Killed
from tests.change.fake_world import FakeWorld

REACH = Probe(kind="institution", subject="rungwe-dc 10.0.0.1", expect="answers")


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, {"a": 1}, probes=(REACH,))


def confirmed(world: FakeWorld) -> bool:
    return "confirm" in world.boxes["a"].calls


def written(world: FakeWorld) -> list[str]:
    return [str(entry.event) for entry in world.journal().entries() if entry.event in SEEN]


SEEN = (Event.PROBE_RESULT, Event.INTENT, Event.CONFIRMED, Event.OUTCOME)


def test_probes_stand_in_the_journal_before_and_after(world: FakeWorld) -> None:
    assert world.apply(world.plan()).exit_status == 0
    assert written(world) == ["probe-result", "intent", "confirmed", "probe-result", "outcome"]


def test_what_failed_before_is_written_down_and_must_be_well_in_the_end(world: FakeWorld) -> None:
    world.probe_says = lambda probe: ProbeResult(ok=world.boxes["a"].content == "new", detail="asked")
    assert world.apply(world.plan()).exit_status == 0
    first = next(entry for entry in world.journal().entries() if entry.event == Event.PROBE_RESULT)
    assert "not as expected (answers)" in first.detail


def test_what_is_lost_after_the_confirm_takes_the_wave_back_by_its_inverse(world: FakeWorld) -> None:
    world.probe_says = lambda probe: ProbeResult(ok=not confirmed(world), detail="asked")
    (end,) = world.apply(world.plan()).ends
    assert end.outcome is Outcome.REVERTED
    assert "went back by its inverse" in end.reason
    assert "after the confirm: institution rungwe-dc 10.0.0.1: asked" in end.reason
    assert world.boxes["a"].content == "old"


def test_one_lost_answer_after_the_confirm_is_asked_for_again(world: FakeWorld) -> None:
    answers = iter([False])
    world.probe_says = lambda probe: ProbeResult(ok=not confirmed(world) or next(answers, True), detail="asked")
    assert world.apply(world.plan()).exit_status == 0


def test_killed_while_it_goes_back_for_what_was_lost_and_resumed(world: FakeWorld, folder: Path) -> None:
    world.probe_says = lambda probe: ProbeResult(ok=not confirmed(world), detail="asked")
    process = FakeProcess()
    world.apply(world.plan(), process)
    undoing = process.names.index("journal undoing after") + 1
    for point in range(undoing, len(process.names) + 1):
        other = FakeWorld(folder / f"{point}", {"a": 1}, probes=(REACH,))
        other.folder.mkdir()
        other.probe_says = lambda probe, there=other: ProbeResult(ok=not confirmed(there), detail="asked")
        plan = other.plan()
        with suppress(Killed):
            other.apply(plan, FakeProcess(point))
        other.resume()
        assert other.boxes["a"].content == "old"
        assert other.journal().open_plans() == ()


def test_a_probe_of_nothing_and_an_answer_of_nothing_are_none() -> None:
    for empty in ("kind", "subject", "expect"):
        with pytest.raises(ValidationError):
            Probe.model_validate({**REACH.model_dump(), empty: ""})
    with pytest.raises(ValidationError):
        ProbeResult(ok=True, detail="")
