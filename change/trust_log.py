"""The trust documents that a jump host pinned, as its journal has them: entries that name papers, and the papers.

An entry of a change names the document before, the new one, and each statement and signature that counted; all of them
are kept by digest, so that what was believed can be judged again (change.trust_history).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from change.approval import Approved, Counted
from change.canonical import digest_of
from change.journal import Event, Journal, Note
from change.model import Digest, JournalEntry, Record
from inventory.trust import Trust, canonical

KINDS = (Event.TRUST_PINNED, Event.TRUST_CHANGED)
SHA = "sha256:[0-9a-f]{64}"
NAMED = re.compile(
    rf"serial (\d{{1,9}}), .*; (?:before ({SHA}), )?trust ({SHA})((?:, statement {SHA}, signature {SHA})*)\Z"
)
PAPER = re.compile(rf"statement ({SHA}), signature ({SHA})")


class Accepted(Record):
    """What one entry says: a document holds from here on."""

    serial: int
    before: Digest | None
    """None of one that was believed without a signature."""
    after: Digest
    papers: tuple[tuple[Digest, Digest], ...]
    """Statement and signature of each that counted."""


def first_note(trust: Trust) -> Note:
    detail = f"serial {trust.charter.serial}, believed without a signature; trust {trust.digest}"
    return Note(event=Event.TRUST_PINNED, detail=detail)


def next_note(before: Digest, new: Trust, counted: Iterable[Counted]) -> Note:
    counting = tuple(counted)
    who = ", ".join(f"{one.person} as {one.role}" for one in counting)
    papers = "".join(f", statement {one.statement}, signature {one.signature}" for one in counting)
    detail = f"serial {new.charter.serial}, signed by {who}; before {before}, trust {new.digest}{papers}"
    return Note(event=Event.TRUST_CHANGED, detail=detail)


def write_first(journal: Journal, trust: Trust) -> None:
    """Raises JournalError."""
    journal.keep({trust.digest: canonical(trust)})
    journal.append(first_note(trust))


def write_next(journal: Journal, new: Trust, approved: Approved) -> None:
    """`approved`: under the document before. Raises JournalError."""
    content = canonical(new)
    journal.keep({**approved.papers, digest_of(content): content})
    journal.append(next_note(approved.trust, new, approved.counted))


def accepted(entry: JournalEntry) -> Accepted | None:
    """None where the entry names no document."""
    found = NAMED.match(entry.detail)
    if found is None:
        return None
    serial, before, after, papers = found.groups()
    return Accepted(serial=int(serial), before=before, after=after, papers=tuple(PAPER.findall(papers)))
