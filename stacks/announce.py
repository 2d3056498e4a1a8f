"""Leave before acting: the provider announces each sub-step to our process, which writes it down and answers.

One line of JSON each way over a Unix socket in the stack's folder, which is ours alone (0700). The connection is the
provider's lifeline too: where it ends, our process is gone or done, and the provider ends at once.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from pydantic import ValidationError

from change.model import Record
from stacks.birth import WireFile
from stacks.difference import SubStep

SOCKET = "announce.sock"


class Announcement(Record):
    number: int
    """Of this connection's announcements; the answer bears it too."""
    sub_step: SubStep


class Answer(Record):
    number: int
    refused: str = ""
    """Why not; empty: go on."""
    birth: tuple[WireFile, ...] = ()
    """Of a machine that is to be made: stacks.birth.to_wire."""


class Refused(Exception):
    """Our process did not allow a sub-step; it was not done."""


@contextmanager
def socket_path(folder: Path) -> Iterator[str]:
    """A path to the socket that is short enough (unix(7) allows 108 bytes), however deep the folder lies."""
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{SOCKET}"
    finally:
        os.close(opened)


class Lifeline:
    """The provider's end. Safe to be used from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where nobody listens."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        with socket_path(folder) as path:
            self._socket.connect(path)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, SimpleQueue[Answer]] = {}
        self._sending = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def announce(self, sub_step: SubStep) -> Answer:
        """Returns when the sub-step is written down and may be done. Raises Refused."""
        number = next(self._numbers)
        queue = self._waiting.setdefault(number, SimpleQueue())
        line = Announcement(number=number, sub_step=sub_step).model_dump_json()
        with self._sending:
            self._socket.sendall(f"{line}\n".encode())
        answer = queue.get()
        del self._waiting[number]
        if answer.refused:
            raise Refused(answer.refused)
        return answer

    def _listen(self) -> None:
        """Until our process is gone; then so is this one, in the middle of whatever it does: repair sees to that."""
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    answer = Answer.model_validate(json.loads(line))
                    self._waiting[answer.number].put(answer)
        except (OSError, ValueError, KeyError, ValidationError):
            pass  # what was said makes no sense, or nothing more is said: the same
        os._exit(1)
