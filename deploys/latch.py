"""What a server's target asks of the latch on its box. The client itself is handed over: it is of no plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from change.model import Digest, Inspection
from inventory.model import Device


class HostPart(BaseModel):
    """The one part of a server on the wire (docs/adr/0003). `commands` hold real secrets: kept out of the repr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "host"
    kind: str = "host"
    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o600
    text: str = ""
    commands: tuple[str, ...] = Field(default=(), repr=False)
    unit: str | None = None


class Latch(Protocol):
    def read(self, parts: Iterable[HostPart]) -> dict[str, str]: ...
    def arm(
        self, step: str, plan: Digest, timer_s: float, parts: Iterable[HostPart], base: Mapping[str, str]
    ) -> None: ...
    def try_(self, step: str) -> None: ...
    def confirm(self, step: str) -> None: ...
    def revert(self, step: str) -> None: ...
    def inspect(self, step: str) -> Inspection: ...
    def store(self, sha256: str, content: bytes) -> None:
        """Lay a content aside on the server, for a step that copies it. Nothing reads it before."""


Reach = Callable[[Device, float], AbstractContextManager[Latch]]
"""The latch of a device over a session that is opened on entry, bounded in seconds as a whole, and closed on exit."""
