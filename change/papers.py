"""The papers of an approval, and the calendar, as the journal keeps them: by digest, named by entries."""

from __future__ import annotations

import re

from change.approval import Approved, Counted
from change.canonical import canonical, digest_of, document_of
from change.journal import Event, Journal, JournalError, Note
from change.model import Digest, JournalEntry, Record
from change.run import Run

DIGESTS = re.compile(r"statement (sha256:[0-9a-f]{64}), signature (sha256:[0-9a-f]{64}), trust (sha256:[0-9a-f]{64})\Z")
KINDS = frozenset({Event.APPROVED, Event.BREAK_GLASS, Event.REVIEWED})
"""Events whose detail ends with the digests of three papers."""


class SignedPaper(Record):
    """One signature that counted, with all that checking it needs: three texts, to the byte as signed or pinned."""

    entry: int
    """Number of the journal's entry that names it."""
    event: str
    """approved, break-glass or reviewed."""
    statement: str
    """The canonical JSON of an inventory.trust.Statement: what was signed."""
    signature: str
    """OpenSSH's armour. Its namespace is inventory.trust.NAMESPACE, of one that was reviewed REVIEW_NAMESPACE."""
    trust: str
    """The canonical JSON of the inventory.trust.Trust by which it counted."""


class KeptCalendar(Record):
    """The windows and freezes by which waves were begun from one entry on."""

    entry: int
    calendar: str
    """The canonical JSON of a change.window.Calendar."""


def keep(run: Run, approved: Approved) -> None:
    """The papers first, then an entry for each signature that counts and has none yet, and for another calendar.

    Raises JournalError.
    """
    calendar = canonical(document_of(run.calendar))
    run.journal.keep({**approved.papers, digest_of(calendar): calendar})
    entries = run.journal.entries(run.digest)
    known = {entry.detail for entry in entries}
    last = [entry.detail for entry in entries if entry.event == Event.CALENDAR][-1:]
    notes = [note(run.digest, event_of(one, approved), one, approved.trust) for one in approved.counted]
    new = [one for one in notes if one.detail not in known]
    if last != [digest_of(calendar)]:
        new.append(Note(event=Event.CALENDAR, plan=run.digest, detail=digest_of(calendar)))
    if new:
        run.journal.append(*new)


def event_of(one: Counted, approved: Approved) -> Event:
    return Event.BREAK_GLASS if one == approved.break_glass else Event.APPROVED


def note(plan: Digest, event: Event, one: Counted, trust: Digest) -> Note:
    digests = f"statement {one.statement}, signature {one.signature}, trust {trust}"
    return Note(event=event, plan=plan, detail=f"{one.person} as {one.role}: {one.reason}; {digests}")


def papers(journal: Journal, plan: Digest) -> tuple[SignedPaper, ...]:
    """Every signature that counted for a plan, in the journal's order. Raises JournalError where a paper is missing."""
    return tuple(signed_paper(journal, entry) for entry in journal.entries(plan) if entry.event in KINDS)


def calendars(journal: Journal, plan: Digest) -> tuple[KeptCalendar, ...]:
    """In the journal's order. Raises JournalError where one is missing."""
    named = (entry for entry in journal.entries(plan) if entry.event == Event.CALENDAR)
    return tuple(KeptCalendar(entry=one.number, calendar=journal.content(one.detail).decode()) for one in named)


def signed_paper(journal: Journal, entry: JournalEntry) -> SignedPaper:
    found = DIGESTS.search(entry.detail)
    if found is None:
        raise JournalError(f"entry {entry.number} names no papers")
    statement, signature, trust = (journal.content(digest).decode() for digest in found.groups())
    return SignedPaper(entry=entry.number, event=entry.event, statement=statement, signature=signature, trust=trust)
