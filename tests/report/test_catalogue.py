"""Swahili is as complete as English: no message without a text, no text without a use, no placeholder lost."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import govnet.report
from change.guards.effects import REASONS
from change.journal import Event
from change.model import Effect, Level, Outcome
from govnet.report.language import CATALOGUES
from govnet.report.phrases import EFFECTS, EVENTS, FAULTS, LEVELS, LINK_KINDS, LINK_STATES, OUTCOMES, ROLES, STATES
from inventory.model import LinkKind, Role
from monitoring.model import Fault, State
from network.topology import LinkState

ROOM = Path(govnet.report.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.j2": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "N_": None, "say": None, "gettext": None, "ngettext": (1, 2), "many": (1, 2)}


def used() -> set[tuple[str, ...]]:
    found = extract_from_dir(ROOM, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {(message,) if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}


def swahili() -> Catalog:
    with (CATALOGUES / "sw" / "govnet.po").open("rb") as source:
        return read_po(source, locale="sw", abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_extraction_finds_templates_and_code() -> None:
    messages = {message for forms in used() for message in forms}
    assert {"Summary", "unreachable", "Page", "Topology report", "Upstream"} <= messages


def test_every_message_has_a_swahili_text_and_every_text_is_used() -> None:
    texts = {forms(entry.id): forms(entry.string) for entry in swahili() if entry.id}
    assert used() - texts.keys() == set(), "messages without a Swahili text"
    assert texts.keys() - used() == set(), "Swahili texts that nothing says"
    assert [message for message, text in texts.items() if not all(text) or len(text) != len(message)] == []
    assert not any(entry.fuzzy for entry in swahili() if entry.id)


def test_every_text_keeps_its_placeholders() -> None:
    for entry in swahili():
        for message, text in zip(forms(entry.id), forms(entry.string), strict=True):
            assert set(re.findall(r"%\(\w+\)s", message)) == set(re.findall(r"%\(\w+\)s", text)), message


def test_every_word_of_the_closed_sets_has_a_phrase() -> None:
    assert set(STATES) == set(State)
    assert {fault: str(fault) for fault in Fault} == FAULTS, "a cause and its message are one text"
    assert set(LINK_STATES) == set(LinkState)
    assert set(LINK_KINDS) == set(LinkKind)
    assert set(ROLES) == set(Role)
    assert set(OUTCOMES) == {*Outcome, None}
    assert set(LEVELS) == set(Level)
    assert set(EFFECTS) == set(Effect) == set(REASONS)
    assert set(EVENTS) == set(Event)
