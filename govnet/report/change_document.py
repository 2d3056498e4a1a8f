"""The change document: the evidence of one or more changes, with what a report needs to be read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from change.canonical import canonical, digest_of
from change.evidence import Evidence, Gathered
from change.model import Digest, JournalEntry
from govnet.report.titles import Titled, titles_of
from inventory.model import Inventory, Record, Text

UNSUMMED: Digest = "sha256:" + "0" * 64


class Attachment(Record):
    """A file that was kept as evidence beside the journal: named here, not enclosed."""

    name: str
    """Its path below the folder of evidence, parted by `/`."""
    octets: int
    lines: int | None
    """As `wc -l` counts them; None where it is no text."""
    digest: Digest
    """Of its octets, as `sha256sum` says it."""


class ChangeDocument(Record):
    version: Literal[3] = 3
    report: Literal["change"] = "change"
    world: str
    title: Text
    timezone: str
    """The IANA zone in which moments are shown."""
    sites: tuple[Titled, ...]
    """Of the steps of these changes."""
    changes: tuple[Evidence, ...]
    """In the order of the journal."""
    others: tuple[JournalEntry, ...]
    """All other entries from the first of these changes to the head: the chain can be followed without a gap."""
    attachments: tuple[Attachment, ...]
    """By name."""
    checksum: Digest
    """Of the canonical bytes of all the rest: tells a damaged file; who edits one can make a new one."""


def change_document(inventory: Inventory, gathered: Gathered, attachments: Iterable[Attachment]) -> ChangeDocument:
    """The document of these changes of one world."""
    touched = {step.site for one in gathered.changes for step in one.plan.steps}
    return summed(
        ChangeDocument(
            world=inventory.world.name,
            title=inventory.world.title,
            timezone=inventory.world.timezone,
            sites=titles_of(inventory.sites, touched),
            changes=gathered.changes,
            others=gathered.others,
            attachments=tuple(sorted(attachments, key=lambda one: one.name)),
            checksum=UNSUMMED,
        )
    )


def summed(document: ChangeDocument) -> ChangeDocument:
    """With the checksum of what it says."""
    return document.model_copy(update={"checksum": checksum(document)})


def checksum(document: ChangeDocument) -> Digest:
    said = document.model_dump(mode="json")
    del said["checksum"]
    return digest_of(canonical(said))
