"""How an apply or a resume ended, as who ran it reads it: what stands, what went back, what was not done, what next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from change.model import Outcome
from change.result import Paused, Result, StepEnd, listed
from govnet.report.lines import Line, Style, counted, wrapped

HEADINGS: dict[Outcome, tuple[str, Style]] = {
    Outcome.CONFIRMED: ("Confirmed, and stands", "added"),
    Outcome.REVERTED: ("Reverted, and is as before", "medium"),
    Outcome.REFUSED: ("Refused, and nothing was done", "heading"),
    Outcome.UNKNOWN: ("Unknown, and a person must look", "high"),
}
"""In the order of reading: the worst stands last, where the eye is when it ends."""


def ends_text(result: Result, selector: str) -> list[Line]:
    """Every target under its outcome, those with one reason together; then what is left to do.

    `selector`: the plan's; not read where the result says that it could not be brought to its end.
    """
    return [
        Line(f"Plan {result.plan}", "muted"),
        *(line for outcome in HEADINGS for line in outcome_lines(result, outcome)),
        *next_lines(result, selector),
    ]


def outcome_lines(result: Result, outcome: Outcome) -> Iterator[Line]:
    ended = [end for end in result.ends if end.outcome is outcome]
    if not ended:
        return
    heading, style = HEADINGS[outcome]
    yield Line("")
    total = len(result.ends) + (len(result.paused.left) if result.paused else 0)
    yield Line(f"{heading}: {len(ended)} of {counted(total, 'target')}", style)
    alike: dict[str, list[str]] = {}
    for end in ended:
        alike.setdefault(own_words(end), []).append(end.target)
    for reason, targets in alike.items():
        yield from wrapped(", ".join(targets), "  ")
        if reason:
            yield from wrapped(reason, "      ")


def own_words(end: StepEnd) -> str:
    """Its reason, without its own name before it: that stands above."""
    return end.reason.removeprefix(f"{end.target}: ")


def paused_lines(paused: Paused) -> Iterator[Line]:
    """What is left of a paused plan, why, and how it goes on."""
    yield Line("")
    yield Line(f"Paused, and not begun: {counted(len(paused.left), 'target')}", "medium")
    yield from wrapped(", ".join(paused.left), "  ")
    yield from wrapped(paused.why, "      ")
    yield Line("")
    yield Line("Next", "heading")
    yield from wrapped("- When a window is open, `govnet apply` of the same file goes on with what is left.", "  ")
    yield from wrapped("- `govnet status` lists it until then; `govnet resume --give-up DIGEST` gives it up.", "  ")


def next_lines(result: Result, selector: str) -> Iterator[Line]:
    """What a person does now; nothing where all went as planned."""
    if result.problem:
        yield Line("")
        yield from wrapped(f"It could not be brought to its end: {result.problem}", "", "high")
        yield from wrapped("When that is mended, run `govnet resume`: it ends what is open.", "")
        return
    if result.paused:
        yield from paused_lines(result.paused)
        return
    outcomes = {end.outcome for end in result.ends}
    if outcomes <= {Outcome.CONFIRMED}:
        return
    yield Line("")
    yield Line("Next", "heading")
    if unknown := [end.target for end in result.ends if end.outcome is Outcome.UNKNOWN]:
        how = '"When it is unknown" in docs/guide/engineer.md says how'
        yield from wrapped(f"- Look at {listed(unknown)} before anything else: {how}.", "  ")
    if blamed := tuple(dict.fromkeys(name for end in result.ends for name in end.because if name not in unknown)):
        yield from wrapped(f"- Mend what is said of {listed(blamed)}.", "  ")
    yield from wrapped("- Make a new plan of what is left, have it reviewed, and apply that:", "  ")
    yield Line(f"      govnet plan {shlex.quote(selector)} -o FILE")
