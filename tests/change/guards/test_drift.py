"""What nobody planned: the base against what our last confirmed change left."""

from __future__ import annotations

from change.guards.surroundings import LastKnown, Surroundings
from change.model import DiffLine, Level, Promised
from tests.change.fake_target import fingerprint
from tests.change.guards.made import judged, risk, with_lines
from tests.change.test_waves import BASE

LINE = DiffLine(sign="-", text=" shutdown")
OTHER = fingerprint("other")


def known(intent: str, stands_as: str | None) -> Surroundings:
    return Surroundings(last_known={"a": LastKnown(intent=intent, stands_as=stands_as)})


def test_where_the_inventory_wants_the_same_every_line_is_drift() -> None:
    found = risk(with_lines(LINE), known(BASE, OTHER))
    assert found.level is Level.MEDIUM
    assert [(one.guard, one.line) for one in found.reasons] == [("drift-alone", "part: - shutdown")]
    assert risk(with_lines(LINE), known(BASE, None)).reasons[0].guard == "drift-alone"


def test_where_it_wants_something_else_the_base_is_compared() -> None:
    assert [one.guard for one in risk(with_lines(LINE), known(OTHER, OTHER)).reasons] == ["drift-too"]
    assert judged(with_lines(LINE), around=known(OTHER, BASE)) == ()


def test_a_base_that_changes_with_the_intent_is_not_compared() -> None:
    assert judged(with_lines(LINE), around=known(OTHER, None)) == ()


def test_what_we_never_changed_or_does_not_stand_yet_did_not_drift() -> None:
    assert judged(with_lines(LINE)) == ()
    born = with_lines(LINE).model_copy(update={"base": Promised(step="b", fingerprint=BASE)})
    assert judged(born, around=known(BASE, OTHER)) == ()
