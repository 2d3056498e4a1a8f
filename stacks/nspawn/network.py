"""The host's own network namespace, for a process that runs in another (govnet runs in the jump host's)."""

from __future__ import annotations

import ctypes
import os

CLONE_NEWNET = 0x40000000  # linux/sched.h
_LIBC = ctypes.CDLL(None, use_errno=True)


def enter_host_network() -> None:
    """Move the calling thread, and what it starts, to the network of the host's first process. Raises OSError."""
    opened = os.open("/proc/1/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _LIBC.setns(opened, CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, f"the host's network cannot be entered: {os.strerror(number)}")
    finally:
        os.close(opened)
