"""What a server's target asks of its box: the latch's verbs, and to lay contents aside for a step that copies them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager

from change.latch_client import Box, Latch, LatchPart
from change.target import TargetError
from deploys.installation import HANDLER
from deploys.manifest import PATH
from inventory.model import Device

Reach = Callable[[Device, float], AbstractContextManager[Box]]
"""A device over a session that is bounded in seconds as a whole, and closed on exit. Handed over: it is of no plane."""


def host_part(text: str = "", commands: tuple[str, ...] = ()) -> LatchPart:
    """The one part of a server."""
    return LatchPart(name="host", kind="host", path=PATH, text=text, commands=commands)


class HostLatch(Latch):
    def store(self, sha256: str, content: bytes) -> None:
        """Lay a content aside on the server. Nothing reads it before a step does."""
        answer = self._box.execute((HANDLER, "store", sha256), base64.b64encode(content).decode())
        if answer.status != 0:
            raise TargetError(f"{self._box.name}: a content could not be laid aside: {answer.stderr.strip()}")

    def forget(self) -> None:
        """The pre-image of the last confirmed step goes now."""
        answer = self._box.execute((HANDLER, "forget"), "")
        if answer.status != 0:
            raise TargetError(f"{self._box.name}: its pre-image stays until its time is over: {answer.stderr.strip()}")
