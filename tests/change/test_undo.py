"""The inverse step: exactly the way back, under a name of its own."""

from __future__ import annotations

from change.model import DiffLine, Effect
from change.undo import inverse_step
from tests.change.guards.made import with_effects


def test_the_inverse_of_a_step_leads_from_its_result_to_its_base() -> None:
    step = with_effects(Effect.DEFAULT_ROUTE)
    back = inverse_step(step, 1)
    assert back.base.fingerprint == step.result
    assert back.result == step.base.fingerprint
    assert (back.payload, back.inverse) == (step.inverse, step.payload)
    (line,) = back.diff.changed
    assert line == DiffLine(sign="+", text=step.diff.changed[0].text, effects=(Effect.DEFAULT_ROUTE,))
    assert back.effects == step.effects


def test_the_inverse_of_the_inverse_does_what_the_step_did() -> None:
    step = with_effects(Effect.DEFAULT_ROUTE)
    again = inverse_step(inverse_step(step, 1), 1)
    assert again.model_copy(update={"id": step.id}) == step


def test_attempts_have_names_of_their_own() -> None:
    step = with_effects()
    assert len({step.id, inverse_step(step, 1).id, inverse_step(step, 2).id}) == 3
