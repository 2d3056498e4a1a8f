"""How long a wave may take at the most, so that none is begun that could outlast its window."""

from __future__ import annotations

from collections.abc import Sequence

from change.model import OnFailure, Plan, Step
from change.run import Pace


def longest_s(plan: Plan, wave: Sequence[Step], pace: Pace) -> float:
    """Seconds from its first question to its last outcome: there, and back by the inverse steps.

    Where a failure takes the confirmed waves back too, theirs as well.
    """
    number = max(step.wave for step in wave)
    earlier = (one for one in plan.waves if one[0].wave < number) if plan.on_failure is OnFailure.TAKE_BACK else ()
    return 2 * one_way_s(wave, pace) + sum(one_way_s(one, pace) for one in earlier)


def one_way_s(wave: Sequence[Step], pace: Pace) -> float:
    """Read and arm all of them, wait out the timers, ask each latch, read each box.

    What a timer has beside the hold is what speaking to all of them once takes. A box that went back gets settle_s to
    answer for its latch, and as long again to be read; where not all can be asked at once, the later turns wait.
    """
    timer_s = max(step.timer_s for step in wave)
    speaking_s = timer_s - max(step.hold_s for step in wave)
    turns = pace.limits.turns([step.target for step in wave])
    return timer_s + 3 * speaking_s + 2 * pace.settle_s * turns
