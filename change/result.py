"""How an apply or a resume ended: an outcome and a reason for each step, and the exit status that follows."""

from __future__ import annotations

from collections.abc import Iterable

from change.model import Digest, Moment, Outcome, Record

EXIT_STATUS: tuple[tuple[Outcome, int], ...] = (
    (Outcome.UNKNOWN, 5),
    (Outcome.REVERTED, 4),
    (Outcome.REFUSED, 3),
    (Outcome.CONFIRMED, 0),
)
"""The worst outcome first: it decides."""


class StepEnd(Record):
    step: str
    target: str
    outcome: Outcome
    reason: str
    """One sentence; empty where all went as planned."""
    because: tuple[str, ...] = ()
    """The targets that failed, itself or others, and so decided this end; empty where none did or none is known."""


class Paused(Record):
    """Why no further wave was begun, and what is left for a later window."""

    why: str
    """One sentence."""
    left: tuple[str, ...]
    """Targets, in the plan's order."""
    opens: Moment | None
    """When the next window opens that is long enough; None where none does."""


class Result(Record):
    plan: Digest
    ends: tuple[StepEnd, ...]
    """In the plan's order; of a paused plan those that have ended."""
    paused: Paused | None = None
    """None where the plan was brought to its end."""
    problem: str = ""
    """Why it could not be brought to its end (the journal failed); empty where it was."""

    @property
    def exit_status(self) -> int:
        """Of the outcomes. With a problem the plan is still open: 3 where it could not even begin, else 5.

        Paused: 3 where nothing is confirmed yet, else 4, for what was not confirmed is as before.
        """
        outcomes = {end.outcome for end in self.ends}
        if self.paused:
            return 4 if Outcome.CONFIRMED in outcomes else 3
        if self.problem:
            return 3 if outcomes <= {Outcome.REFUSED} else 5
        return exit_status(outcomes)


def listed(names: Iterable[str]) -> str:
    """In a sentence: a, b and c."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def exit_status(outcomes: Iterable[Outcome]) -> int:
    """0 all confirmed or nothing to do, 3 refused, 4 reverted, 5 unknown: the worst of them.

    3 promises that nothing was sent. Where earlier waves stand and the rest was refused, that is 4 too: what was not
    confirmed is as before.
    """
    found = set(outcomes)
    if found == {Outcome.CONFIRMED, Outcome.REFUSED}:
        return 4
    return next((status for outcome, status in EXIT_STATUS if outcome in found), 0)
