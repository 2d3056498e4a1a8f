"""Proofs by numbers on machines: killed at every boundary, cut off by ourselves, poisoned; plans that stop half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain

import pytest

from bench.servers import write
from change.plan import unseal
from inventory.model import Inventory
from tests.twin.cuts import CUTS, TIMER_S, CutOff, cut_all
from tests.twin.field import REGIONS, ROUTERS, Field, Lane, brought_up, described_all
from tests.twin.kills import Kill, Round, labels_of, told_round
from tests.twin.scenes import SCENES, taken_back_though_killed_on_the_way

pytestmark = pytest.mark.twin

SAMPLE = (
    Kill("armed after 1"),
    Kill("dr-*-1 confirm after 1", resume_at="#7"),
    Kill("trying before 2"),
    Kill("confirming after 2", resume_at="#12"),
    Kill("confirmed before 2"),
)
"""One a lane: the canary armed; kept by the box, and we never heard of it; a wave of two tried, and confirmed."""
ROUNDS = 100
CUT_OFFS, ONCE = 500, 25


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with brought_up(tmp_path_factory.mktemp("field")) as made:
        yield made


def killed_rounds(field: Field, kills: Sequence[Kill]) -> list[Round]:
    """All of them, side by side in as many lanes as there are."""

    def share(lane: Lane) -> list[Round]:
        return [told_round(lane, kill) for kill in kills[field.lanes.index(lane) :: len(field.lanes)]]

    return list(chain.from_iterable(field.side_by_side(share)))


def test_killed_at_five_boundaries_and_in_two_resumes(field: Field) -> None:
    done = killed_rounds(field, SAMPLE)
    assert [(one.kill, one.faults) for one in done if one.faults] == []
    assert [one.kill for one in done if one.killed] == list(SAMPLE)
    assert [one.kill.resume_at for one in done if one.killed_again] == ["#7", "#12"]


@pytest.mark.prove
def test_killed_at_every_boundary_and_every_second_time_in_the_resume_too(field: Field) -> None:
    labels = labels_of(field.lanes[0])
    kills = [Kill(label, f"#{1 + place % 31}" if place % 2 else "") for place, label in enumerate(labels)]
    done = killed_rounds(field, kills)
    assert [(one.kill, one.faults) for one in done if one.faults] == []
    killed = sum(one.killed for one in done)
    print(f"{killed} kills of apply at {len(labels)} boundaries, {sum(one.killed_again for one in done)} of resume")
    assert killed >= ROUNDS


@pytest.fixture(scope="module")
def played(field: Field) -> Iterator[dict[Callable[[Lane], None], Future[None]]]:
    """All scenes at once, each in a lane of its own."""
    with ThreadPoolExecutor(len(SCENES)) as pool:
        yield {scene: pool.submit(scene, lane) for scene, lane in zip(SCENES, field.lanes, strict=False)}


@pytest.mark.parametrize("scene", [pytest.param(scene, id=scene.__name__) for scene in SCENES])
def test_a_plan_that_does_not_go_through_at_once(
    played: dict[Callable[[Lane], None], Future[None]], scene: Callable[[Lane], None]
) -> None:
    played[scene].result()


@pytest.mark.prove
def test_killed_while_it_takes_back_its_canary_a_plan_is_resumed_and_all_is_as_before(field: Field) -> None:
    taken_back_though_killed_on_the_way(field.lanes[-1])


def cut_offs(field: Field, wanted: int) -> list[CutOff]:
    """So many that were cut off and came back by themselves: what a busy host kept from being tried does not count."""
    found: list[CutOff] = []
    field.converge()
    while sum(one.by_itself for one in found) < wanted:
        assert len(found) < 2 * wanted, f"only {sum(one.by_itself for one in found)} of {len(found)} were cut off"
        found += cut_all(field)
        print(f"{sum(one.by_itself for one in found)} cut off, {sum(bool(one.faults) for one in found)} with faults")
    return found


@pytest.mark.parametrize("wanted", [ONCE, pytest.param(CUT_OFFS, marks=pytest.mark.prove)])
def test_cut_off_by_ourselves_and_back_to_the_byte(field: Field, wanted: int) -> None:
    found = cut_offs(field, wanted)
    slowest_s = max(one.back_s for one in found)
    print(f"{sum(one.by_itself for one in found)} cut off, timer {TIMER_S} s, the last back after {slowest_s:.1f} s")
    assert [(one.router, one.faults) for one in found if one.faults] == []


WORDS = "sumu"
"""Of no other test here: what those confirmed still stands, and would be no change."""


def harmless(field: Field) -> Inventory:
    return described_all(field.inventory, WORDS, [router.name for router in field.routers])


def cut_off(field: Field) -> Inventory:
    inventory = field.inventory
    for link in field.inventory.links:
        if link.b.device.startswith("dr-"):
            inventory = CUTS[0](inventory, link)
    return inventory


@pytest.mark.parametrize(
    ("change", "way"),
    [
        pytest.param(harmless, "rejected", id="rejected"),
        pytest.param(cut_off, "", marks=pytest.mark.prove, id="cut-off"),
    ],
)
def test_beyond_a_poisoned_canary_no_device_hears_a_command(
    field: Field, change: Callable[[Field], Inventory], way: str
) -> None:
    """By the logs of the devices themselves, from the moment at which the first one was to hear of its step."""
    seat = field.seat.altered(way) if way else field.seat
    write(change(field), seat.world)
    path = seat.plan("role=district-router")
    plan = unseal(path.read_bytes())
    since = seat.last_entry()
    seat.expect(4, "apply", str(path))
    write(field.inventory, seat.world)
    ((canary, intent),) = seat.moments("intent", since).items()
    others = [step.target for step in plan.steps if step.target != canary]
    assert len(others) == REGIONS * ROUTERS - 1
    heard = {router: field.heard_since(router, intent) for router in (canary, *others)}
    assert len(heard[canary]) > 3, "a log shows what its device hears"
    assert [router for router in others if heard[router]] == []
    assert seat.outcomes(since) == {canary: "reverted", **dict.fromkeys(others, "refused")}
