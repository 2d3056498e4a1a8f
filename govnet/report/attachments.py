"""Files that were kept as evidence: what a report names of each, read from its folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from govnet.report.change_document import Attachment

BLOCK_OCTETS = 1 << 20


def attachments(folder: Path) -> tuple[Attachment, ...]:
    """Every file below the folder, by name; none where there is no such folder. Raises OSError.

    A symbolic link is not followed: what it leads to is not kept there, and may be anything.
    """
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple(sorted((attachment(folder, path) for path in files), key=lambda one: one.name))


def attachment(folder: Path, path: Path) -> Attachment:
    """Read in blocks: a log may be larger than memory. A name that is no UTF-8 is shown with its octets escaped."""
    digest, octets, lines, text = hashlib.sha256(), 0, 0, True
    with path.open("rb") as file:
        while block := file.read(BLOCK_OCTETS):
            digest.update(block)
            octets += len(block)
            lines += block.count(b"\n")
            text = text and b"\0" not in block
    return Attachment(
        name=os.fsencode(path.relative_to(folder)).decode(errors="backslashreplace"),
        octets=octets,
        lines=lines if text else None,
        digest=f"sha256:{digest.hexdigest()}",
    )
