"""A secret in clear, in what people would read or the box would be sent: refused, and never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.surroundings import Surroundings
from change.model import Level, PartDiff, Reason, Step

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----")
SPOKEN_OF = re.compile(
    r"(?i)(?P<word>(?<![a-z0-9])(?:password|passphrase|secret|psk|r[ow]community6?|shared-key|key-string)"
    r"|(?<![\w-])(?:key|md5))"
    r"(?:\s*[:=]\s*|\s+)(?:\d{1,3}\s+)?[\"']?(?P<value>[^\s\"'<>/;,]+)"
)
"""A word that a secret follows, and what follows it. A reference, `<name#tag>`, and a path are no such value."""
RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+=$.]{8,}")
"""What looks as made by chance: letters and digits mixed, eight or more."""
WORDS_OF_PEOPLE = frozenset(
    (
        "password",
        "passphrase",
        "secret",
        "psk",
        "community",
        "rocommunity",
        "rwcommunity",
        "rocommunity6",
        "rwcommunity6",
    )
)
"""After these even a plain word may be the secret."""


def secret_in_clear(step: Step, around: Surroundings) -> Iterable[Finding]:
    """Each line of the diff that holds one, by its number; and the texts that the target is sent."""
    for part in step.diff.parts:
        whole = "\n".join(line.text for line in part.lines)
        if is_secret(whole, around) or SPOKEN_OF.search(whole):
            yield from in_lines(step.target, part, around)
    for name, text in (("payload", step.payload), ("inverse", step.inverse)):
        if is_secret(text, around):
            reason = Reason(guard="secret-sent", about=(name,), says=f"a secret stands in clear in its {name}")
            yield Finding(target=step.target, verdict="refuse", reason=reason)


def in_lines(target: str, part: PartDiff, around: Surroundings) -> Iterable[Finding]:
    for number, line in enumerate(part.lines, start=1):
        about = (str(number), part.part)
        if is_secret(line.text, around) or any(map(RANDOM.fullmatch, spoken_of(line.text).values())):
            says = f"a secret stands in clear in line {number} of its part {part.part}"
            reason = Reason(guard="secret-shown", about=about, says=says)
            yield Finding(target=target, verdict="refuse", reason=reason)
        elif spoken_of(line.text).keys() & WORDS_OF_PEOPLE:
            says = f"line {number} of its part {part.part} may hold a secret in clear"
            reason = Reason(guard="secret-perhaps", about=about, says=says)
            yield Finding(target=target, verdict=Level.HIGH, reason=reason)


def is_secret(text: str, around: Surroundings) -> bool:
    return around.holds_secret(text) or PRIVATE_KEY.search(text) is not None


def spoken_of(text: str) -> dict[str, str]:
    """Each telling word of a line to what follows it."""
    return {found["word"].lower(): found["value"] for found in SPOKEN_OF.finditer(text)}
