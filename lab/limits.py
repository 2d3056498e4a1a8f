"""Ceilings of the host's kernel that many machines under one user reach, raised where they are too low.

All machines of a lab run as the host's root, so what the kernel counts by user is counted over all of them: at the
usual 128 inotify instances the thirtieth machine's systemd cannot start. A ceiling is only ever raised: another lab may
need it.
"""

from __future__ import annotations

from pathlib import Path

CEILINGS = {
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
}
"""File under /proc/sys (inotify(7)) to the least value that 220 machines, the whole country, need."""


def raise_ceilings(proc: Path = Path("/proc/sys")) -> tuple[str, ...]:
    """What was raised, as `name: from to`. Raises OSError where the kernel refuses."""
    raised = []
    for name, least in CEILINGS.items():
        file = proc / name
        now = int(file.read_text())
        if now < least:
            file.write_text(str(least))
            raised.append(f"{name.replace('/', '.')}: {now} to {least}")
    return tuple(raised)
