"""What was done by one signature in place of the policy, and who has looked at it since."""

from __future__ import annotations

from collections.abc import Iterable

from change.journal import Event, Journal
from change.model import Digest, Record
from change.papers import SignedPaper, papers
from inventory.trust import Statement

REVIEWS = 2
"""So many others must have reviewed it: neither who broke the glass nor the plan's author."""


class BreakGlass(Record):
    """One plan that was applied so."""

    plan: Digest
    person: str
    at: str
    reason: str
    targets: tuple[str, ...]
    """For which the glass was broken: the plan's are all among them."""
    reviewed: tuple[str, ...]
    """Who has reviewed it, by name, in the order of their reviews."""

    @property
    def missing(self) -> int:
        """So many more must review it."""
        return max(0, REVIEWS - len(self.reviewed))

    @property
    def open(self) -> bool:
        return self.missing > 0


def break_glass(author: str, plan: Digest, kept: Iterable[SignedPaper]) -> BreakGlass | None:
    """Of one plan, from the papers that the journal keeps of it; None where its policy was met."""
    said = [(one.event, Statement.model_validate_json(one.statement)) for one in kept]
    broke = next((statement for event, statement in said if event == Event.BREAK_GLASS), None)
    if broke is None:
        return None
    reviewers = dict.fromkeys(statement.person for event, statement in said if event == Event.REVIEWED)
    return BreakGlass(
        plan=plan,
        person=broke.person,
        at=broke.at,
        reason=broke.reason,
        targets=broke.targets,
        reviewed=tuple(name for name in reviewers if name not in (broke.person, author)),
    )


def break_glass_of(journal: Journal, plan: Digest) -> BreakGlass | None:
    """Raises JournalError where the journal does not keep the plan or one of its papers."""
    return break_glass(journal.plan(plan).author, plan, papers(journal, plan))


def open_break_glass(journal: Journal) -> tuple[BreakGlass, ...]:
    """Those that too few have reviewed, in the order of the journal. Raises JournalError."""
    broken = dict.fromkeys(entry.plan for entry in journal.entries() if entry.event == Event.BREAK_GLASS)
    found = (break_glass_of(journal, plan) for plan in broken if plan is not None)
    return tuple(one for one in found if one is not None and one.open)
