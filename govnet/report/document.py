"""What any report is made from: one typed document, its canonical bytes and their digest."""

from __future__ import annotations

from typing import TypeAlias

from govnet.report.change_document import ChangeDocument
from govnet.report.plan_document import PlanDocument
from govnet.report.topology_document import TopologyDocument
from monitoring.document import UptimeDocument, canonical, digest

Document: TypeAlias = TopologyDocument | UptimeDocument | ChangeDocument | PlanDocument


def document_bytes(document: Document) -> bytes:
    """The file beside a report: canonical JSON (RFC 8785) and one newline. Equal documents, equal bytes."""
    return canonical(document)


def document_digest(document: Document) -> str:
    """`sha256:` of those bytes: what `sha256sum` says of the file."""
    return digest(document)
