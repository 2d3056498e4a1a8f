"""A repository's Release file: what it holds by digest, when it was made, and until when to believe it.

The format is Debian's (DebianRepository/Format); X-Govnet-Key is ours and no concern of apt.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from deploys import sources

SUITE = "govnet"
COMPONENT = "main"
VALID_DAYS = 30
"""Longer than the time between two change windows: a mirror that nobody renews is no longer believed."""
RENEW_DAYS = 15
"""With less than this left, a repository is made and signed anew, even with nothing new in it."""


@dataclass(frozen=True)
class Release:
    date: datetime
    valid_until: datetime
    architecture: str
    key: str
    """The fingerprint of the key that signs."""
    files: Mapping[str, tuple[str, int]]
    """Path from the suite's folder to SHA-256 in hexadecimal and size in octets."""

    @property
    def text(self) -> str:
        lines = (
            "Origin: GovNet",
            "Label: GovNet package mirror",
            f"Suite: {SUITE}",
            f"Codename: {SUITE}",
            f"Date: {_date(self.date)}",
            f"Valid-Until: {_date(self.valid_until)}",
            f"Architectures: {self.architecture}",
            f"Components: {COMPONENT}",
            "Description: The packages that the deploys name, as Debian signed for them",
            f"X-Govnet-Key: {self.key}",
            "SHA256:",
            *(f" {sha256} {octets} {path}" for path, (sha256, octets) in sorted(self.files.items())),
        )
        return "".join(f"{line}\n" for line in lines)

    @property
    def digest(self) -> str:
        """SHA-256 of the text: it names the repository, for it covers every file in it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse(text: str) -> Release:
    """The inverse of `text`. Raises ValueError where it is not a Release file of ours."""
    stanza = next(iter(sources.stanzas(text)), {})
    words = stanza.get("sha256", "").split()
    try:
        release = Release(
            date=_when(stanza["date"]),
            valid_until=_when(stanza["valid-until"]),
            architecture=stanza["architectures"],
            key=stanza["x-govnet-key"],
            files={path: (sha256, int(octets)) for sha256, octets, path in zip(*[iter(words)] * 3, strict=True)},
        )
    except (KeyError, ValueError, OverflowError):
        raise ValueError("not a Release file of ours") from None
    if release.text != text:
        raise ValueError("not a Release file of ours")
    return release


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC)).replace("+0000", "UTC")


def _when(text: str) -> datetime:
    if re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} UTC", text, re.ASCII) is None:
        raise ValueError(text)
    return parsedate_to_datetime(text).replace(tzinfo=UTC)
