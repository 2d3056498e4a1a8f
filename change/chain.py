"""The chain of the journal: each entry has the digest of the one before, and a head is the last one's.

Whoever keeps a head elsewhere sees whether anything before it was changed, moved, removed or cut off since. What was
written after the last head that is kept is proved by no head: keep one after each change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from change.canonical import canonical, digest_of, document_of
from change.model import Digest, JournalEntry, Record

GENESIS: Digest = "sha256:" + "0" * 64
"""What the first entry names as the one before it."""


class Head(Record):
    """The last entry: keep it elsewhere, and nothing before it can be changed unseen."""

    number: int
    digest: Digest


def entry_digest(entry: JournalEntry) -> Digest:
    """Of every other field, the digest before included."""
    document = document_of(entry)
    del document["digest"]
    return digest_of(canonical(document))


def chain_problems(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """What does not follow: rows that are no entries, numbers that jump, digests that do not match."""
    previous = GENESIS
    for number, row in enumerate(rows, start=1):
        try:
            entry = JournalEntry.model_validate(row)
        except ValidationError:
            yield f"entry {row.get('number')} was edited: it is no entry"
            previous = str(row.get("digest"))
            continue
        if entry.number != number:
            yield f"entry {number} is missing or was moved: entry {entry.number} stands in its place"
            return
        if entry.previous != previous:
            yield f"entry {number} does not follow the entry before it: one of the two was edited"
        if entry.digest != entry_digest(entry):
            yield f"entry {number} was edited: its digest does not match what it says"
        previous = entry.digest


def head_problem(head: Head, digests: Mapping[int, Digest]) -> str:
    """Why the entry of a head, which was written once, is not among these any more; empty where it is."""
    if head.number not in digests:
        return f"the journal was cut off: entry {head.number} was written and is gone"
    if digests[head.number] != head.digest:
        return f"entry {head.number} is not the one that was written"
    return ""


def side_file_problems(kept: bytes | None, digests: Mapping[int, Digest]) -> Iterator[str]:
    """The head's file beside the journal against the entries. After a kill it may lag behind; it is never ahead."""
    if kept is None:
        if digests:
            yield "the kept head beside the journal is missing"
        return
    try:
        head = Head.model_validate_json(kept)
    except ValidationError:
        yield "the kept head beside the journal was edited: it does not read as one"
        return
    if problem := head_problem(head, digests):
        yield problem
