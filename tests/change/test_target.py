"""What comes out of a target is a sentence with its name, and no frame of what went on below."""

from __future__ import annotations

import pytest

from change.model import Reason
from change.target import TargetError, TargetUnreachable, by_its_sentence, named


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        ("no session", "a: no session"),
        ("a: no session", "a: no session"),
        ("a is no longer there", "a is no longer there"),
        ("ab: no session", "a: ab: no session"),
        ("a", "a: a"),
        (TargetError("no"), "a: no"),
    ],
)
def test_a_target_is_named_once(problem: object, says: str) -> None:
    assert named("a", problem) == says


def ask(key: str, *, fail: type[Exception] | None = None) -> str:
    """Asks."""
    if fail is None:
        return f"it knows {key}"
    try:
        raise KeyError(key)
    except KeyError as problem:
        raise fail("it says no") from problem


def test_the_sentence_comes_alone() -> None:
    with pytest.raises(TargetUnreachable, match=r"^it says no$") as caught:
        by_its_sentence(ask)("hunter2", fail=TargetUnreachable)
    problem = caught.value
    assert (problem.__context__, problem.__cause__, problem.__suppress_context__) == (None, None, True)
    frames = [entry.name for entry in caught.traceback]
    assert "ask" not in frames, frames


def test_what_is_no_target_s_problem_and_what_is_none_come_as_they_are() -> None:
    told = by_its_sentence(ask)
    assert (told("x"), told.__name__, told.__doc__) == ("it knows x", "ask", "Asks.")
    with pytest.raises(ZeroDivisionError) as caught:
        told("x", fail=ZeroDivisionError)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_reason_is_its_sentence_and_its_line() -> None:
    assert str(Reason(guard="x", says="why")) == "why"
    assert str(Reason(guard="x", says="why", line="part: - gone")) == "why: part: - gone"
