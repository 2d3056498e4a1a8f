"""A server's latch over the network's sessions: what deploys and network share, and neither may import of the other."""

from __future__ import annotations

import base64

from change.target import TargetError
from deploys.installation import HANDLER
from network.latch_client import Latch
from network.session import Session


class ServerLatch(Latch):
    """Implements deploys.latch.Latch."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._open = session

    def store(self, sha256: str, content: bytes) -> None:
        answer = self._open.execute((HANDLER, "store", sha256), base64.b64encode(content).decode())
        if answer.status != 0:
            raise TargetError(f"{self._open.endpoint.name}: a content could not be laid aside: {answer.stderr.strip()}")
