"""Changes that need somebody: open, paused, or done by break-glass and not reviewed; and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator

from change.break_glass import BreakGlass
from change.model import Digest
from change.result import listed
from change.unfinished import Unfinished
from govnet.report.lines import Line, counted, wrapped

PAUSED_NEXT = (
    "When a window is open, `govnet apply` of its file goes on with what is left.",
    "`govnet resume --give-up DIGEST` gives up what is left; what is confirmed stands.",
)


def still_paused_lines(digest: Digest) -> Iterator[Line]:
    """To who resumes: that it is not for a resume to go on with it."""
    yield Line("Paused change", "medium")
    yield Line(f"  {digest}")
    for said in PAUSED_NEXT:
        yield from wrapped(f"- {said}", "  ")


def unfinished_lines(one: Unfinished) -> Iterator[Line]:
    """Whose it is, how far it came, and what comes next."""
    yield Line("Paused change" if one.paused else "Open change", "medium" if one.paused else "high")
    yield Line(f"  {one.plan}")
    yield from wrapped(f"by {one.author}, opened {one.opened[:16].replace('T', ' ')} UTC: {one.reason}", "  ")
    yield from wrapped(f"{one.ended} of {counted(one.targets, 'target')} ended, {one.confirmed} confirmed", "  ")
    if one.paused:
        yield from wrapped(one.paused, "  ")
    for said in _next(one):
        yield from wrapped(f"- {said}", "  ")


def _next(one: Unfinished) -> Iterator[str]:
    if one.paused:
        yield from PAUSED_NEXT
    elif one.runs:
        yield f"{one.owner} is at it: wait for its end."
    elif one.runs is None:
        yield f"{one.owner} was at it, and cannot be asked from here. Where it has ended, run govnet resume."
    else:
        yield "Nobody is at it: run govnet resume."


def break_glass_lines(broken: BreakGlass) -> Iterator[Line]:
    """By whom, why and for what; and who must still look at what was done."""
    yield Line("Break-glass, to be reviewed", "high")
    yield Line(f"  {broken.plan}")
    yield from wrapped(f"by {broken.person}, {broken.at[:16].replace('T', ' ')} UTC: {broken.reason}", "  ")
    yield from wrapped(f"for {listed(broken.targets)}", "  ")
    others = f"reviewed by {listed(broken.reviewed)}" if broken.reviewed else "not reviewed yet"
    yield from wrapped(f"{others}; {broken.missing} more must review it", "  ")
    yield from wrapped(
        "- `govnet review DIGEST --as PERSON --reason TEXT`, by neither its author nor who signed.", "  "
    )
