"""evidence: the report of what was changed, and whether such a report holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from change import approval_check
from change.canonical import digest_of
from change.chain import Head
from change.evidence import gather
from change.journal import Event
from govnet.desk import Desk
from govnet.report.attachments import attachments
from govnet.report.change_check import Checked, check
from govnet.report.change_document import change_document
from govnet.report.lines import counted
from govnet.status import Ended, Status
from govnet.verbs.journal import book_of
from govnet.verbs.report import write

HEAD = re.compile(r"([1-9]\d{0,17}):(sha256:[0-9a-f]{64})")


def report(desk: Desk, plan_digest: str | None) -> None:
    """Of one plan, or of all that the journal knows; with the files that lie in `evidence/` of the state folder."""
    book = book_of(desk)
    known = list(dict.fromkeys(e.plan for e in book.entries() if e.plan and e.event == Event.PLAN_OPENED))
    chosen = [digest for digest in known if plan_digest in (None, digest)]
    if not chosen:
        what = f"no plan {plan_digest}" if plan_digest else "no change"
        raise Ended(Status.BAD_INPUT, f"the journal holds {what}; `govnet journal` lists what it holds")
    name = "changes" if plan_digest is None else f"change-{plan_digest.removeprefix('sha256:')[:12]}"
    attached = attachments(desk.state / "evidence")
    write(desk, change_document(desk.inventory, gather(book, chosen), attached), name)


def verify(desk: Desk, file: Path, kept: Iterable[str]) -> None:
    """Status 5 where anything in the document does not follow from what it holds. Raises OSError."""
    found = signed(check(file.read_bytes(), tuple(head_of(text) for text in kept)))
    for problem in found.problems:
        desk.say(problem)
    desk.document({"file": str(file), **told(found)})
    for line in trust_lines(found):
        desk.say(line)
    if found.problems or found.document is None:
        desk.say(f"{file} does not hold: {counted(len(found.problems), 'problem')}.")
        raise Ended(Status.UNKNOWN)
    say_whole(desk, found)


def signed(found: Checked) -> Checked:
    """With what is wrong with its signatures, each of which ssh-keygen checks again."""
    changes = found.document.changes if found.document else ()
    problems = (
        f"change {number}: {problem}"
        for number, change in enumerate(changes, start=1)
        for problem in approval_check.problems(change)
    )
    return Checked(found.document, (*found.problems, *problems))


def head_of(text: str) -> Head:
    """NUMBER:sha256:..., as the reports and `govnet journal head` give it. Raises Ended."""
    parts = HEAD.fullmatch(text)
    if parts is None:
        raise Ended(Status.BAD_INPUT, f"--head {text}: write NUMBER:sha256: and the digest's 64 digits")
    return Head(number=int(parts[1]), digest=parts[2])


def trusts_of(found: Checked) -> tuple[str, ...]:
    """The digests of the trust documents by which the signatures were judged, in the order of the journal."""
    changes = found.document.changes if found.document else ()
    return tuple(dict.fromkeys(digest_of(paper.trust.encode()) for one in changes for paper in one.papers))


def trust_lines(found: Checked) -> Iterator[str]:
    changes = found.document.changes if found.document else ()
    if number := sum(len(one.papers) for one in changes):
        yield f"{counted(number, 'signature')} checked, each under the trust document that stands beside it:"
        yield from (f"  {digest}" for digest in trusts_of(found))
        yield "Compare with those that you know: `govnet trust history` names each that was pinned."


def told(found: Checked) -> dict[str, object]:
    head = found.document.changes[-1].head if found.document and found.document.changes else None
    return {
        "changes": [one.digest for one in found.document.changes] if found.document else [],
        "head": head.model_dump(mode="json") if head else None,
        "trust": list(trusts_of(found)),
        "break_glass": [one.digest for one in found.document.changes if approval_check.reviews_missing(one)]
        if found.document
        else [],
        "attachments": [one.name for one in found.document.attachments] if found.document else [],
        "problems": list(found.problems),
    }


def say_whole(desk: Desk, found: Checked) -> None:
    """What was checked, and what no document can show by itself."""
    assert found.document is not None
    document = found.document
    entries = len(document.others) + sum(len(one.entries) for one in document.changes)
    desk.say(f"It holds: {counted(len(document.changes), 'change')}, {entries} entries of the journal without a gap.")
    if document.changes:
        head = document.changes[-1].head
        desk.say(f"The head is {head.number}:{head.digest}: compare it with what you keep (--head).")
        for one in document.changes:
            if missing := approval_check.reviews_missing(one):
                desk.say(f"{one.digest} was approved by break-glass: {missing} more must review it.")
    if document.attachments:
        number = counted(len(document.attachments), "attached file")
        desk.say(f"It names {number} and holds none: compare each with sha256sum.")
