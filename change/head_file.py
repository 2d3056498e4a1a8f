"""A file of heads, read and added to by a process of its own: one that hangs in a dead mount can be left behind.

    python -I head_file.py append|read|is-folder PATH

The line to append stands on standard input. A failure is a sentence on stderr and status 1.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path


def append(path: Path, line: bytes) -> None:
    """All of the line is on disk when it returns, and none of it where OSError is raised.

    A file that may only grow keeps what was torn; the next line then begins on a line of its own.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        with suppress(OSError):  # some file systems of other machines have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        try:
            write_all(descriptor, b"\n" * torn + line)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def added(path: Path) -> bytes:
    append(path, sys.stdin.buffer.read())
    return b""


ACTS: Mapping[str, Callable[[Path], bytes]] = {
    "append": added,
    "read": Path.read_bytes,
    "is-folder": lambda path: b"yes" if path.is_dir() else b"",
}


def main() -> None:
    act, path = sys.argv[1:]
    try:
        sys.stdout.buffer.write(ACTS[act](Path(path)))
    except OSError as problem:
        sys.exit(str(problem.strerror))


if __name__ == "__main__":
    main()
