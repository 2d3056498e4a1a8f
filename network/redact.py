"""Secrets out of a part's text, and back in: only at the positions that hold one, never elsewhere.

A reference `<name#tag>` in a description stays text: otherwise whoever may write a description could have any secret
of the store written on a box.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from inventory.secrets import Secrets
from network.config import PartName

WORD = r"(?P<secret>\S+)"
WORD_OR_QUOTED = r'(?P<secret>"[^"]*"|\S+)'
CREATE_USER = r"(?i:createUser)\s+(?:-e\s+\S+\s+)?\S+\s+"
REST = r"(?P<secret>\S.*)"

POSITIONS: dict[PartName, tuple[re.Pattern[str], ...]] = {
    "frr": tuple(
        re.compile(rf"^(?P<before>\s*(?:no )?{words}){value}(?P<after>.*)$")
        for words, value in (
            (r"ip ospf message-digest-key \d+ md5 ", WORD),
            (r"ip ospf authentication-key ", WORD),
            (r"area \S+ virtual-link \S+ (?:.* )?(?:message-digest-key \d+ md5|authentication-key) ", WORD),
            (r"ipv6 ospf6 authentication key-id \d+ hash-algo \S+ key ", WORD),
            (r"neighbor \S+ password ", REST),
            (r"key-string ", REST),
            (r"(?:enable )?password (?:8 )?", REST),
            (r"ip rip authentication string ", REST),
            (r"isis password (?:md5|clear) ", WORD),
            (r"(?:area-password|domain-password) (?:md5|clear) ", WORD),
            (r"ip nhrp authentication ", WORD),
        )
    ),
    "snmpd": tuple(
        re.compile(rf"^(?P<before>\s*{words}){WORD_OR_QUOTED}(?P<after>.*)$")
        for words in (
            rf"{CREATE_USER}\S+\s+",
            rf'{CREATE_USER}\S+\s+(?:"[^"]*"|\S+)\s+\S+\s+',
            r"(?i:r[ow]community6?|trapcommunity)\s+",
            r"(?i:com2sec6?)\s+\S+\s+\S+\s+",
            r"(?i:trapsink|trap2sink|informsink)\s+\S+\s+",
            *(rf"(?i:trapsess|proxy)\s(?:.*\s)?-{option}\s*" for option in ("c", "A", "X", "3[mMkK]")),
        )
    ),
    "interfaces": tuple(
        re.compile(rf"^(?P<before>\s*{words}){WORD}(?P<after>.*)$")
        for words in (r"wpa-psk\s+", r"wpa-passphrase\s+", r"ppp-password\s+")
    ),
    "banner": (),
}
"""Every place of a part's text that holds a secret; a value may be in double quotes."""

REFERENCE = re.compile(r"<(?P<name>[a-z][a-z0-9-]*)#(?P<tag>[0-9a-f]{16})>")


class SecretUnknown(Exception):
    """A reference that this store cannot turn into the value that it stood for."""


def _replaced(part: PartName, raw: str, change: Callable[[str], str]) -> str:
    def row(line: str) -> str:
        for pattern in POSITIONS[part]:
            found = pattern.match(line)
            if found is None:
                continue
            value = found["secret"]
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            new = f'"{change(value[1:-1])}"' if quoted else change(value)
            line = found["before"] + new + found["after"]
            if part == "frr":
                return line
        return line

    return "".join(row(line) + end for line, end in _rows(raw))


def _rows(raw: str) -> list[tuple[str, str]]:
    return [(line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]) for line in raw.splitlines(keepends=True)]


def redact(part: PartName, raw: str, secrets: Secrets) -> str:
    """The text with `<name#tag>` in place of each value; a value that the store does not know is `<unknown#tag>`."""
    return _replaced(part, raw, secrets.redact)


def reveal(part: PartName, text: str, secrets: Secrets) -> str:
    """The text with each value in place of its `<name#tag>`.

    Raises SecretUnknown for `<unknown#tag>` and for a tag that is no longer the secret's (it was rotated), and what
    the store raises where the secret is missing.
    """

    def value(reference: str) -> str:
        found = REFERENCE.fullmatch(reference)
        if found is None:
            raise SecretUnknown(f"the part {part} holds a secret in clear where a reference must stand")
        if found["name"] == "unknown":
            raise SecretUnknown(f"{reference} in the part {part} is a value that the secret store does not know")
        if secrets.tag(found["name"]) != reference:
            raise SecretUnknown(f"the secret {found['name']} was changed after this text was made")
        return secrets.value(found["name"])

    return _replaced(part, text, value)
