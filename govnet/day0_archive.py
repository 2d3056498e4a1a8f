"""The files of a box's day-0 as one tar, for `tar -xp -C /` on the box: owners by name, secrets in it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence

from change.disk import DiskEntry, DiskLink


def archive(files: Sequence[DiskEntry], folders: Sequence[str]) -> bytes:
    """POSIX tar (ustar). The same files give the same bytes: no time stands in it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder in folders:
            entry = _entry(folder, 0o755)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for file in files:
            if isinstance(file, DiskLink):
                entry = _entry(file.path, 0o777)
                entry.type, entry.linkname = tarfile.SYMTYPE, file.target
                tar.addfile(entry)
            else:
                entry = _entry(file.path, file.mode, file.owner, file.group)
                entry.size = len(file.content)
                tar.addfile(entry, io.BytesIO(file.content))
    return held.getvalue()


def _entry(path: str, mode: int, owner: str = "root", group: str = "root") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode, entry.uname, entry.gname = mode, owner, group
    return entry
