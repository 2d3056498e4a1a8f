"""Plans that do not go through at once, on routers: taken back, paused and gone on with, given up, out of time.

Each has a lane of its own, and is a canary and a wave after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from change.history import inverse_id
from change.model import LatchState, OnFailure, Plan, Step
from change.plan import digest, unseal
from change.result import listed
from inventory.model import Inventory, Text, Window
from tests.change.fake_terminal import run_until_lost
from tests.twin.cuts import await_routes, differences, renumbered
from tests.twin.field import Lane, Standing, described_all
from tests.twin.kills import ended_by_kill, with_words

SIZE = 3
ROOT = Path(__file__).parents[2]
WORDS = "mabadiliko"
LEFT_OF_THE_WINDOW = timedelta(minutes=7, seconds=30)
"""Cut to whole minutes. Alone, the canary may take 266 s at the longest, and after it four routers in turn 626 s."""


@dataclass(frozen=True)
class Scene:
    """A plan in its lane, as sealed, and how its routers stood before it."""

    lane: Lane
    path: Path
    plan: Plan
    before: dict[str, Standing]
    since: int
    """The last entry of the journal before it."""

    @property
    def canary(self) -> Step:
        return self.plan.steps[0]

    @property
    def apply(self) -> tuple[str, str]:
        return "apply", str(self.path)

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(step.target for step in self.plan.steps[1:])

    def all_are(self, outcome: str) -> dict[str, str]:
        return {step.target: outcome for step in self.plan.steps}

    def expect_as_before(self, *routers: str) -> None:
        """To the byte, and with nothing left of a latch."""
        for router in routers:
            before = self.before[router]
            assert differences(before, await_routes(self.lane, router, before)) == [], router
            assert self.lane.field.left_by_the_latch(router) == "", router

    def expect_changed(self, *routers: str) -> None:
        """To what was planned and nothing else, in force and at the next start."""
        for router in routers:
            now = self.lane.field.stands(router)
            assert now.running == with_words(self.before[router].running, WORDS), router
            assert now.start_up.count(WORDS) == 1, router
            assert self.lane.field.left_by_the_latch(router) == "", router


def begin(lane: Lane, size: int, wanted: Inventory, *words: str) -> Scene:
    routers = [router.name for router in lane.routers[:size]]
    before = {router: lane.field.stands(router) for router in routers}
    lane.want(wanted)
    path = lane.plan(lane.selector, *words)
    plan = unseal(path.read_bytes())
    assert [[step.target for step in wave] for wave in plan.waves] == [routers[:1], routers[1:]]
    return Scene(lane, path, plan, before, lane.last_entry())


def described(lane: Lane, size: int) -> Inventory:
    return described_all(lane.field.inventory, WORDS, [router.name for router in lane.routers[:size]])


def begin_cut(lane: Lane) -> Scene:
    """Its second wave cuts our own way in, and will go back by itself; then the canary is to be taken back."""
    wanted = described(lane, 1)
    for router in lane.routers[1:SIZE]:
        (uplink,) = wanted.links_of[router.name]
        wanted = renumbered(wanted, uplink, (4, 6))
    return begin(lane, SIZE, wanted, "--on-failure", OnFailure.TAKE_BACK)


def taken_back(lane: Lane) -> None:
    scene = begin_cut(lane)
    said = " ".join(lane.expect(4, *scene.apply).split())
    assert f"it was confirmed, and was taken back because of {scene.others[0]}" in said
    expect_taken_back(scene, attempts=1)


def taken_back_though_killed_on_the_way(lane: Lane) -> None:
    """By kill -9 once the canary had tried its inverse: the box goes back from that, and the resume tries another."""
    scene = begin_cut(lane)
    assert ended_by_kill(lane, lane.state / "taking-back.log", f"{scene.canary.target} try after 2", *scene.apply)
    lane.expect(4, "resume")
    expect_taken_back(scene, attempts=2)


def expect_taken_back(scene: Scene, attempts: int) -> None:
    """The canary by the last of so many inverse steps, the others by themselves."""
    canary, told = scene.canary, scene.lane.field.latch_says
    assert scene.lane.outcomes(scene.since) == scene.all_are("reverted")
    events = [event for event, target in scene.lane.events(digest(scene.plan)) if target == canary.target]
    assert events.count("undoing") == attempts
    assert events.count("confirmed") == 2, "the step, and its inverse"
    inverses = [canary.model_copy(update={"id": inverse_id(canary, number + 1)}) for number in range(attempts)]
    ends = [*[LatchState.REVERTED] * (attempts - 1), LatchState.CONFIRMED]
    assert [told(inverse).state for inverse in inverses] == ends
    scene.expect_as_before(canary.target, *scene.others)


def lost_after_its_canary(lane: Lane) -> Scene:
    """Its terminal is lost in the first wave; that one is brought to its end, and no other router hears of it."""
    scene = begin(lane, SIZE, described(lane, SIZE))
    started = datetime.now(UTC)
    status = run_until_lost(lane.words(*scene.apply), ROOT, b"Wave 1 of 2")
    assert status == 4
    expect_paused(scene, "the terminal was lost")
    armed = lane.moments("armed", scene.since)
    assert list(armed) == [scene.canary.target] and armed[scene.canary.target] > started
    return scene


def expect_paused(scene: Scene, why: str) -> None:
    """As `govnet status` says it and as the boxes stand: the canary as planned, all others untouched."""
    said = json.loads(scene.lane.govnet("status", "--json").stdout)
    (paused,) = said["paused_plans"]
    assert (paused["plan"], paused["confirmed"], paused["ended"]) == (digest(scene.plan), 1, 1)
    assert paused["paused"].startswith(why)
    assert paused["paused"].endswith(f"left: {listed(scene.others)}")
    assert said["open_plans"] == []
    assert scene.lane.outcomes(scene.since) == {scene.canary.target: "confirmed"}
    scene.expect_changed(scene.canary.target)
    scene.expect_as_before(*scene.others)


def gone_on_with(scene: Scene) -> None:
    """By another apply of the same file: what is left is done, and what was done is not done again."""
    lane = scene.lane
    tries = lane.field.tries(scene.canary.target)
    lane.expect(0, *scene.apply)
    assert lane.outcomes(scene.since) == scene.all_are("confirmed")
    assert lane.field.tries(scene.canary.target) == tries
    scene.expect_changed(scene.canary.target, *scene.others)


def paused_and_gone_on_with(lane: Lane) -> None:
    gone_on_with(lost_after_its_canary(lane))


def paused_and_given_up(lane: Lane) -> None:
    """What stood stands, what was left is refused, and the plan is closed for good."""
    scene = lost_after_its_canary(lane)
    lane.expect(4, "resume", "--give-up", digest(scene.plan))
    canary = scene.canary.target
    assert lane.outcomes(scene.since) == {**scene.all_are("refused"), canary: "confirmed"}
    lane.expect(3, *scene.apply)
    scene.expect_changed(canary)
    scene.expect_as_before(*scene.others)


def out_of_time(lane: Lane) -> None:
    """Its window is long enough for the canary and not for the wave after it, which goes on in another window."""
    size = len(lane.routers)
    wanted = described(lane, size)
    scene = begin(lane, size, wanted)
    lane.want(in_turn(in_window(wanted, datetime.now(UTC) + LEFT_OF_THE_WINDOW)))
    said = " ".join(lane.expect(4, *scene.apply).split())
    assert f"Paused, and not begun: {size - 1} targets {', '.join(scene.others)} the window short closes on" in said
    expect_paused(scene, "the window short closes on")
    lane.want(wanted)
    gone_on_with(scene)


def in_window(inventory: Inventory, closes: datetime) -> Inventory:
    start, end = (f"{at:%Y-%m-%dT%H:%M}" for at in (closes - timedelta(days=1), closes))
    short = Window(name="short", title=Text(en="Short", sw="Fupi"), start=start, end=end, zone="UTC")
    return inventory.model_copy(update={"windows": (short,)})


def in_turn(inventory: Inventory) -> Inventory:
    """One router after the other: what a wave may take grows with its size."""
    rollout = inventory.world.rollout.model_copy(update={"at_once": 1})
    return inventory.model_copy(update={"world": inventory.world.model_copy(update={"rollout": rollout})})


SCENES: tuple[Callable[[Lane], None], ...] = (
    taken_back,
    taken_back_though_killed_on_the_way,
    paused_and_gone_on_with,
    paused_and_given_up,
    out_of_time,
)
"""One a lane."""
