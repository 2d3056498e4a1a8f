"""Who a wave cuts off: what is inherent is named, the rest is refused, and no more changes at once than may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.guards.finding import Finding, refusals, risks_of
from change.guards.isolation import fits, isolation
from change.guards.surroundings import Surroundings
from change.model import Level, RevertStrength, Step
from change.terrain import Down, Terrain
from change.waves import Order, into_waves
from inventory.model import GuardLimits
from tests.change.guards.made import LOW, judged, rank, reasons
from tests.change.test_waves import step

LINKS = (
    ("core-1", "core-2"),
    ("core-1", "region"),
    ("core-2", "region"),
    ("region", "left"),
    ("region", "right"),
    ("left", "right"),
    ("region", "lone"),
    ("core-1", "twin-1"),
    ("core-2", "twin-2"),
    ("twin-1", "twin-2"),
    ("twin-1", "dual"),
    ("twin-2", "dual"),
    ("core-1", "jump"),
    ("core-2", "jump"),
)
"""Two cores; a region with a doubly linked pair of districts and a lone one; a site with two routers, one behind."""
SITES = {"core-1": "centre", "core-2": "centre", "jump": "centre", "twin-1": "twins", "twin-2": "twins"}
NODES = sorted({name for link in LINKS for name in link})


def land() -> Terrain:
    ways: dict[str, tuple[tuple[str, str], ...]] = {}
    for one, other in LINKS:
        for near, far in ((one, other), (other, one)):
            ways[near] = (*ways.get(near, ()), (f"{one}--{other}", far))
    return Terrain(
        ways=ways,
        centres=("core-1", "core-2"),
        here="jump",
        site_of={name: SITES.get(name, name) for name in ways},
        tenants={"left": ("clinic",), "lone": ("school", "court"), "twin-1": ("bank",)},
    )


AROUND = Surroundings(terrain=land())


def found(*names: str, around: Surroundings = AROUND, together: str | None = None) -> tuple[Finding, ...]:
    return tuple(isolation([step(name, together=together) for name in names], around))


def beside(nodes: Sequence[str] = (), links: Sequence[str] = ()) -> Surroundings:
    return replace(AROUND, now=Down(frozenset(nodes), frozenset(links)))


def test_a_single_router_s_own_site_is_inherent_and_named() -> None:
    assert refusals(found("lone")) == ()
    told = risks_of(found("lone"))["lone"]
    assert told.level is Level.MEDIUM
    assert [(one.guard, one.about) for one in told.reasons] == [
        ("cuts-sites", ("lone",)),
        ("cuts-institutions", ("court, school",)),
    ]


def test_what_only_a_region_leads_to_is_inherent_in_the_region_s_change() -> None:
    assert refusals(found("region", "lone", "left")) == ()
    assert risks_of(found("region"))["region"].reasons[0].about == ("left, lone, region, right",)


def test_who_cuts_nobody_off_has_no_reason() -> None:
    assert found("core-2") == ()
    assert risks_of(found("core-2", "lone")).get("core-2", LOW) == LOW


def test_all_ways_to_a_site_at_once_are_refused_for_each_target() -> None:
    assert refusals(found("core-1", "core-2"))[0].startswith("core-1, core-2: it would change every way to a site")
    assert refusals(found("twin-1", "twin-2")) == (
        "twin-1, twin-2: it would change every way to a site at once: dual, twins",
    )
    assert refusals(found("twin-1", "core-1")) == ()


def test_that_its_own_router_changes_does_not_hide_that_every_way_to_it_does() -> None:
    told = reasons(found("dual", "twin-1", "twin-2"), "all-ways")
    assert {one.about for one in told} == {("dual, twins",)}
    one_way_left = beside(links=("twin-1--dual",))
    assert refusals(found("dual", "twin-2")) == ()
    assert refusals(found("dual", around=one_way_left)) == ()
    assert refusals(found("dual", "twin-2", around=one_way_left)) == (
        "dual, twin-2: it would cut off dual, while these are down: twin-1--dual",
    )


def test_a_group_that_undoes_itself_may_and_is_high_for_whom_it_cuts_off() -> None:
    told = found("twin-1", "twin-2", together="link")
    assert refusals(told) == ()
    assert risks_of(told)["twin-2"].level is Level.HIGH
    assert reasons(told, "cuts-sites")[0].about == ("dual, twins",)


def test_a_group_with_a_member_that_does_not_undo_itself_may_not() -> None:
    weak = step("twin-2", together="link", strength=RevertStrength.MANUAL)
    told = tuple(isolation([step("lone"), step("twin-1", together="link"), weak], AROUND))
    assert {one.target for one in told if one.verdict == "refuse"} == {"lone", "twin-1", "twin-2"}
    assert [one.about for one in reasons(told, "cuts-sites")] == [("lone",)]
    assert len(reasons(told, "all-ways")) == 3


def test_what_is_down_now_leaves_a_site_one_way_and_that_may_not_change() -> None:
    cut = beside(links=("region--left",))
    assert refusals(found("right")) == ()
    assert refusals(found("right", around=cut)) == ("right: it would cut off left, while these are down: region--left",)
    assert refusals(found("twin-2", around=beside(("twin-1",))))
    assert refusals(found("core-2", around=beside(("core-1",))))


def test_the_broken_box_itself_may_change_and_so_may_others_elsewhere() -> None:
    assert refusals(found("left", around=beside(links=("region--left",)))) == ()
    assert refusals(found("lone", around=beside(("left", "right")))) == ()
    assert refusals(found("left", around=beside(("left",)))) == ()


def test_more_institutions_than_allowed_are_refused_by_name() -> None:
    few = replace(AROUND, limits=GuardLimits(isolated_institutions=2))
    assert refusals(found("lone", around=few)) == ()
    assert refusals(found("lone", "left", around=few)) == (
        "lone, left: it would cut off 3 institutions at once, and the inventory allows 2: clinic, court, school",
    )
    assert refusals(found("region", around=few))


def test_waves_are_made_so_that_they_fit_where_that_can_be() -> None:
    few = replace(AROUND, limits=GuardLimits(isolated_institutions=2))
    waves = into_waves(
        [step(name) for name in NODES if name not in ("region", "jump")], Order(), lambda w: fits(w, few)
    )
    assert all(fits(wave, few) for wave in waves)
    cores = into_waves([step("core-1"), step("core-2")], Order(canary=0), lambda w: fits(w, few))
    assert [[one.target for one in wave] for wave in cores] == [["core-1"], ["core-2"]]


def test_our_only_way_in_is_medium_and_refused_where_it_does_not_undo_itself() -> None:
    only = Terrain(
        ways={"jump": (("a", "switch"),), "switch": (("a", "jump"), ("b", "core-1")), "core-1": (("b", "switch"),)},
        centres=("core-1",),
        here="jump",
        site_of=dict.fromkeys(("jump", "switch", "core-1"), "centre"),
    )
    around = Surroundings(terrain=only)
    assert reasons(judged(step("switch"), around=around), "only-way-in")
    weak = judged(step("switch", strength=RevertStrength.MANUAL), around=around)
    assert any("lock us out of everything" in one for one in refusals(weak))
    assert not reasons(judged(step("core-1"), around=AROUND), "only-way-in")


def test_where_nobody_measures_the_routers_say_so() -> None:
    blind = replace(AROUND, now=None)
    assert risks_of(judged(step("left"), around=blind))["left"].level is Level.MEDIUM
    assert reasons(judged(step("lone"), around=blind), "blind") == []
    assert judged(step("left"), around=AROUND) == ()
    assert refusals(found("right", around=blind)) == ()


NAMES = st.frozensets(st.sampled_from([name for name in NODES if name != "jump"]), min_size=1)


@given(NAMES, NAMES, NAMES)
def test_neither_more_steps_nor_more_down_ever_lower_a_risk(
    few: frozenset[str], more: frozenset[str], down: frozenset[str]
) -> None:
    less = risks_of(found(*sorted(few)))
    for around in (AROUND, beside(sorted(down)), replace(AROUND, now=None)):
        all_of_them = risks_of(found(*sorted(few | more), around=around))
        for target, before in less.items():
            assert rank(all_of_them[target].level) >= rank(before.level)
            assert set(before.reasons) <= set(all_of_them[target].reasons)


@given(NAMES, NAMES)
def test_a_wave_that_may_not_change_may_not_with_more_down_unless_they_are_cut_off_already(
    wave: frozenset[str], down: frozenset[str]
) -> None:
    steps = [step(name) for name in sorted(wave)]
    if not fits(steps, AROUND) and fits(steps, beside(sorted(down))):
        whole, already = AROUND.terrain.cut(wave), AROUND.terrain.cut(frozenset(), Down(down))
        assert whole.sites & already.sites


@pytest.mark.parametrize("size", [1, 2, 6])
@given(names=NAMES)
def test_steps_that_fit_alone_always_find_waves_that_fit(size: int, names: frozenset[str]) -> None:
    steps: list[Step] = [step(name) for name in sorted(names)]
    waves = into_waves(steps, Order(wave=size), lambda wave: fits(wave, AROUND))
    assert all(fits(wave, AROUND) for wave in waves)
    assert sorted(one.target for wave in waves for one in wave) == sorted(names)
