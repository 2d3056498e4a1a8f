"""The inverse step: exactly the way back, under a name of its own."""

from __future__ import annotations

from change.model import Diff, DiffLine, Effect, PartDiff, Probe
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


def test_the_way_back_waits_for_nobody_and_is_probed_by_nothing_and_keeps_all_else() -> None:
    probe = Probe(kind="institution", subject="rungwe-dc", expect="answers")
    lines = (DiffLine(sign=" ", text="a"), DiffLine(sign="+", text="b"), DiffLine(sign="-", text="c"))
    diff = Diff(parts=(PartDiff(part="frr", lines=lines), PartDiff(part="snmpd", lines=lines[:1])))
    step = with_effects(Effect.DEFAULT_ROUTE).model_copy(
        update={"after": ("one",), "apart": ("two",), "probes": (probe,), "diff": diff, "together": "link", "wave": 3}
    )
    back = inverse_step(step, 2)
    assert back.id == f"{step.id}.inverse2"
    assert (back.after, back.apart, back.probes) == ((), (), ())
    signs = [(part.part, [line.sign + line.text for line in part.lines]) for part in back.diff.parts]
    assert signs == [("frr", [" a", "-b", "+c"]), ("snmpd", [" a"])]
    changed = {"id", "after", "apart", "probes", "base", "result", "payload", "inverse", "diff"}
    assert back.model_dump(exclude=changed) == step.model_dump(exclude=changed)
