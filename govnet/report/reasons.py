"""Reasons of a plan's risk in the reader's language, by the guard that found them."""

from __future__ import annotations

from dataclasses import dataclass

from change.model import Reason as Found
from govnet.report.language import Language
from govnet.report.phrases import EFFECTS, N_

GUARDS: dict[str, str] = {
    **{str(effect): says for effect, says in EFFECTS.items()},
    "pair": N_("both halves of a redundant pair change: %s and %s, in different waves"),
    "weak": N_("it does not undo itself (%s)"),
}
"""Each with a place for every name that its sentence has."""


@dataclass(frozen=True)
class Reason:
    text: str
    """In the reader's language where `translated`, else as it was written, in English."""
    line: str
    """The diff line that caused it; empty where the whole step did."""
    translated: bool


def reason(found: Found, language: Language) -> Reason:
    if found.guard in GUARDS:
        return Reason(language.say(GUARDS[found.guard]) % found.about, found.line, translated=True)
    return Reason(found.says, found.line, translated=False)
