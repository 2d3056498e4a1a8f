"""How long a wave may take at the most: every second of it counted, and none too few."""

from __future__ import annotations

import pytest

from change.longest import longest_s
from change.model import OnFailure, Plan, Step
from change.permits import Limits
from change.run import Pace
from tests.change.test_waves import plan_of, step


def timed(name: str, hold_s: int, timer_s: int, wave: int = 0) -> Step:
    return step(name).model_copy(update={"hold_s": hold_s, "timer_s": timer_s, "wave": wave})


def plan(on_failure: OnFailure, *steps: Step) -> Plan:
    return plan_of([step("x")]).model_copy(update={"steps": steps, "on_failure": on_failure})


FIRST = timed("a", 4, 10)
SECOND = (timed("b", 40, 47, wave=1), timed("c", 30, 61, wave=1))
THIRD = timed("d", 1, 100, wave=2)
"""By hand: there or back, the first takes 10 + 3 * 6 + 2 * 5 = 38 s, and the second 61 + 3 * 21 + 2 * 5 = 134 s."""


@pytest.mark.parametrize(
    ("on_failure", "at_once", "first_s", "second_s"),
    [
        (OnFailure.HOLD, 8, 2 * 38, 2 * 134),
        (OnFailure.HOLD, 1, 2 * 38, 2 * (134 + 2 * 5)),
        (OnFailure.TAKE_BACK, 8, 2 * 38, 2 * 134 + 38),
    ],
)
def test_there_and_back_and_what_is_taken_back_with_it(
    on_failure: OnFailure, at_once: int, first_s: int, second_s: int
) -> None:
    pace = Pace(limits=Limits(at_once=at_once), settle_s=5.0)
    whole = plan(on_failure, FIRST, *SECOND, THIRD)
    assert longest_s(whole, (FIRST,), pace) == first_s
    assert longest_s(whole, SECOND, pace) == second_s
