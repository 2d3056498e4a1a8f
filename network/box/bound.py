"""A file tried in place: its candidate is bind-mounted over it, so that the file itself is untouched until the confirm.

The mount is made in the machine's own mount namespace, where every reader sees the candidate; like the mark in /run
that says that a try began, it does not outlive a boot. mount(8), mount_namespaces(7).
"""

from __future__ import annotations

from pathlib import Path

from change.latch.part import Failed, Part
from network.box.part import RUN, must


def live_text(part: Part) -> str:
    """What a reader of the path gets; an absent file reads as an empty one."""
    path = Path(part.path)
    if path.is_symlink():
        raise Failed(f"{path} is a symbolic link")
    return path.read_bytes().decode() if path.exists() else ""


def bind(part: Part) -> None:
    path = Path(part.path)
    RUN.mkdir(mode=0o700, exist_ok=True)
    mark(part).touch()
    path.touch()  # a mount needs something under it; an empty file reads like an absent one
    must("mount", "--bind", part.candidate, part.path)


def unbind(part: Part) -> None:
    """Until the start-up file itself is what readers get; nothing where nothing is mounted."""
    for _ in range(mounts_on(part.path)):
        must("umount", part.path)


def mounts_on(path: str) -> int:
    """How many mounts lie on this path: field 5 of /proc/self/mountinfo, where a blank stands as \\040 (proc(5))."""
    rows = Path("/proc/self/mountinfo").read_text().splitlines()
    return sum(row.split(" ")[4] == path.replace(" ", "\\040") for row in rows)


def mark(part: Part) -> Path:
    """There from before the try until the revert is through or the candidate was released."""
    return RUN / f"{part.name}.tried"
