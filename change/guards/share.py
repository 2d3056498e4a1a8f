"""How much of a configuration goes away at once: a wrong selector or an empty file shows as a box that is wiped."""

from __future__ import annotations

from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.surroundings import Surroundings
from change.model import Level, Reason, Step


def removed_share(step: Step, around: Surroundings) -> Iterable[Finding]:
    """Raised above one share of the lines, refused above another; a few lines are no share of anything."""
    limits, of = around.limits, step.diff.lines_before
    removed = sum(line.sign == "-" for line in step.diff.changed)
    if removed < limits.removed_lines or not of:
        return
    percent = 100 * removed // of
    about = (str(removed), str(of), str(percent))
    if percent >= limits.removed_percent_refused:
        says = (
            f"{removed} of {of} lines of its configuration are removed ({percent} per cent): "
            f"more than the inventory allows (guards: removed_percent_refused)"
        )
        yield Finding(target=step.target, verdict="refuse", reason=Reason(guard="wiped", about=about, says=says))
    elif percent >= limits.removed_percent_high:
        says = f"{removed} of {of} lines of its configuration are removed ({percent} per cent)"
        reason = Reason(guard="removed-share", about=about, says=says)
        yield Finding(target=step.target, verdict=Level.HIGH, reason=reason)
