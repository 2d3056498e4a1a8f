"""Whether a file is the document of a change report, and whether all of it follows from what it holds. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import ValidationError

from change import evidence_check
from change.chain import Head, head_problem
from change.evidence import Gathered
from govnet.report.change_document import ChangeDocument, checksum
from govnet.report.document import document_bytes

VERSION = 3


class Checked(NamedTuple):
    document: ChangeDocument | None
    """None where it does not even read as one."""
    problems: tuple[str, ...]
    """One sentence each; none where all of it holds."""


def check(content: bytes, kept: tuple[Head, ...] = ()) -> Checked:
    """`kept`: heads of the journal that the reader has from elsewhere."""
    try:
        document = ChangeDocument.model_validate_json(content)
    except ValidationError:
        return Checked(None, (unread(content),))
    return Checked(document, tuple(problems(document, content, kept)))


def unread(content: bytes) -> str:
    """Why these bytes are no document."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return "it was edited or cut off: it is not JSON"
    version = found.get("version") if isinstance(found, dict) else None
    if isinstance(version, int) and version != VERSION:
        return f"it has version {version}, and this govnet checks version {VERSION} alone"
    return "it was edited, or is no document of a change report: it does not read as one"


def problems(document: ChangeDocument, content: bytes, kept: tuple[Head, ...]) -> Iterator[str]:
    if document_bytes(document) != content:
        yield "the file was edited: it is not in the canonical form in which it was written"
    if document.checksum != checksum(document):
        yield "the file was edited: its checksum does not match what it says"
    touched = {step.site for change in document.changes for step in change.plan.steps}
    if strange := [site.name for site in document.sites if site.name not in touched]:
        yield f"it gives titles of sites that no step is of: {', '.join(strange)}"
    gathered = Gathered(changes=document.changes, others=document.others)
    yield from evidence_check.problems(gathered)
    digests = evidence_check.digests_of(gathered)
    for head in kept:
        if problem := head_problem(head, digests):
            yield f"against the head that you kept: {problem}"
