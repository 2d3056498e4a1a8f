"""A terminal of its own for a program, which is lost while the program runs."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path


def run_until_lost(command: Sequence[str], folder: Path, lost_at: bytes) -> int:
    """The exit status of the program; its terminal is gone when it has written this there."""
    ours, theirs = pty.openpty()

    def take() -> None:
        """The first of a session of its own, as a shell's, is told by SIGHUP when its terminal is gone."""
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, start_new_session=True, preexec_fn=take
    ) as program:
        os.close(theirs)
        sent = b""
        while lost_at not in sent:
            sent += os.read(ours, 4096)
        os.close(ours)
    return program.returncode
