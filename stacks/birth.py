"""What a machine's disk is born with: files that our process makes and the provider's lays.

Secrets are among them (the host key), so they go from process to process over a socket of ours and nowhere else; Pulumi
sees their digest alone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

from change.canonical import canonical, digest_of
from change.disk import DiskEntry, DiskFile, DiskLink
from change.model import Digest
from inventory.model import Device


class BirthChanged(Exception):
    """The files that a disk would be born with are not those that a plan has the digest of."""


BirthFile = DiskEntry
WireFile = Mapping[str, str | int]
Birth = Callable[[Device], tuple[BirthFile, ...]]


def birth_digest(files: tuple[BirthFile, ...]) -> Digest:
    """Of all that the files are, their order included."""
    return digest_of(canonical([dict(_document(file)) for file in files]))


def refuse_other(machine: str, birth: Digest, files: tuple[BirthFile, ...]) -> None:
    """Raises BirthChanged unless the machine's disk would be born with just these files."""
    if birth_digest(files) != birth:
        raise BirthChanged(f"machine {machine}: what its disk would be born with is no longer what the plan says")


def to_wire(files: tuple[BirthFile, ...]) -> tuple[WireFile, ...]:
    """As JSON can say it, secrets and all: for the socket between our two processes alone."""
    return tuple(_document(file) for file in files)


def from_wire(documents: Sequence[WireFile]) -> tuple[BirthFile, ...]:
    return tuple(_file(document) for document in documents)


def _document(file: BirthFile) -> WireFile:
    if isinstance(file, DiskLink):
        return {"path": file.path, "target": file.target}
    content = base64.b64encode(file.content).decode()
    return {"path": file.path, "content": content, "mode": file.mode, "owner": file.owner, "group": file.group}


def _file(document: WireFile) -> BirthFile:
    text = {name: str(value) for name, value in document.items()}
    if "target" in document:
        return DiskLink(text["path"], text["target"])
    content = base64.b64decode(text["content"])
    return DiskFile(text["path"], content, int(document["mode"]), text["owner"], text["group"])
