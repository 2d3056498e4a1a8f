"""Debian packages as files, for machines without a mirror: fetched once by this machine's own apt, and kept."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from change.disk import DiskFile
from lab.image import cache

NAMES = ("nginx", "nginx-common", "sudo")
FOLDER = "/srv/debs"


def debs() -> tuple[Path, ...]:
    """The package files, all of them."""
    folder = cache() / "test-debs"
    if len(list(folder.glob("*.deb"))) < len(NAMES):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-q", "download", *NAMES], cwd=folder, check=True, capture_output=True, timeout=120)
    return tuple(sorted(folder.glob("*.deb")))


def repository() -> tuple[DiskFile, ...]:
    """A flat repository in FOLDER, and the only source that apt has."""
    files = [DiskFile(f"{FOLDER}/{deb.name}", deb.read_bytes()) for deb in debs()]
    source = f"deb [trusted=yes] file:{FOLDER} ./\n"
    index = DiskFile(f"{FOLDER}/Packages", "\n".join(map(_stanza, debs())).encode())
    return (*files, index, DiskFile("/etc/apt/sources.list", source.encode()))


def _stanza(deb: Path) -> str:
    control = subprocess.run(["dpkg-deb", "--field", str(deb)], check=True, capture_output=True, text=True).stdout
    data = deb.read_bytes()
    return f"{control}Filename: ./{deb.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
