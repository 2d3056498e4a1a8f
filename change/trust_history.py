"""The chain of trust documents, judged again from what the journal keeps. Needs ssh-keygen, and nothing else.

Each change by the document before it, at the moment at which the journal says that it was accepted. The first is
believed once: a reader knows its digest from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from change.approval import Paper, judge, trust_subject
from change.approval_check import read_trust
from change.attest import attested
from change.clock import from_moment
from change.journal import Event, Journal, JournalError
from change.model import Digest, JournalEntry, Record
from change.trust_log import KINDS, Accepted, accepted, first_note, next_note
from inventory.trust import NAMESPACE, Statement, Trust

OTHERWISE = "its entry says something else than its papers do"


class Link(Record):
    """One document of the chain."""

    entry: int
    at: str
    """UTC, ISO 8601 with milliseconds and a trailing Z."""
    serial: int | None
    """None where the entry does not say."""
    digest: Digest | None
    signers: tuple[str, ...]
    """Whose signatures count under the document before, as `person as role`."""
    problems: tuple[str, ...]
    """One sentence each; none where it follows from the one before."""


def links(journal: Journal) -> tuple[Link, ...]:
    """In the journal's order. Raises JournalError where the journal cannot be read."""
    found: list[Link] = []
    for entry in journal.of(*KINDS):
        found.append(link(journal, entry, found[-1] if found else None))
    return tuple(found)


def link(journal: Journal, entry: JournalEntry, before: Link | None) -> Link:
    says = accepted(entry)
    if says is None:
        return _link(entry, None, (), ("its entry names no trust document",))
    try:
        new = document(journal, says.after)
        old = document(journal, says.before) if says.before else None
        papers = tuple(paper(journal, *one) for one in says.papers)
    except JournalError as problem:
        return _link(entry, says, (), (*order_problems(entry, says, before), str(problem)))
    signers, unsigned = judged(entry, old, new, papers)
    problems = (*order_problems(entry, says, before), *serial_problems(old, new), *unsigned)
    return _link(entry, says, signers, problems)


def _link(entry: JournalEntry, says: Accepted | None, signers: tuple[str, ...], problems: tuple[str, ...]) -> Link:
    return Link(
        entry=entry.number,
        at=entry.at,
        serial=says.serial if says else None,
        digest=says.after if says else None,
        signers=signers,
        problems=problems,
    )


def document(journal: Journal, digest: Digest) -> Trust:
    """Raises JournalError where it is missing, was changed, or is no trust document."""
    trust = read_trust(journal.content(digest).decode(errors="replace"))
    if trust is None:
        raise JournalError(f"the journal's copy of {digest} is no trust document")
    return trust


def paper(journal: Journal, statement: Digest, signature: Digest) -> Paper:
    content = journal.content(statement)
    return Paper(person_of(content), content, journal.content(signature))


def person_of(statement: bytes) -> str:
    """Whom it names; a dash where it does not read as a statement, which is then found to be none."""
    try:
        return Statement.model_validate_json(statement).person
    except ValueError:
        return "–"


def order_problems(entry: JournalEntry, says: Accepted, before: Link | None) -> Iterator[str]:
    """It takes the place of the document that held; only the very first takes nobody's."""
    if before is None:
        if entry.event != Event.TRUST_PINNED:
            yield f"no entry says how the document before it, {says.before}, came to be pinned"
    elif entry.event == Event.TRUST_PINNED:
        yield f"it was believed without a signature, though entry {before.entry} had pinned one already"
    elif says.before != before.digest:
        yield f"it took the place of {says.before}, and not of the document that entry {before.entry} pinned"


def serial_problems(old: Trust | None, new: Trust) -> Iterator[str]:
    if old is not None and new.charter.serial != old.charter.serial + 1:
        yield f"its serial is {new.charter.serial}, and the one before has {old.charter.serial}"


def judged(
    entry: JournalEntry, old: Trust | None, new: Trust, papers: Iterable[Paper]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whose signatures count under the document before it; and why they are not enough, or not those of the entry."""
    if old is None:
        if entry.event != Event.TRUST_PINNED:
            return (), ("nobody signed it under a document before it",)
        return (), (OTHERWISE,) if first_note(new).detail != entry.detail else ()
    found = judge(trust_subject(new), old, attested(papers, old, NAMESPACE), from_moment(entry.at))
    problems = [*found.problems, *(f"a signature does not count: {problem}" for problem in found.set_aside)]
    if not problems and next_note(old.digest, new, found.counted).detail != entry.detail:
        problems.append(OTHERWISE)
    return tuple(f"{one.person} as {one.role}" for one in found.counted), tuple(problems)


def file_problems(found: Iterable[Link], files: Mapping[str, Digest], folder: str) -> Iterator[str]:
    """What lies in the folder of pinned documents (name to digest) against what the journal says was pinned there."""
    pinned = {f"{link.serial}.json": link for link in found if link.serial is not None}
    for name, one in pinned.items():
        if name not in files:
            yield f"{folder}/{name}, which entry {one.entry} pinned, is gone"
        elif files[name] != one.digest:
            yield f"{folder}/{name} is not the document that entry {one.entry} pinned"
    for name in sorted(files.keys() - pinned.keys()):
        yield f"{folder}/{name} was pinned by no entry of the journal"
