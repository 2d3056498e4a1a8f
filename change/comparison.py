"""A step beside the preview that its own target makes of it anew: what of the plan govnet itself would not plan so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from change.model import Step
from change.result import listed
from change.target import Preview

SAME: tuple[tuple[str, Callable[[Step], object], Callable[[Preview], object]], ...] = (
    ("other commands", lambda step: step.payload, lambda made: made.payload),
    ("another way back", lambda step: step.inverse, lambda made: made.inverse),
    ("another result", lambda step: step.result, lambda made: made.result),
    ("another diff", lambda step: step.diff, lambda made: made.diff),
    ("other effects", lambda step: step.effects, lambda made: made.diff.effects),
)
"""Where the base and the intent are the same, these follow from them to the letter."""
CURE = "this plan was altered, or made by another version of govnet: make a new plan"


def altered(step: Step, made: Preview) -> str:
    """Why a step on the same base and with the same intent is not what govnet makes of them; empty where it is.

    A longer hold or timer is not weaker: a wave lengthens them. What the target's own probes found changes from one
    moment to the next, so they are not compared one by one; that none of them is asked is no plan of ours.
    """
    reasons = (*made_otherwise(step, made), *weaker(step, made))
    return f"{step.target}: {'; '.join((*reasons, CURE))}" if reasons else ""


def made_otherwise(step: Step, made: Preview) -> Iterator[str]:
    names = [name for name, planned, ours in SAME if planned(step) != ours(made)]
    if names:
        yield f"govnet itself makes {listed(names)} of its lines"


def weaker(step: Step, made: Preview) -> Iterator[str]:
    if step.hold_s < made.hold_s:
        yield f"it is held for {step.hold_s} s, and govnet holds it for {made.hold_s} s"
    rest_s, least_s = step.timer_s - step.hold_s, made.timer_s - made.hold_s
    if rest_s < least_s:
        yield f"its timer leaves {rest_s} s beside the hold, and govnet leaves {least_s} s"
    if made.probes and not {probe.kind for probe in made.probes} & {probe.kind for probe in step.probes}:
        yield f"it asks none of the probes of its target ({listed(sorted({probe.kind for probe in made.probes}))})"
