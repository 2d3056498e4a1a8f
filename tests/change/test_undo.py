"""The inverse step: exactly the way back, under a name of its own; and a canonical document in between."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.canonical import canonical
from change.model import DiffLine, Effect
from change.undo import inverse_step
from tests.change.test_guards import with_effects


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


@pytest.mark.parametrize(
    ("document", "bytes_"),
    [
        ({"b": 1, "a": [True, None, "é\n"]}, '{"a":[true,null,"é\\n"],"b":1}'.encode()),
        ({"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}, None),
        (1e21, b"1e+21"),
        (0.000001, b"0.000001"),
    ],
)
def test_canonical_bytes_are_those_of_rfc_8785(document: object, bytes_: bytes | None) -> None:
    """Section 3.2.3 sorts keys by UTF-16 code units; the second case is the RFC's own example."""
    found = canonical(document)  # type: ignore[arg-type]  # each case is a document
    if bytes_ is not None:
        assert found == bytes_
    else:
        order = [found.decode().index(f":{number}") for number in (2, 4, 6, 7, 1, 5, 3)]
        assert order == sorted(order)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5), st.lists))
def test_canonical_bytes_are_the_same_after_reading_them(document: object) -> None:
    once = canonical(document)  # type: ignore[arg-type]  # JSON by construction
    assert canonical(json.loads(once)) == once
