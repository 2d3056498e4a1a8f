"""Orders of steps: every relation kept for any steps, and the few shapes that people rely on."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from change.model import Diff, Level, Plan, Read, RevertStrength, Risk, Standing, Step
from change.waves import Order, Unorderable, into_waves, order_problems
from tests.change.fake_target import fingerprint
from tests.change.fake_world import PURPOSE

BASE = fingerprint("old")
PLACES = [
    *(("switch", 0, where, n) for where in ("mbeya", "arusha") for n in range(3)),
    *(("router", 1, where, n) for where in ("mbeya", "arusha") for n in range(2)),
]


def step(
    name: str,
    distance: int = 1,
    after: tuple[str, ...] = (),
    apart: tuple[str, ...] = (),
    together: str | None = None,
    strength: RevertStrength = RevertStrength.TIMED,
    plane: str = "fake",
    region: str = "",
    ring: int = 0,
) -> Step:
    return Step(
        id=name,
        target=name,
        plane=plane,
        site="here",
        base=Read(fingerprint=BASE),
        payload="new",
        inverse="old",
        result=fingerprint("new"),
        diff=Diff(),
        effects=(),
        risk=Risk(level=Level.LOW),
        intent=BASE,
        strength=strength,
        hold_s=1,
        timer_s=5,
        after=after,
        apart=apart,
        together=together,
        distance=distance,
        standing=Standing(region=region, ring=ring),
    )


def names(steps: list[Step], size: int = 6) -> list[list[str]]:
    return [[one.target for one in wave] for wave in into_waves(steps, Order(wave=size))]


def plan_of(steps: list[Step], size: int = 6) -> Plan:
    waves = into_waves(steps, Order(wave=size))
    return Plan(
        created="2026-11-23T06:00:00Z",
        expires="2026-11-24T06:00:00Z",
        author="asha",
        reason="a test",
        selector="all",
        source=PURPOSE.source,
        steps=tuple(one.model_copy(update={"wave": n}) for n, wave in enumerate(waves) for one in wave),
    )


@st.composite
def some_steps(draw: st.DrawFn) -> list[Step]:
    count = draw(st.integers(1, 14))
    ids = [f"s{number:02}" for number in range(count)]
    made: list[Step] = []
    for number, name in enumerate(ids):
        weak = draw(st.integers(0, 9)) == 0
        earlier = st.lists(st.sampled_from(ids[:number]), max_size=2, unique=True) if number else st.just([])
        made.append(
            step(
                name,
                draw(st.integers(0, 4)),
                tuple(draw(earlier)),
                tuple(draw(earlier)),
                None if weak else draw(st.sampled_from([None, None, "link-1", "link-2"])),
                RevertStrength.MANUAL if weak else RevertStrength.TIMED,
                draw(st.sampled_from(["fake", "other"])),
                draw(st.sampled_from(["mbeya", "arusha"])),
                draw(st.integers(0, 2)),
            )
        )
    return made


def members(one: Step, plan: Plan) -> list[str]:
    return [other.id for other in plan.steps if other is one or (one.together and other.together == one.together)]


@given(some_steps(), st.integers(1, 6))
def test_every_relation_is_kept(steps: list[Step], size: int) -> None:
    try:
        plan = plan_of(steps, size)
    except Unorderable:
        assume(False)
    assert order_problems(plan) == ()
    rings = {one.id: one.standing.ring for one in plan.steps}
    assert sorted(one.id for one in plan.steps) == sorted(one.id for one in steps)
    for wave in plan.waves:
        groups = {one.together or one.id for one in wave}
        assert len(wave) <= size or len(groups) == 1
        assert len({max(rings[member] for member in members(one, plan)) for one in wave}) == 1
        if wave[0].wave and not any(one.together for one in wave):
            assert len({one.standing.region for one in wave}) == 1
        assert [one.distance for one in wave] == sorted((one.distance for one in wave), reverse=True)


def test_a_country_of_seventeen_goes_in_a_canary_and_four_waves() -> None:
    steps = [step(f"switch-{n}", 4) for n in range(6)] + [step(f"district-{n}", 3) for n in range(6)]
    steps += [step(f"region-{n}", 2) for n in range(2)] + [step("dc-switch", 1)]
    steps += [step("core-1", 1, apart=("core-2",)), step("core-2", 1)]
    waves = names(steps)
    assert [len(wave) for wave in waves] == [1, 6, 6, 3, 1]
    assert waves[0] == ["switch-0"]
    assert not any({"core-1", "core-2"} <= set(wave) for wave in waves)


def test_rings_go_one_after_the_other_and_in_each_region_after_region() -> None:
    steps = [step(f"{role}-{where}-{n}", region=where, ring=ring) for role, ring, where, n in PLACES]
    steps += [step("core-1", region="dodoma", ring=2), step("core-2", region="dodoma", ring=2)]
    assert names(steps) == [
        ["switch-arusha-0"],
        ["switch-arusha-1", "switch-arusha-2"],
        ["switch-mbeya-0", "switch-mbeya-1", "switch-mbeya-2"],
        ["router-arusha-0", "router-arusha-1"],
        ["router-mbeya-0", "router-mbeya-1"],
        ["core-1", "core-2"],
    ]


def test_a_wave_may_change_in_so_many_regions_and_fills_up_with_the_next() -> None:
    steps = [step(f"{region}-{n}", region=region) for region in "abc" for n in range(2)]
    waves = into_waves(steps, Order(canary=0, wave=5, regions=2))
    assert [[one.target for one in wave] for wave in waves] == [["a-0", "a-1", "b-0", "b-1"], ["c-0", "c-1"]]


def test_what_must_come_first_comes_before_its_ring() -> None:
    assert names([step("a", after=("b",)), step("b", ring=1), step("c")]) == [["c"], ["b"], ["a"]]


def test_more_canaries_or_none() -> None:
    steps = [step(name) for name in "abcd"]
    assert [[one.target for one in wave] for wave in into_waves(steps, Order(canary=2))] == [["a", "b"], ["c", "d"]]
    assert len(into_waves(steps, Order(canary=0))) == 1


def test_a_single_step_and_a_single_group_need_no_canary() -> None:
    assert names([step("a")]) == [["a"]]
    assert names([step("a", 1, together="l"), step("b", 2, together="l")]) == [["b", "a"]]


def test_one_canary_of_each_plane() -> None:
    steps = [step("a"), step("b"), step("c", plane="other"), step("d", plane="other")]
    assert names(steps) == [["a", "c"], ["b", "d"]]


def test_what_cannot_undo_itself_stands_alone_and_as_late_as_may_be() -> None:
    weak = step("weak", 9, strength=RevertStrength.NONE)
    assert names([weak, step("a"), step("b")]) == [["a"], ["b"], ["weak"]]
    assert names([weak, step("a", after=("weak",)), step("b")]) == [["b"], ["weak"], ["a"]]


def test_a_circle_and_contradictions_are_named() -> None:
    with pytest.raises(Unorderable, match="circle: a, b"):
        into_waves([step("a", after=("b",)), step("b", after=("a",))])
    with pytest.raises(Unorderable, match="never in one wave"):
        into_waves([step("a", together="l", apart=("b",)), step("b", together="l")])
    with pytest.raises(Unorderable, match="one after the other"):
        into_waves([step("a", together="l", after=("b",)), step("b", together="l")])
    with pytest.raises(Unorderable, match="stand alone"):
        into_waves([step("a", together="l", strength=RevertStrength.MANUAL), step("b", together="l")])
    with pytest.raises(Unorderable, match="no step of this plan"):
        into_waves([step("a", after=("z",))])


def test_a_plan_that_was_ordered_otherwise_is_noticed() -> None:
    def problems(*waves: tuple[Step, int]) -> str:
        plan = plan_of([step("x")])
        steps = tuple(one.model_copy(update={"wave": wave}) for one, wave in waves)
        return "; ".join(order_problems(plan.model_copy(update={"steps": steps})))

    assert problems((step("a"), 0), (step("b", after=("a",)), 1)) == ""
    assert "confirmed first" in problems((step("a"), 0), (step("b", after=("a",)), 0))
    assert "apart" in problems((step("a", apart=("b",)), 0), (step("b"), 0))
    assert "another wave" in problems((step("a", together="l"), 0), (step("b", together="l"), 1))
    assert "alone" in problems((step("a", strength=RevertStrength.NONE), 0), (step("b"), 0))
    assert "order of its waves" in problems((step("a"), 1), (step("b"), 0))
    assert "one id" in problems((step("a"), 0), (step("a"), 0))
