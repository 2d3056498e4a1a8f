"""How things stand: whose plans are open or paused, how far each is, and who is at it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from change.locks import Owner
from change.model import Plan
from change.plan import digest
from change.unfinished import Unfinished, unfinished
from tests.change.fake_target import FakeProcess, Killed
from tests.change.fake_world import FakeWorld
from tests.change.scenes import THREE, KilledAt, windows


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, THREE)


def stand(world: FakeWorld, runs: bool | None = None) -> tuple[Unfinished, ...]:
    journal = world.journal()
    asked: list[Owner] = []
    try:
        held = world.locks(journal, FakeProcess()).held()
        found = unfinished(journal, held, lambda owner: asked.append(owner) or runs)
        assert asked == [lock.owner for lock in held[:1]]
        return found
    finally:
        journal.close()


def of(plan: Plan, **update: object) -> Unfinished:
    asked = {"author": "asha", "reason": "a test", "targets": 3, "paused": "", "owner": "", "runs": False}
    return Unfinished.model_validate({"plan": digest(plan), **asked, **update})


def interrupted(world: FakeWorld) -> Plan:
    """In its second wave, after the first was confirmed."""
    plan = world.plan(wave_size=1)
    with suppress(Killed):
        world.apply(plan, KilledAt(name="middle try after"))
    return plan


@pytest.mark.parametrize("runs", [True, False, None])
def test_an_open_plan_says_how_far_it_is_and_whether_its_owner_runs(world: FakeWorld, runs: bool | None) -> None:
    assert stand(world) == ()
    plan = interrupted(world)
    opened = "2026-11-23T06:00:00.000Z"
    one = of(plan, opened=opened, ended=1, confirmed=1, owner="process 2 on here", runs=runs)
    assert stand(world, runs) == (one,)
    world.resume()
    assert stand(world) == ()


def test_a_paused_plan_says_why_and_nobody_is_at_it(world: FakeWorld) -> None:
    plan = world.plan(wave_size=1)
    world.clock.advance(60)
    world.wants = {"near": "newer"}
    world.calendar = windows(world, (0, 89), (3600, 80000))
    why = "the window window-1 closes on Mon 2026-11-23 06:02 UTC, and this may take 88 s; the next one that is long "
    why += "enough opens on Mon 2026-11-23 07:01 UTC"
    assert world.apply(plan).exit_status == 4
    one = of(plan, opened="2026-11-23T06:01:00.000Z", ended=2, confirmed=1, paused=f"{why}; left: middle")
    assert stand(world) == (one,)


def test_the_open_ones_stand_before_the_paused(world: FakeWorld) -> None:
    paused = world.plan(wave_size=1)
    world.calendar = windows(world, (0, 89), (3600, 80000))
    world.apply(paused)
    world.clock.advance(3600)
    opened = interrupted(world)
    assert [one.plan for one in stand(world)] == [digest(opened), digest(paused)]
