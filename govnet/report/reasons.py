"""Reasons of a plan's risk in the reader's language: they are kept in English, in a few known forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from change.model import Effect
from govnet.report.language import Language
from govnet.report.phrases import EFFECTS, N_

FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"both halves of a redundant pair change: (?P<a>\S+) and (?P<b>\S+), in different waves"),
        N_("both halves of a redundant pair change: %(a)s and %(b)s, in different waves"),
    ),
    (re.compile(r"it does not undo itself \((?P<strength>\w+)\)"), N_("it does not undo itself (%(strength)s)")),
)
WHOLE_STEP = "the whole step"


@dataclass(frozen=True)
class Reason:
    text: str
    """In the reader's language where `translated`, else as it was written, in English."""
    line: str
    """The diff line that caused it; empty where the whole step did."""
    translated: bool


def reason(written: str, language: Language) -> Reason:
    """One reason of a Risk, as change.guards writes it."""
    effect, _, rest = written.partition(": ")
    if effect in list(Effect):
        line = rest.partition(": ")[2]
        return Reason(language.say(EFFECTS[Effect(effect)]), "" if line == WHOLE_STEP else line, translated=True)
    for form, message in FORMS:
        if found := form.fullmatch(written):
            return Reason(language.say(message) % found.groupdict(), "", translated=True)
    return Reason(written, "", translated=False)
