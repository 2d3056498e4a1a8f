"""What guards find is said in both languages; in English it is the sentence that the plan holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import change.guards
from change.guards.finding import Finding
from change.guards.surroundings import LastKnown, Surroundings
from change.model import DiffLine, Effect, Level, Reason, RevertStrength
from govnet.report.language import CODES, Language
from govnet.report.reasons import GUARDS, reason
from tests.change.guards.made import judged, with_effects, with_lines
from tests.change.guards.test_isolation import AROUND, found
from tests.change.test_waves import BASE, step

LANGUAGES = [Language(code, "Africa/Dar_es_Salaam") for code in CODES]
NEVER_IN_A_PLAN = {
    "outside",
    "needs-timed",
    "only-way-in-weak",
    "wiped",
    "secret-shown",
    "secret-sent",
    "all-ways",
    "while-down",
    "too-many",
}
"""Guards that refuse: their sentences are told where no plan is made."""


def everything() -> Iterator[Finding]:
    """A finding of each guard that raises a risk, at least."""
    yield from judged(with_effects(*Effect))
    yield from judged(step("a", strength=RevertStrength.MANUAL), step("b", apart=("a",)))
    yield from judged(with_lines(*(DiffLine(sign="-", text=f"line {number}") for number in range(50)), before=100))
    yield from judged(with_lines(DiffLine(sign="+", text="password zebra")))
    for intent in (BASE, "sha256:" + "7" * 64):
        known = LastKnown(intent=intent, stands_as="sha256:" + "8" * 64)
        yield from judged(with_lines(DiffLine(sign="+", text="x")), around=Surroundings(last_known={"a": known}))
    yield from found("region")
    yield from judged(step("region"), around=replace(AROUND, now=None))
    alone = replace(AROUND.terrain, ways={"jump": (("j", "core-1"),), "core-1": (("j", "jump"),)}, centres=("core-1",))
    yield from judged(step("jump"), around=replace(AROUND, terrain=alone))


RAISING = {one.reason.guard: one.reason for one in everything() if isinstance(one.verdict, Level)}


@pytest.mark.parametrize("guard", sorted(RAISING))
def test_a_reason_is_said_in_both_languages_and_in_english_as_it_stands(guard: str) -> None:
    english, swahili = (reason(RAISING[guard], language) for language in LANGUAGES)
    assert english.text == RAISING[guard].says
    assert swahili.translated and swahili.text != english.text
    assert all(name in swahili.text for name in RAISING[guard].about)


def test_every_guard_is_known_to_raise_with_a_phrase_or_to_refuse() -> None:
    sources = Path(change.guards.__file__).parent.glob("*.py")
    written = {name for source in sources for name in re.findall(r'guard="([a-z-]+)"', source.read_text())}
    assert RAISING.keys() | NEVER_IN_A_PLAN == written | set(map(str, Effect))
    assert RAISING.keys() == GUARDS.keys()


def test_what_an_older_guard_said_stays_as_it_was_written() -> None:
    old = Reason(guard="of-last-year", says="something", line="part: + x")
    for language in LANGUAGES:
        assert reason(old, language).text == "something"
        assert not reason(old, language).translated
