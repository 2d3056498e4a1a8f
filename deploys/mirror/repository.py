"""A built repository: a folder named by its digest, and the link `current` that names the newest.

<mirrors>/<digest>/dists/govnet/{InRelease,Release,main/binary-<architecture>/Packages{,.xz}}
<mirrors>/<digest>/pool/...
<mirrors>/<digest>/key.asc          the public half of the key that signed
<mirrors>/current -> <digest>
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deploys.mirror import signature
from deploys.mirror.apt import sha256
from deploys.mirror.package import Package, index, packages
from deploys.mirror.release import COMPONENT, SUITE, VALID_DAYS, Release, parse
from inventory.sealed import Sealed

CURRENT = "current"


@dataclass(frozen=True)
class Repository:
    folder: Path
    release: Release
    packages: tuple[Package, ...]

    @property
    def digest(self) -> str:
        return self.release.digest

    @property
    def octets(self) -> int:
        """Of its packages."""
        return sum(package.octets for package in self.packages)

    @property
    def files(self) -> dict[str, str]:
        """Every file of it by its path in the folder, and its SHA-256: what a deploy copies and compares."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.folder)): sha256(path) for path in found}


def current(mirrors: Path) -> Repository | None:
    """The newest repository; None where there is none, or where one byte of it is not as it was made."""
    try:
        return read((mirrors / CURRENT).resolve(strict=True))
    except (OSError, ValueError):
        return None


def read(folder: Path) -> Repository:
    """A built one. Raises OSError, ValueError (it is not whole; the sentence says what of it)."""
    suite = folder / "dists" / SUITE
    release = parse((suite / "Release").read_text(encoding="utf-8"))
    if release.digest != folder.name:
        raise ValueError(f"{folder} has the digest {release.digest}")
    for path, (digest, _) in release.files.items():
        _expect(suite / path, digest)
    if not (suite / "InRelease").read_text(encoding="ascii").split("\n\n", 1)[-1].startswith(release.text):
        raise ValueError(f"{suite / 'InRelease'} signs another Release file")
    found = packages((suite / _index_folder(release.architecture) / "Packages").read_text(encoding="utf-8"))
    for package in found:
        _expect(folder / package.path, package.sha256)
    return Repository(folder, release, found)


def write(
    mirrors: Path,
    found: tuple[Package, ...],
    debs: Path,
    architecture: str,
    key: Sealed,
    now: datetime,
) -> Repository:
    """Make the repository of these packages, whose files lie in `debs`, and let `current` name it.

    The same packages and second give the same bytes, but for the signature. Whoever calls it holds a lock.
    Raises OSError, ValueError (no key).
    """
    text = index(found).encode()
    indexes = {"Packages": text, "Packages.xz": lzma.compress(text, check=lzma.CHECK_CRC64)}
    release = Release(
        date=now.replace(microsecond=0),
        valid_until=now.replace(microsecond=0) + timedelta(days=VALID_DAYS),
        architecture=architecture,
        key=signature.fingerprint(key),
        files={
            f"{_index_folder(architecture)}/{name}": (hashlib.sha256(octets).hexdigest(), len(octets))
            for name, octets in indexes.items()
        },
    )
    mirrors.mkdir(parents=True, exist_ok=True)
    for left in mirrors.glob("build-*"):
        shutil.rmtree(left)  # of a build that was interrupted: the caller holds the lock
    work = Path(tempfile.mkdtemp(prefix="build-", dir=mirrors))
    try:
        made = work / "repository"
        suite = made / "dists" / SUITE
        (suite / _index_folder(architecture)).mkdir(parents=True)
        for name, octets in indexes.items():
            (suite / _index_folder(architecture) / name).write_bytes(octets)
        (suite / "Release").write_text(release.text, encoding="utf-8")
        (suite / "InRelease").write_text(signature.signed(release.text, key), encoding="ascii")
        for package in found:
            place = made / package.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(debs / package.file, place)
        for path in (made, *made.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # whatever the umask: others serve it
        final = mirrors / release.digest
        if final.exists():
            shutil.rmtree(final)  # of the same second and packages; not whole, or it would stand
        made.rename(final)
        (work / CURRENT).symlink_to(release.digest)
        os.sync()
        (work / CURRENT).replace(mirrors / CURRENT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Repository(final, release, found)


def _index_folder(architecture: str) -> str:
    return f"{COMPONENT}/binary-{architecture}"


def _expect(path: Path, digest: str) -> None:
    if sha256(path) != digest:
        raise ValueError(f"{path} is not as it was made")
