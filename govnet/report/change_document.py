"""The change document: the evidence of one or more changes, with what a report needs to be read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from change.evidence import Evidence
from inventory.model import Inventory, Record, Text


class SiteTitle(Record):
    name: str
    title: Text


class ChangeDocument(Record):
    version: Literal[1] = 1
    report: Literal["change"] = "change"
    world: str
    title: Text
    timezone: str
    """The IANA zone in which moments are shown."""
    sites: tuple[SiteTitle, ...]
    """Of the steps of these changes."""
    changes: tuple[Evidence, ...]
    """In the order of the journal."""


def change_document(inventory: Inventory, changes: Iterable[Evidence]) -> ChangeDocument:
    """The document of these changes of one world, ordered by where they begin in the journal."""
    ordered = tuple(sorted(changes, key=lambda one: one.first))
    touched = {step.site for one in ordered for step in one.plan.steps}
    return ChangeDocument(
        world=inventory.world.name,
        title=inventory.world.title,
        timezone=inventory.world.timezone,
        sites=tuple(SiteTitle(name=site.name, title=site.title) for site in inventory.sites if site.name in touched),
        changes=ordered,
    )
