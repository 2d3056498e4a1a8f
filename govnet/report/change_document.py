"""The change document: the evidence of one or more changes, with what a report needs to be read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from change.evidence import Evidence
from change.model import Digest
from govnet.report.titles import Titled, titles_of
from inventory.model import Inventory, Record, Text


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
    version: Literal[1] = 1
    report: Literal["change"] = "change"
    world: str
    title: Text
    timezone: str
    """The IANA zone in which moments are shown."""
    sites: tuple[Titled, ...]
    """Of the steps of these changes."""
    changes: tuple[Evidence, ...]
    """In the order of the journal."""
    attachments: tuple[Attachment, ...]
    """By name."""


def change_document(
    inventory: Inventory, changes: Iterable[Evidence], attachments: Iterable[Attachment]
) -> ChangeDocument:
    """The document of these changes of one world, ordered by where they begin in the journal."""
    ordered = tuple(sorted(changes, key=lambda one: one.first))
    touched = {step.site for one in ordered for step in one.plan.steps}
    return ChangeDocument(
        world=inventory.world.name,
        title=inventory.world.title,
        timezone=inventory.world.timezone,
        sites=titles_of(inventory.sites, touched),
        changes=ordered,
        attachments=tuple(sorted(attachments, key=lambda one: one.name)),
    )
