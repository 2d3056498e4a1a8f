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
    "only-way-in": N_("it stands on our only way in: while it changes we may reach nothing"),
    "removed-share": N_("%s of %s lines of its configuration are removed (%s per cent)"),
    "secret-perhaps": N_("line %s of its part %s may hold a secret in clear"),
    "drift-alone": N_("somebody changed it since our last change: the inventory wants what it wanted then"),
    "drift-too": N_("it is not as our last change left it: some of these lines undo what somebody else did"),
    "blind": N_("others are reached through it, and what is down now is not known: nobody polls"),
    "cuts-sites": N_("while it changes, sites may be cut off: %s"),
    "cuts-institutions": N_("while it changes, institutions may be cut off: %s"),
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
