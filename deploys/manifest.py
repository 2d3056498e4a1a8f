"""What on a server is ours: without it nobody could tell an account that left the inventory from one of Debian's."""

from __future__ import annotations

from change.canonical import canonical, document_of
from change.model import Record

PATH = "/var/lib/govnet/manifest.json"


class ManifestSite(Record):
    name: str
    user: str


class Manifest(Record):
    """Kept on the server at PATH, as canonical JSON. A born server has the empty one."""

    accounts: tuple[str, ...] = ()
    """Login names that we made."""
    sites: tuple[ManifestSite, ...] = ()
    roles: tuple[str, ...] = ()
    """The roles that were deployed, in their order."""


EMPTY = Manifest()


def manifest_text(manifest: Manifest) -> str:
    """As it lies on the server."""
    return canonical(document_of(manifest)).decode() + "\n"
