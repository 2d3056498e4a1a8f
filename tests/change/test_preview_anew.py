"""Apply asks each target for its preview anew: a plan that says other things of the same lines is refused whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from change.canonical import digest_of
from change.guards.surroundings import LastKnown, Surroundings
from change.model import Diff, DiffLine, Effect, Level, Outcome, PartDiff, Plan, Probe, Step
from change.plan import PlanRefused
from inventory.model import GuardLimits
from tests.change.fake_target import FakeTarget, Fault
from tests.change.fake_world import FakeWorld

HARMLESS = Diff(parts=(PartDiff(part="content", lines=(DiffLine(sign="+", text="! a remark"),)),))
PROBES = (Probe(kind="neighbours", subject="one", expect="2"), Probe(kind="prefixes", subject="one", expect="9"))
Forge = Callable[[Step], Mapping[str, object]]
FORGERIES: Mapping[str, tuple[Forge, str]] = {
    "commands": (lambda step: {"payload": "rm -r /"}, "govnet itself makes other commands of its lines"),
    "way back": (lambda step: {"inverse": "rm -r /"}, "govnet itself makes another way back of its lines"),
    "result": (
        lambda step: {"result": digest_of(b"rubble"), "payload": "rubble"},
        "govnet itself makes other commands and another result of its lines",
    ),
    "diff": (lambda step: {"diff": HARMLESS}, "govnet itself makes another diff of its lines"),
    "effects": (
        lambda step: {"effects": (Effect.PREFIX_REMOVED,), "risk": step.risk.model_copy(update={"level": Level.HIGH})},
        "govnet itself makes other effects of its lines",
    ),
    "hold": (lambda step: {"hold_s": 1}, "it is held for 1 s, and govnet holds it for 2 s"),
    "timer": (lambda step: {"timer_s": 9}, "its timer leaves 7 s beside the hold, and govnet leaves 8 s"),
    "probes": (lambda step: {"probes": ()}, "it asks none of the probes of its target (neighbours and prefixes)"),
}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, {"one": 2, "two": 1}, probes=PROBES)


def forged(plan: Plan, forge: Forge, target: str = "one") -> Plan:
    steps = tuple(step.model_copy(update=forge(step)) if step.target == target else step for step in plan.steps)
    return Plan.model_validate(plan.model_copy(update={"steps": steps}).model_dump())


@pytest.mark.parametrize("what", FORGERIES)
@pytest.mark.parametrize("target", ["one", "two"])
def test_a_step_that_its_target_would_not_plan_so_refuses_all(world: FakeWorld, what: str, target: str) -> None:
    forge, says = FORGERIES[what]
    result = world.apply(forged(world.plan(), forge, target))
    assert (result.exit_status, world.sent()) == (3, [])
    ends = {end.target: end for end in result.ends}
    cure = "this plan was altered, or made by another version of govnet: make a new plan"
    assert ends[target].reason == f"{target}: {says}; {cure}"
    (other,) = ends.keys() - {target}
    assert ends[other].reason == f"nothing was sent: {target} cannot be changed as planned"
    assert world.journal().open_plans() == ()


def test_all_that_differs_is_said_at_once(world: FakeWorld) -> None:
    plan = forged(world.plan(), lambda step: {"payload": "x", "inverse": "y", "hold_s": 0, "probes": ()})
    (reason,) = (end.reason for end in world.apply(plan).ends if end.target == "one")
    for part in ("other commands and another way back", "held for 0 s", "none of the probes"):
        assert part in reason


@pytest.mark.parametrize(
    "forge",
    [
        lambda step: {"hold_s": step.hold_s + 5, "timer_s": step.timer_s + 5},
        lambda step: {"timer_s": step.timer_s + 30},
        lambda step: {"probes": step.probes[:1]},
        lambda step: {"probes": (*step.probes, Probe(kind="reach", subject="school", expect="answers"))},
    ],
    ids=["held longer", "a longer timer", "a neighbour came back since", "more is probed"],
)
def test_what_a_wave_adds_and_what_comes_and_goes_is_no_forgery(world: FakeWorld, forge: Forge) -> None:
    assert world.apply(forged(world.plan(), forge)).exit_status == 0


def test_one_that_became_as_intended_by_itself_is_stale(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["two"].by_hand("new")
    result = world.apply(plan)
    assert (result.exit_status, world.sent()) == (3, [])
    (reason,) = (end.reason for end in result.ends if end.target == "two")
    assert reason == "two is no longer as the plan was made for: make a new plan"


def test_another_intent_still_refuses_its_own_step_alone_whatever_that_says(world: FakeWorld) -> None:
    plan = forged(world.plan(), lambda step: {"payload": "rm -r /"})
    world.wants = {"one": "newer"}
    ends = {end.target: end.outcome for end in world.apply(plan).ends}
    assert ends == {"one": Outcome.REFUSED, "two": Outcome.CONFIRMED}


def test_an_intent_that_changes_between_two_questions_refuses_all(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = world.plan()
    monkeypatch.setattr(FakeTarget, "intent", lambda self: plan.steps[0].intent)
    monkeypatch.setattr(FakeTarget, "preview_of", _of_another_intent(FakeTarget.preview_of))
    result = world.apply(plan)
    assert (result.exit_status, world.sent()) == (3, [])
    assert "the inventory wants something else of one" in result.ends[0].reason


def _of_another_intent(preview_of: Callable[[FakeTarget, str], object]) -> Callable[[FakeTarget, str], object]:
    def other(self: FakeTarget, old: str) -> object:
        made = preview_of(self, old)
        return made.model_copy(update={"intent": digest_of(b"other")})  # type: ignore[attr-defined]  # a Preview

    return other


def test_one_that_another_step_is_to_create_is_compared_too(world: FakeWorld) -> None:
    """As far as a promise goes: it is previewed from what it will be."""
    world.born_of = {"two": "one"}
    plan = world.plan()
    assert world.apply(forged(plan, lambda step: {"payload": "rm -r /"}, "two")).exit_status == 3
    assert world.sent() == []


def test_a_promise_that_would_be_another_today_refuses_all(world: FakeWorld) -> None:
    world.born_of = {"two": "one"}
    plan = world.plan()
    world.boxes["two"].by_hand("born otherwise")
    result = world.apply(plan)
    assert (result.exit_status, world.sent()) == (3, [])
    (reason,) = (end.reason for end in result.ends if end.target == "two")
    assert reason == "two is no longer as the plan was made for: make a new plan"


def test_each_is_read_once_before_the_first_wave(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["two"].faults["read"] = Fault.SAYS_NO
    world.apply(plan)
    assert [box.calls.count("read") for box in world.boxes.values()] == [1, 1]


def of_lines(step: Step) -> Mapping[str, object]:
    """Its one line removed is half of a configuration of two."""
    return {"diff": step.diff.model_copy(update={"lines_before": 2})}


LEFT = {"one": LastKnown(intent=None, stands_as=digest_of(b"as we left it"))}
LATER: Mapping[str, tuple[Surroundings, Forge, str]] = {
    "share": (
        Surroundings(limits=GuardLimits(removed_lines=1, removed_percent_high=50, removed_percent_refused=90)),
        of_lines,
        "one: its risk is high, and the plan says low",
    ),
    "wiped": (
        Surroundings(limits=GuardLimits(removed_lines=1, removed_percent_high=40, removed_percent_refused=50)),
        of_lines,
        "1 of 2 lines of its configuration are removed",
    ),
    "drift": (Surroundings(last_known=LEFT), lambda step: {}, "one: its risk is medium, and the plan says low"),
    "secret": (
        Surroundings(holds_secret=lambda text: text == "new"),
        lambda step: {},
        "one, two: a secret stands in clear in its payload",
    ),
}


@pytest.mark.parametrize("guard", LATER)
def test_what_its_own_lines_say_is_judged_again_as_things_are_today(world: FakeWorld, guard: str) -> None:
    """Limits, what our last change left and the secret store: of today, and not as the plan's author had them."""
    around, forge, says = LATER[guard]
    plan = forged(world.plan(), forge)
    world.around = lambda: replace(around)
    with pytest.raises(PlanRefused, match=says):
        world.apply(plan)
    assert world.sent() == []
    assert world.journal().entries() == ()
