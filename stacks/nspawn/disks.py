"""What stands on one machine's disk before its first boot, over the image: an overlay's upper folder.

Owners and groups are looked up in the image's own files: the numbers are Debian's choice at each build.
"""

from __future__ import annotations

import os
from pathlib import Path

from change.disk import DiskLink
from inventory import durable
from stacks.birth import BirthFile


def numbers(table: Path) -> dict[str, int]:
    """Names to numbers, of a passwd(5) or group(5) file."""
    rows = (line.split(":") for line in table.read_text().splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) > 2}


def _folders(image: Path, upper: Path, inner: Path) -> None:
    """Make the parents of a file in the upper folder, each with the owner and mode that the image's folder has."""
    for parent in reversed(inner.parents):
        made = upper / parent
        if made.exists():
            continue
        made.mkdir()
        made.chmod(0o755)
        below = image / parent
        if below.is_dir():
            have = below.stat()
            os.chown(made, have.st_uid, have.st_gid)
            made.chmod(have.st_mode & 0o7777)


def write(image: Path, disk: Path, files: tuple[BirthFile, ...]) -> None:
    """Make the folders of an overlay in `disk`, and lay the files in its upper one. Raises KeyError (owner)."""
    users, groups = numbers(image / "etc/passwd"), numbers(image / "etc/group")
    for name in ("upper", "work", "root"):
        (disk / name).mkdir(parents=True, exist_ok=True)
    disk.chmod(0o700)
    (disk / "upper").chmod(0o755)  # the machine's own root folder
    upper = disk / "upper"
    for file in files:
        inner = Path(file.path.lstrip("/"))
        _folders(image, upper, inner)
        if isinstance(file, DiskLink):
            (upper / inner).symlink_to(file.target)
            continue
        descriptor = os.open(upper / inner, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(file.content)
            os.fchown(descriptor, users[file.owner], groups[file.group])
            os.fchmod(descriptor, file.mode)


def keep(path: Path, text: str) -> None:
    """Write a small file, durable before it returns."""
    durable.write(path, text.encode(), 0o644)
