"""Guards name the line, refuse what could lock us out, and never lower a risk."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.guards.effects import NEEDS_TIMED, REASONS
from change.guards.finding import Finding, refusals, risks_of
from change.guards.surroundings import Surroundings
from change.guards.table import step_findings
from change.model import Effect, Level, Reason, RevertStrength
from tests.change.guards.made import LOW, judged, rank, risk, with_effects
from tests.change.test_waves import step


@pytest.mark.parametrize("effect", Effect)
def test_every_effect_has_a_level_a_reason_and_the_line_that_caused_it(effect: Effect) -> None:
    found = risk(with_effects(effect))
    assert found.level is REASONS[effect][0]
    assert found.reasons[0].line == f"part: - line of {effect}"


@pytest.mark.parametrize("effect", sorted(set(Effect) - {Effect.PREFIX_REMOVED}))
def test_what_can_cut_people_off_or_let_them_in_or_cannot_come_back_is_high(effect: Effect) -> None:
    assert risk(with_effects(effect)).level is Level.HIGH


def test_no_effect_more_ever_lowers_the_risk() -> None:
    for one, other in combinations(Effect, 2):
        both = rank(risk(with_effects(one, other)).level)
        assert both >= max(rank(risk(with_effects(effect)).level) for effect in (one, other))


def test_an_effect_without_a_line_counts_too() -> None:
    bare = step("a").model_copy(update={"effects": (Effect.DEFAULT_ROUTE,)})
    assert risk(bare).level is Level.HIGH


def test_nothing_dangerous_is_low_and_has_no_reasons() -> None:
    assert risk(step("a")) == LOW


def test_outside_the_selection_is_refused() -> None:
    found = step_findings([step("a"), step("b")], Surroundings(selected=frozenset({"b"})))
    assert refusals(found) == ("a: it is outside what was selected",)


@pytest.mark.parametrize("effect", NEEDS_TIMED)
@pytest.mark.parametrize("strength", [RevertStrength.MANUAL, RevertStrength.NONE])
def test_our_way_in_and_our_account_need_a_box_that_undoes_itself(strength: RevertStrength, effect: Effect) -> None:
    assert refusals(judged(with_effects(effect, strength=strength)))
    assert not refusals(judged(with_effects(Effect.DEFAULT_ROUTE, strength=strength)))
    assert not refusals(judged(with_effects(effect)))


def test_what_does_not_undo_itself_is_high() -> None:
    assert risk(step("a", strength=RevertStrength.MANUAL)).level is Level.HIGH


def test_both_halves_of_a_pair_are_pointed_out() -> None:
    found = risks_of(judged(step("a", apart=("b",)), step("b", apart=("a",))))
    assert "a and b" in found["a"].reasons[0].says
    assert found["b"].level is Level.MEDIUM


FINDINGS = st.lists(
    st.builds(
        Finding,
        target=st.sampled_from(["a", "b"]),
        verdict=st.sampled_from([*Level]),
        reason=st.builds(Reason, guard=st.sampled_from(["x", "y"]), says=st.just("why")),
    )
)


@given(FINDINGS, FINDINGS)
def test_no_finding_more_ever_lowers_a_risk_or_hides_a_reason(some: list[Finding], more: list[Finding]) -> None:
    few, all_of_them = risks_of(some), risks_of([*some, *more])
    for target, less in few.items():
        assert rank(all_of_them[target].level) >= rank(less.level)
        assert all_of_them[target].reasons[: len(less.reasons)] == less.reasons


def test_one_reason_to_refuse_is_said_once_for_all_of_its_targets() -> None:
    reason = Reason(guard="x", says="no")
    found = [Finding(target=name, verdict="refuse", reason=reason) for name in ("a", "b", "a")]
    assert refusals(found) == ("a, b: no",)
