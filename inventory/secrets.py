"""Secrets by name: a value is resolved at the last moment, and everywhere else stands as `<name#tag>`."""

from __future__ import annotations

from typing import Protocol


class SecretMissing(LookupError):
    """No value stands behind a name. The text is one sentence that names the secret and how to set it."""


class Secrets(Protocol):
    """What the planes may ask of the secret store. No value leaves the caller's hands for a file, log or argument."""

    def value(self, name: str) -> str:
        """The value. Raises SecretMissing (one sentence, naming the secret and how to set it)."""

    def tag(self, name: str) -> str:
        """`<name#tag>`: tag is the first 16 hex digits of HMAC-SHA256 of the value under the store's own key."""

    def redact(self, value: str) -> str:
        """`<name#tag>` of the secret that has this value; `<unknown#tag>` where none has."""
