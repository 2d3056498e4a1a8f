"""What goes to the worker and comes back: one JSON line each way."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from change.model import Record
from deploys.frozen import Prepared
from deploys.intent import HostIntent


class Request(Record):
    """Values of secrets stand in `key` and `secrets` alone, and are kept out of the repr."""

    address: str
    port: int = 22
    user: str
    known_hosts: str
    """The path of the only file whose host keys are believed."""
    key: str = Field(repr=False)
    """govnet's private key, in OpenSSH's form."""
    intent: HostIntent
    secrets: dict[str, str] = Field(repr=False)
    """Name to value, of what stands in the server's files."""
    repository: str | None = None
    """The folder of the package mirror's content; for the server that serves it."""
    tags: dict[str, str]
    """Name to `<name#tag>`."""


class Answer(Record):
    kind: Literal["prepared", "host-key", "unreachable", "refused"]
    sentence: str = ""
    prepared: Prepared | None = None
