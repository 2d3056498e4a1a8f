"""One Debian package, as the archive that signed for it describes it (deb-control(5), Debian policy 5.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deploys import sources

NEEDED = ("package", "version", "architecture", "filename", "size", "sha256")
SAFE_PATH = re.compile(r"pool(/[A-Za-z0-9~+_:-][A-Za-z0-9.~+_:%-]*)+")
"""What a `Filename` may be: below pool/, and no part of it begins with a dot."""


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    architecture: str
    path: str
    """Where it lies in a repository, from its root."""
    octets: int
    sha256: str
    """Hexadecimal, of the .deb file."""
    record: str
    """The archive's own text about it, verbatim, without an end of line."""

    @property
    def file(self) -> str:
        """What apt calls it when it has fetched it: characters with a meaning in file names are quoted."""
        quoted = (part.replace("_", "%5f").replace(":", "%3a") for part in (self.name, self.version, self.architecture))
        return "_".join(quoted) + ".deb"


def package(record: str) -> Package:
    """Of one record. Raises ValueError (one sentence) where it is not whole, or its path leaves the pool."""
    stanza = next(iter(sources.stanzas(record)), {})
    name = stanza.get("package", "")
    missing = [field for field in NEEDED if not stanza.get(field)]
    if missing:
        raise ValueError(f"the record of the package {name or '(no name)'} has no {', '.join(missing)}")
    if SAFE_PATH.fullmatch(stanza["filename"]) is None:
        raise ValueError(f"the record of the package {name} names a file outside the pool: {stanza['filename']!r}")
    if re.fullmatch("[0-9]{1,15}", stanza["size"]) is None or re.fullmatch("[0-9a-f]{64}", stanza["sha256"]) is None:
        raise ValueError(f"the record of the package {name} has a size or a SHA256 that is none")
    return Package(
        name=name,
        version=stanza["version"],
        architecture=stanza["architecture"],
        path=stanza["filename"],
        octets=int(stanza["size"]),
        sha256=stanza["sha256"],
        record=record.strip("\n"),
    )


def packages(text: str) -> tuple[Package, ...]:
    """Of a `Packages` file, in its order. Raises ValueError."""
    return tuple(package(record) for record in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")) if record.strip())


def index(found: tuple[Package, ...]) -> str:
    """A `Packages` file: the records verbatim, each package once, sorted by name, architecture and version."""
    ordered = sorted(found, key=lambda each: (each.name, each.architecture, each.version, each.record))
    return "".join(f"{record}\n\n" for record in dict.fromkeys(each.record for each in ordered))
