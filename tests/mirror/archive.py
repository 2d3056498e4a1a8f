"""A small Debian archive of our own, its image and its machine's sources: a mirror is built from it without a network.

Written from Debian's format and not with deploys/mirror, so that the two are held against each other by apt.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from pysequoia import SignatureMode, Tsk, sign

SUITE = "bookworm"
STATUS = """\
Package: gv-old
Status: install ok installed
Priority: optional
Section: admin
Maintainer: Tests <tests@govnet.example>
Architecture: all
Version: 1.0
Description: what the image has

"""


@dataclass(frozen=True)
class Deb:
    name: str
    version: str
    depends: str = ""

    @property
    def path(self) -> str:
        return f"pool/main/g/{self.name}/{self.name}_{self.version.rpartition(':')[2]}_all.deb"

    @property
    def control(self) -> str:
        lines = (
            f"Package: {self.name}",
            f"Version: {self.version}",
            "Architecture: all",
            "Maintainer: Tests <tests@govnet.example>",
            *([f"Depends: {self.depends}"] if self.depends else []),
            "Description: a package of the tests",
            " with a second line.",
        )
        return "".join(f"{line}\n" for line in lines)


DEBS = (
    Deb("gv-tool", "1:2.0-1", "gv-library (>= 1.1), gv-old"),
    Deb("gv-library", "1.2~rc1+x"),
    Deb("gv-old", "1.0"),
    Deb("gv-other", "3"),
    Deb("gv-broken", "1", "gv-nowhere (>= 9)"),
)


class Archive:
    """Under `folder`: `debian/` (the archive), `etc/` (the machine's sources), `image/` (a root with a dpkg status)."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        self.key = Tsk.generate("Archive of the tests")
        self.root = folder / "debian"
        self.etc = folder / "etc"
        self.image = folder / "image"
        self.etc.mkdir(parents=True)
        (folder / "archive.asc").write_text(str(self.key.extract_certificate()))
        self.trust(folder / "archive.asc")
        (self.image / "var/lib/dpkg").mkdir(parents=True)
        (self.image / "var/lib/dpkg/status").write_text(STATUS)
        (self.image / "usr/lib").mkdir(parents=True)
        (self.image / "usr/lib/os-release").write_text(f'ID=debian\nVERSION_CODENAME="{SUITE}"\n')
        self.publish(DEBS, now)

    @property
    def uri(self) -> str:
        return f"file:{self.root}"

    @property
    def index(self) -> Path:
        return self.root / f"dists/{SUITE}/main/binary-amd64/Packages"

    def trust(self, keyring: Path, uri: str = "", suite: str = SUITE) -> None:
        """What the machine's sources say."""
        (self.etc / "sources.list").write_text(f"deb [signed-by={keyring}] {uri or self.uri} {suite} main\n")

    def publish(self, debs: tuple[Deb, ...], now: datetime, valid: timedelta = timedelta(days=7)) -> None:
        """The archive of these packages, dated `now`, signed with its key."""
        records = "".join(f"{self._record(deb)}\n" for deb in debs)
        self.index.parent.mkdir(parents=True, exist_ok=True)
        self.index.write_text(records)
        digest = hashlib.sha256(records.encode()).hexdigest()
        release = (
            f"Origin: Debian\nSuite: {SUITE}\nCodename: {SUITE}\n"
            f"Date: {format_datetime(now).replace('+0000', 'UTC')}\n"
            f"Valid-Until: {format_datetime(now + valid).replace('+0000', 'UTC')}\n"
            "Architectures: amd64 arm64\nComponents: main\nSHA256:\n"
            f" {digest} {len(records.encode())} main/binary-amd64/Packages\n"
        )
        place = self.root / f"dists/{SUITE}/InRelease"
        place.write_bytes(sign(self.key.signer(), release.encode(), mode=SignatureMode.CLEAR))

    def _record(self, deb: Deb) -> str:
        place = self.root / deb.path
        if not place.exists():
            tree = self.folder / "tree"
            (tree / "DEBIAN").mkdir(parents=True)
            (tree / "DEBIAN/control").write_text(deb.control)
            (tree / "usr/share/gv").mkdir(parents=True)
            (tree / f"usr/share/gv/{deb.name}").write_text(deb.version)
            place.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, place], check=True, capture_output=True)
            shutil.rmtree(tree)
        octets = place.read_bytes()
        description = deb.control.partition("Description: ")[2]
        md5 = hashlib.md5(description.encode(), usedforsecurity=False).hexdigest()  # Debian names translations by it
        sums = f"Size: {len(octets)}\nSHA256: {hashlib.sha256(octets).hexdigest()}\n"
        return f"{deb.control}Description-md5: {md5}\nFilename: {deb.path}\n{sums}"
