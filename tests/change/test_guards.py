"""Guards read effects alone, name the line, and never lower a risk."""

from __future__ import annotations

from itertools import combinations

import pytest

from change.guards import ORDER, REASONS, findings, refusals, risk_of
from change.model import Diff, DiffLine, Effect, Level, PartDiff, RevertStrength, Risk, Step
from tests.change.test_waves import step


def with_effects(*effects: Effect, strength: RevertStrength = RevertStrength.TIMED) -> Step:
    lines = tuple(DiffLine(sign="-", text=f"  line of {effect}", effects=(effect,)) for effect in effects)
    diff = Diff(parts=(PartDiff(part="part", lines=lines),))
    return step("a", strength=strength).model_copy(update={"diff": diff, "effects": effects})


def risk(one: Step) -> Risk:
    return risk_of("a", findings([one], {"a"}))


@pytest.mark.parametrize("effect", Effect)
def test_every_effect_has_a_level_a_reason_and_the_line_that_caused_it(effect: Effect) -> None:
    found = risk(with_effects(effect))
    assert found.level is REASONS[effect][0]
    assert found.reasons[0].line == f"part: - line of {effect}"


@pytest.mark.parametrize(
    "effect",
    [
        Effect.FILTER_LOOSENED,
        Effect.AUTHENTICATION_CHANGED,
        Effect.IDENTITY_CHANGED,
        Effect.MANAGEMENT_PATH,
        Effect.DEFAULT_ROUTE,
        Effect.NEIGHBOUR_REMOVED,
        Effect.INTERFACE_REMOVED,
    ],
)
def test_what_can_cut_people_off_or_let_them_in_is_high(effect: Effect) -> None:
    assert risk(with_effects(effect)).level is Level.HIGH


def test_no_effect_more_ever_lowers_the_risk() -> None:
    for one, other in combinations(Effect, 2):
        both = ORDER.index(risk(with_effects(one, other)).level)
        assert both >= max(ORDER.index(risk(with_effects(effect)).level) for effect in (one, other))


def test_an_effect_without_a_line_counts_too() -> None:
    bare = step("a").model_copy(update={"effects": (Effect.DEFAULT_ROUTE,)})
    assert risk(bare).level is Level.HIGH


def test_nothing_dangerous_is_low_and_has_no_reasons() -> None:
    assert risk(step("a")) == Risk(level=Level.LOW)


def test_outside_the_selection_is_refused() -> None:
    assert refusals(findings([step("a"), step("b")], {"b"})) == ("a: it is outside what was selected",)


@pytest.mark.parametrize("strength", [RevertStrength.MANUAL, RevertStrength.NONE])
def test_the_management_path_needs_a_box_that_undoes_itself(strength: RevertStrength) -> None:
    assert refusals(findings([with_effects(Effect.MANAGEMENT_PATH, strength=strength)], {"a"}))
    assert not refusals(findings([with_effects(Effect.DEFAULT_ROUTE, strength=strength)], {"a"}))
    assert not refusals(findings([with_effects(Effect.MANAGEMENT_PATH)], {"a"}))


def test_both_halves_of_a_pair_are_pointed_out() -> None:
    found = findings([step("a", apart=("b",)), step("b", apart=("a",))], {"a", "b"})
    assert "a and b" in risk_of("a", found).reasons[0].says
    assert risk_of("b", found).level is Level.MEDIUM
