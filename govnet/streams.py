"""Standard output and error where nobody reads them: a verb ends as it would have ended."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

Json = Mapping[str, object]


def put(document: Json) -> None:
    """A document of --json as a line on stdout; a reader who left is no problem. Raises OSError for other reasons."""
    with suppress(BrokenPipeError):
        print(json.dumps(document, ensure_ascii=False, sort_keys=True), flush=True)


def hold_standard_streams() -> None:
    """One that was closed before we began is the null device: else the next file that we open is taken for it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115  # for the life of the process
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115  # likewise


@contextmanager
def leaving(unattended: threading.Event) -> Iterator[None]:
    """When the block has ended and the event is set, what were terminals when it began are the null device.

    How it ended is then told to nobody, and to a file or a pipe as ever.
    """
    terminals = [stream for stream in (sys.stdout, sys.stderr) if stream.isatty()]
    try:
        yield
    finally:
        if unattended.is_set():
            for stream in terminals:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def let_go(stream: TextIO) -> None:
    """Drop what could not be written: the interpreter would try once more, and end with a status of its own."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
