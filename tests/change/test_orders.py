"""Orders of waves, shape by shape: the canary, regions, rings and groups; and each sentence where none is to be had."""

from __future__ import annotations

import pytest

from change.model import RevertStrength, Step
from change.waves import Order, Unorderable, earlier, into_waves, order_problems
from tests.change.test_waves import plan_of, step

NO_CANARY = Order(canary=0)
WEAK = RevertStrength.MANUAL


def names(steps: list[Step], order: Order = NO_CANARY) -> list[str]:
    """Each wave's targets, side by side."""
    return ["".join(one.target for one in wave) for wave in into_waves(steps, order)]


def test_without_an_order_a_canary_goes_first_and_then_six_of_a_region() -> None:
    steps = [step(name, region=region) for region, chars in (("x", "abcdefgh"), ("y", "ij")) for name in chars]
    assert ["".join(one.target for one in wave) for wave in into_waves(steps)] == ["a", "bcdefg", "h", "ij"]


@pytest.mark.parametrize(
    ("order", "waves"),
    [
        (Order(canary=1, wave=3), ["ae", "bcd", "f"]),
        (Order(canary=2, wave=3), ["abe", "cd", "f"]),
        (Order(canary=2, wave=4), ["abef", "cd"]),
        (Order(canary=1, wave=1), ["a", "b", "c", "d", "e", "f"]),
        (Order(canary=0, wave=4), ["abcd", "ef"]),
        (Order(canary=9, wave=6), ["abcdef"]),
    ],
)
def test_a_canary_is_so_many_of_each_plane_and_no_more_than_a_wave(order: Order, waves: list[str]) -> None:
    """Across regions; what follows keeps to one."""
    steps = [step(name, plane="one", region="x") for name in "abcd"]
    steps += [step(name, plane="two", region="y") for name in "ef"]
    assert names(steps, order) == waves


def test_a_group_of_two_planes_is_a_canary_of_both() -> None:
    steps = [step("a", plane="one", together="l"), step("b", plane="two", together="l")]
    steps += [step("c", plane="one"), step("d", plane="two"), step("e", plane="three")]
    assert names(steps, Order(canary=1)) == ["abe", "cd"]


@pytest.mark.parametrize(
    ("regions", "waves"), [(1, ["ad", "be", "cf"]), (2, ["adbe", "cf"]), (3, ["adbecf"]), (9, ["adbecf"])]
)
def test_a_wave_stays_in_so_many_regions(regions: int, waves: list[str]) -> None:
    """First all of the first one's region, then of others, in the order of the steps."""
    steps = [step(name, region=region) for name, region in zip("abcdef", "xyzxyz", strict=True)]
    found = names(steps, Order(canary=0, regions=regions))
    assert ["".join(sorted(wave)) for wave in found] == ["".join(sorted(wave)) for wave in waves]


def test_a_wave_fills_up_with_its_first_region_before_others() -> None:
    steps = [step(name, region=region) for name, region in zip("abcd", "xyxy", strict=True)]
    assert names(steps, Order(canary=0, wave=2, regions=2)) == ["ac", "bd"]
    assert names(steps, Order(canary=0, wave=3, regions=2)) == ["abc", "d"]


def test_a_group_across_regions_may_have_company_of_each_and_of_no_other() -> None:
    steps = [step("a", region="x", together="l"), step("b", region="y", together="l")]
    steps += [step("c", region="y"), step("d", region="z"), step("e", region="x")]
    assert names(steps) == ["abce", "d"]


def test_a_group_goes_with_the_last_ring_of_its_own() -> None:
    steps = [step("a", ring=0, together="l"), step("b", ring=1, together="l"), step("c", ring=1), step("d")]
    assert names(steps) == ["d", "abc"]


def test_a_group_is_not_split_where_it_is_larger_than_a_wave_and_counts_as_all_of_its_own() -> None:
    group = [step(name, together="l") for name in "abc"]
    assert names([*group, step("d"), step("e")], Order(canary=0, wave=2)) == ["abc", "de"]
    assert names([*group, step("d"), step("e")], Order(canary=0, wave=4)) == ["abcd", "e"]


def test_the_farthest_goes_first_and_a_group_when_its_farthest_does() -> None:
    steps = [step("a", 1), step("b", 3), step("c", 2, together="l"), step("d", 9, together="l")]
    assert names(steps, Order(canary=0, wave=2)) == ["dc", "ba"]
    assert names([step("b", 2), step("a", 2), step("c", 2)], Order(canary=0, wave=1)) == ["a", "b", "c"]


def test_apart_holds_whichever_of_the_two_says_so() -> None:
    for pair in ([step("a", apart=("b",)), step("b")], [step("a"), step("b", apart=("a",))]):
        assert names([*pair, step("c")]) == ["ac", "b"]
        assert names([*pair, step("c")], Order(canary=2)) == ["ac", "b"]


def test_what_does_not_fit_waits_and_what_fits_nowhere_goes_alone() -> None:
    asked: list[list[str]] = []

    def fits(wave: object) -> bool:
        assert isinstance(wave, list)
        asked.append([one.target for one in wave])
        return not {"a", "b"} <= set(asked[-1]) and "d" not in asked[-1]

    steps = [step(name) for name in "abcd"]
    assert [[one.target for one in wave] for wave in into_waves(steps, NO_CANARY, fits)] == [["a", "c"], ["b"], ["d"]]
    assert asked == [["a", "b"], ["a", "c"], ["a", "c", "d"], ["b", "d"]]
    canary = into_waves(steps, Order(canary=2), fits)
    assert [[one.target for one in wave] for wave in canary] == [["a", "c"], ["b"], ["d"]]


def test_what_undoes_itself_goes_before_what_does_not_in_whatever_ring() -> None:
    steps = [step("a", strength=WEAK), step("b", ring=3), step("c", strength=WEAK, ring=1), step("d", strength=WEAK)]
    assert names(steps) == ["b", "a", "d", "c"]
    assert names(steps, Order(canary=1)) == ["b", "a", "d", "c"]


def test_what_must_come_first_is_confirmed_in_an_earlier_wave() -> None:
    steps = [step("a", after=("b", "c")), step("b", after=("c",)), step("c")]
    assert names(steps) == ["c", "b", "a"]
    grouped = [step("a", together="l", after=("c",)), step("b", together="l"), step("c"), step("d", after=("b",))]
    assert names(grouped) == ["c", "ab", "d"]


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (
            [step("d"), step("b", after=("a",)), step("a", after=("b",)), step("c", after=("a",))],
            "these steps wait for one another in a circle: a, b, c",
        ),
        ([step("a", after=("z",))], "the step of a relates to z, which is no step of this plan"),
        ([step("a", apart=("y",))], "the step of a relates to y, which is no step of this plan"),
        (
            [step("a", together="l", apart=("b",)), step("b", together="l")],
            "a, b: to be tried together, and never in one wave: both cannot be",
        ),
        (
            [step("a", together="l"), step("b", together="l", after=("a",))],
            "a, b: to be tried together, and one after the other: both cannot be",
        ),
        (
            [step("a", together="l"), step("b", together="l", strength=WEAK)],
            "a, b: to be tried together, and one of them cannot undo itself, so it must stand alone",
        ),
    ],
)
def test_no_order_says_why(steps: list[Step], says: str) -> None:
    with pytest.raises(Unorderable) as caught:
        into_waves(steps)
    assert str(caught.value) == says


def test_a_group_of_one_that_does_not_undo_itself_is_no_group() -> None:
    assert names([step("a", together="l", strength=WEAK), step("b", together="k")]) == ["b", "a"]


def test_a_step_and_a_group_of_one_name_are_two() -> None:
    """A group may be called as a step is."""
    assert names([step("l", after=("a",)), step("a", together="l"), step("b", together="l")]) == ["ab", "l"]


def test_all_that_comes_before_a_step_near_and_far_and_by_its_company() -> None:
    steps = [step("a"), step("b", after=("a",)), step("c", together="l", after=("b",)), step("d", together="l")]
    steps.append(step("e", after=("d",)))
    assert earlier(steps) == {
        "a": frozenset(),
        "b": frozenset("a"),
        "c": frozenset("ab"),
        "d": frozenset("ab"),
        "e": frozenset("abd"),
    }


ORDERED_WRONGLY: list[tuple[list[tuple[Step, int]], tuple[str, ...]]] = [
    ([(step("a"), 0), (step("b", after=("a",)), 1)], ()),
    ([(step("a"), 2), (step("b"), 2), (step("c", strength=WEAK), 5)], ()),
    ([(step("a", after=("elsewhere",)), 0)], ("a stands before a step that must be confirmed first",)),
    ([(step("a"), 0), (step("b", after=("a",)), 0)], ("b stands before a step that must be confirmed first",)),
    (
        [(step("a", after=("b", "c")), 1), (step("b"), 2), (step("c"), 0)],
        (
            "the plan's steps do not stand in the order of its waves",
            "a stands before a step that must be confirmed first",
        ),
    ),
    (
        [(step("a", apart=("b",)), 0), (step("b"), 0)],
        ("a shares a wave with a step that it must stay apart from",),
    ),
    ([(step("a", apart=("b",)), 0), (step("b"), 1)], ()),
    (
        [(step("a", together="l"), 0), (step("b", together="l"), 1)],
        (
            "a is in another wave than the group l that it belongs to",
            "b is in another wave than the group l that it belongs to",
        ),
    ),
    ([(step("a", together="l"), 0), (step("b", together="l"), 0), (step("c", together="k"), 1), (step("d"), 2)], ()),
    (
        [(step("a", strength=WEAK), 0), (step("b"), 0)],
        ("a does not undo itself and does not stand alone in its wave",),
    ),
    ([(step("a"), 1), (step("b"), 0)], ("the plan's steps do not stand in the order of its waves",)),
    (
        [(step("a"), 0), (step("a"), 1)],
        ("two steps of the plan have one id", "two steps of the plan have one target"),
    ),
    (
        [(step("a"), 0), (step("b").model_copy(update={"target": "a"}), 1)],
        ("two steps of the plan have one target",),
    ),
    (
        [(step("a"), 0), (step("a").model_copy(update={"target": "b"}), 1)],
        ("two steps of the plan have one id",),
    ),
]


@pytest.mark.parametrize(("steps", "says"), ORDERED_WRONGLY)
def test_a_plan_in_another_order_says_each_thing_that_is_wrong(
    steps: list[tuple[Step, int]], says: tuple[str, ...]
) -> None:
    plan = plan_of([step("x")])
    placed = tuple(one.model_copy(update={"wave": wave}) for one, wave in steps)
    assert order_problems(plan.model_copy(update={"steps": placed})) == says
