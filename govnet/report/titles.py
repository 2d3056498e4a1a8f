"""What the names of a document are called: it carries the titles, so that a report needs no inventory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from govnet.report.language import Language
from inventory.model import Record, Text


class Titled(Record):
    name: str
    title: Text


class Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def title(self) -> Text: ...


def titles_of(things: Iterable[Named], names: Collection[str]) -> tuple[Titled, ...]:
    """Of those things that are named, in their order."""
    return tuple(Titled(name=one.name, title=one.title) for one in things if one.name in names)


def in_language(titles: Iterable[Titled], language: Language) -> Mapping[str, str]:
    return {one.name: language.text(one.title) for one in titles}
