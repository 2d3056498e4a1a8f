"""Before each wave: whom it would cut off with what is down then, whatever was up when the plan was made."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from change.guards.surroundings import Surroundings
from change.plan import Relations, seal
from change.terrain import Down, Terrain
from tests.change.fake_world import FakeWorld

LAND = Terrain(
    ways={
        "core": (("c--a", "box-a"), ("c--b", "box-b"), ("c--e", "box-e")),
        "box-a": (("c--a", "core"), ("a--d", "box-d")),
        "box-b": (("c--b", "core"), ("b--d", "box-d")),
        "box-d": (("a--d", "box-a"), ("b--d", "box-b")),
        "box-e": (("c--e", "core"),),
    },
    centres=("core",),
    here="core",
    site_of={name: name for name in ("core", "box-a", "box-b", "box-d", "box-e")},
)
WELL = Surroundings(terrain=LAND)
CUT = replace(WELL, now=Down(links=frozenset({"a--d"})))


def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, {"box-e": 2, "box-b": 1}, around=lambda: WELL)


def test_what_went_down_since_the_plan_was_made_pauses_it_with_nothing_sent(folder: Path) -> None:
    made = world(folder)
    plan = made.plan(Relations(after={"box-b": ("box-e",)}))
    made.around = lambda: CUT
    result = made.apply(plan)
    assert result.paused is not None and result.paused.left == ("box-b",)
    assert result.paused.why == "it would cut off box-d, while these are down: a--d"
    assert [call for call in made.sent() if call.startswith("box-b")] == []
    made.around = lambda: WELL
    assert made.apply(seal(plan)).exit_status == 0


def test_what_the_wave_before_shook_has_time_to_be_back(folder: Path) -> None:
    made = world(folder)
    plan = made.plan(Relations(after={"box-b": ("box-e",)}))
    started = made.clock.monotonic()
    made.around = lambda: CUT if made.clock.monotonic() < started + 3 else WELL
    assert made.apply(plan).exit_status == 0


def test_nobody_measures_so_the_terrain_alone_speaks(folder: Path) -> None:
    made = world(folder)
    plan = made.plan()
    made.around = lambda: replace(WELL, now=None)
    assert made.apply(plan).exit_status == 0


def test_a_person_who_stops_while_it_is_waited_for_ends_the_plan(folder: Path) -> None:
    made, stop = world(folder), threading.Event()
    plan = made.plan(Relations(after={"box-b": ("box-e",)}))

    def asked() -> Surroundings:
        if made.boxes["box-e"].content == "new":
            stop.set()
            return CUT
        return WELL

    made.around = asked
    result = made.apply(plan, stop=stop)
    assert result.paused is None
    assert {end.target: end.reason for end in result.ends}["box-b"] == "stopped by a person before it began"
