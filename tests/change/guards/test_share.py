"""How much of a configuration goes away: raised, then refused, and silent of a few lines."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from change.guards.finding import Finding, refusals
from change.guards.surroundings import Surroundings
from change.model import DiffLine, Level
from inventory.model import GuardLimits
from tests.change.guards.made import judged, rank, reasons, risk, with_lines


def removing(count: int, added: int = 0) -> tuple[DiffLine, ...]:
    gone = (DiffLine(sign="-", text=f"line {number}") for number in range(count))
    return (*gone, *(DiffLine(sign="+", text=f"new {number}") for number in range(added)))


def test_a_large_share_is_high_and_a_larger_one_refused() -> None:
    assert risk(with_lines(*removing(29), before=100)).level is Level.LOW
    found = judged(with_lines(*removing(30), before=100))
    assert [one.about for one in reasons(found, "removed-share")] == [("30", "100", "30")]
    assert risk(with_lines(*removing(79), before=100)).level is Level.HIGH
    assert "80 of 100 lines" in refusals(judged(with_lines(*removing(80), before=100)))[0]


def test_a_few_lines_are_no_share_of_anything() -> None:
    assert judged(with_lines(*removing(9), before=10)) == ()


def test_what_is_added_takes_nothing_away() -> None:
    assert judged(with_lines(*removing(0, added=500), before=100)) == ()


def test_where_the_lines_are_not_counted_nothing_is_said() -> None:
    assert judged(with_lines(*removing(500))) == ()


def test_the_shares_are_the_world_s() -> None:
    around = Surroundings(limits=GuardLimits(removed_lines=1, removed_percent_high=1, removed_percent_refused=5))
    one = with_lines(*removing(3), before=100)
    assert reasons(judged(one, around=around), "removed-share")
    assert refusals(judged(with_lines(*removing(5), before=100), around=around))


@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_more_removed_never_lowers_the_risk(of: int, few: int, more: int) -> None:
    less = judged(with_lines(*removing(min(few, of)), before=of))
    worse = judged(with_lines(*removing(min(few + more, of)), before=of))
    assert worst(worse) >= worst(less)


def worst(found: Iterable[Finding]) -> int:
    """A refusal is worse than any level."""
    return max((rank(one.verdict) if isinstance(one.verdict, Level) else 9 for one in found), default=-1)
