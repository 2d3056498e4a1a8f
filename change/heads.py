"""Signed heads of the journal, kept where whoever holds the jump host cannot reach: then a cut shows too.

A head is one line of JSON: the statement, the public half of the key that signed it, and the OpenSSH signature over the
statement's canonical bytes. Format and keys: docs/adr/0010-signed-heads-and-locks.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from change.canonical import canonical, document_of
from change.chain import Head, head_problem
from change.head_places import Place, PlaceFailed
from change.journal import Event, Journal, Note
from change.model import Digest, JournalEntry, Moment, Record
from change.signature import public_half, verify
from change.ssh_keygen import KeygenFailed, sign
from change.store import StoreError

NAMESPACE = "govnet-head-v1@govnet"


class HeadStatement(Record):
    """What is signed: at this moment the journal of this jump host ended with this entry."""

    version: Literal[1] = 1
    jump_host: str
    number: int
    digest: Digest
    at: Moment
    by: str
    """Who signs: a person of the trust document, or the jump host itself."""

    @property
    def head(self) -> Head:
        return Head(number=self.number, digest=self.digest)


class SignedHead(Record):
    head: HeadStatement
    key: str
    """The public half, as evidence: what counts is which keys the reader knows to be the signer's."""
    signature: str


KeysOf = Callable[[HeadStatement], Collection[str]]
"""The public keys by which a statement may be signed, for whom it names and when."""


def sign_head(statement: HeadStatement, key: Path, may_ask: bool) -> bytes:
    """The line to keep, with its newline. Raises KeygenFailed."""
    signature = sign(canonical(document_of(statement)), key, NAMESPACE, may_ask)
    signed = SignedHead(head=statement, key=public_half(key), signature=signature.decode())
    return canonical(document_of(signed)) + b"\n"


def kept_problems(kept: bytes, digests: Mapping[int, Digest], keys_of: KeysOf) -> Iterator[str]:
    """Every head that the journal no longer bears out, or that nobody known has signed; none kept is one too.

    `digests`: the journal's, by number. Raises KeygenFailed.
    """
    lines = kept.splitlines()
    if not lines:
        yield "no head is kept there, so nothing was compared"
    for number, line in enumerate(lines, start=1):
        try:
            signed = SignedHead.model_validate_json(line)
        except ValidationError:
            yield f"line {number} of the kept heads is no head: it was edited, or torn when its place was full"
            continue
        problem = signer_problem(signed, keys_of) or head_problem(signed.head.head, digests)
        if problem:
            yield f"the head kept on line {number}, of {signed.head.at}: {problem}"


def signer_problem(signed: SignedHead, keys_of: KeysOf) -> str:
    """Why it is not the word of whom it names; empty where it is."""
    if signed.key not in keys_of(signed.head):
        return f"nobody here knows its key as one of {signed.head.by} at that time"
    if not verify(canonical(document_of(signed.head)), signed.signature, NAMESPACE, signed.key):
        return f"its signature is not of {signed.head.by} over what it says"
    return ""


def keep_heads(journal: Journal, places: Mapping[str, Place], line_of: Callable[[Head], bytes]) -> tuple[str, ...]:
    """Keep today's head wherever the last one that was kept is not of it; what could not be done, a sentence a place.

    Either way the journal has it. Nothing is raised: no change hangs on it, and the next head covers all of this one.
    """
    return tuple(problem for where, place in places.items() if (problem := keep_head(journal, where, place, line_of)))


def keep_head(journal: Journal, where: str, place: Place, line_of: Callable[[Head], bytes]) -> str:
    try:
        head = journal.head()
        if head is None or covered(journal, where):
            return ""
        place.append(line_of(head))
        journal.append(Note(event=Event.HEAD_KEPT, target=where, detail=f"entry {head.number}"))
    except (PlaceFailed, KeygenFailed, StoreError, OSError) as problem:
        with suppress(StoreError):
            journal.append(Note(event=Event.HEAD_NOT_KEPT, target=where, detail=str(problem)))
        return str(problem)
    return ""


def covered(journal: Journal, where: str) -> bool:
    """Whether nothing but the keeping of heads was written since a head was kept there."""
    last = [entry.number for entry in journal.of(Event.HEAD_KEPT) if entry.target == where]
    heads = {entry.number for entry in journal.of(Event.HEAD_KEPT, Event.HEAD_NOT_KEPT)}
    return bool(last) and all(number in heads for number in journal.digests() if number > last[-1])


class Kept(Record):
    """How far the heads at one place reach."""

    where: str
    at: str | None
    """When the last one was kept there, UTC; None where none was."""
    problem: str
    """Why a later one was not; empty where it was."""


def kept_at(journal: Journal, where: str) -> Kept:
    tried = [entry for entry in journal.of(Event.HEAD_KEPT, Event.HEAD_NOT_KEPT) if entry.target == where]
    kept = [entry for entry in tried if entry.event == Event.HEAD_KEPT]
    failed: list[JournalEntry] = [entry for entry in tried[-1:] if entry.event == Event.HEAD_NOT_KEPT]
    return Kept(where=where, at=kept[-1].at if kept else None, problem=failed[0].detail if failed else "")
