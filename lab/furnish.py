"""Lays what every machine has in common over a root file system that has its packages. Standard library only."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab import image_files


def furnish(root: Path) -> None:
    """Lay the files of lab/image_files.py over a root file system that has its packages."""
    for name, text in image_files.FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    units = root / "etc/systemd/system"
    for unit in image_files.MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    for unit in image_files.OFF_UNTIL_NEEDED:
        for wanting in units.glob("*.*s"):  # not a glob to the link itself: it points into the image, not the host
            (wanting / unit).unlink(missing_ok=True)
    for folder in image_files.FOLDERS:
        (root / folder).mkdir(mode=0o755, parents=True, exist_ok=True)
    for pattern in image_files.REMOVED:
        for file in root.glob(pattern):
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
