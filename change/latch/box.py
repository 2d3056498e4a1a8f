"""The box that the latch stands on: where everything is, the one lock, and files that are whole at every moment."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from change.latch.wire import Refused


@dataclass(frozen=True)
class Box:
    """Where everything is. A machine has the defaults; the tests give another root and other programs."""

    root: Path = Path("/")
    program: tuple[str, ...] = ("/usr/local/sbin/govnet-latch",)
    systemd_run: tuple[str, ...] = ("systemd-run", "--quiet", "--collect")
    systemctl: tuple[str, ...] = ("systemctl", "--quiet")
    boot_id_file: Path = Path("/proc/sys/kernel/random/boot_id")

    @property
    def state(self) -> Path:
        return self.root / "var/lib/govnet-latch"

    @property
    def parts(self) -> Path:
        return self.root / "usr/local/lib/govnet/parts"

    @property
    def boot(self) -> str:
        return self.boot_id_file.read_text().strip()


@contextlib.contextmanager
def locked(box: Box, wait_s: float | None) -> Iterator[int]:
    """The one lock. Raises Refused where another call has it for longer than `wait_s`; None waits for ever."""
    box.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(box.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, wait_s or 0)
        fcntl.flock(lock, fcntl.LOCK_EX)
        signal.setitimer(signal.ITIMER_REAL, 0)
        unfinished(box.state / "record.json").unlink(missing_ok=True)  # of a call that was killed as it wrote
        yield lock
    finally:
        os.close(lock)


def give_up(number: int, frame: object) -> NoReturn:
    raise Refused("another call holds the latch: nothing was done")


def write(path: Path, data: bytes, mode: int = 0o600, uid: int = -1, gid: int = -1) -> None:
    """The whole of it or nothing, and still there after a power cut; root's alone unless said otherwise."""
    new = unfinished(path)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fchown(file.fileno(), uid, gid)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)


def unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
