"""File trees as they were: kept before a try, compared, and put back to the byte. Standard library only.

Of each path: absent, a file, a folder or a symbolic link, with owner, mode and content. Devices, sockets and pipes are
passed over: nothing of a configuration is one. A power cut at any moment leaves a pre-image that is whole, or none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from change.latch.box import sync

LIMIT_OCTETS = 256 * 2**20
"""More than this is data, not configuration: such a tree is refused before anything is changed."""


class TooLarge(Exception):
    """The trees hold more than LIMIT_OCTETS."""


@dataclass(frozen=True)
class Tree:
    """Deep: all below the path. Else the path's own owner and mode, or its absence."""

    path: str
    deep: bool


@dataclass(frozen=True)
class Entry:
    """One path. `content`: SHA-256 of a file, the target of a link."""

    path: str
    kind: str
    uid: int = 0
    gid: int = 0
    mode: int = 0
    content: str = ""


def listing(trees: Sequence[Tree]) -> list[Entry]:
    """Every path of the trees once, by name; the root of a tree is there even where it is absent. Raises TooLarge."""
    found: dict[str, Entry] = {}
    octets = 0
    for tree in trees:
        for path in _paths(Path(tree.path), tree.deep):
            if str(path) not in found:
                entry, size = _entry(path)
                octets += size
                if octets > LIMIT_OCTETS:
                    raise TooLarge(f"the trees to keep hold more than {LIMIT_OCTETS >> 20} MiB")
                if entry is not None:
                    found[entry.path] = entry
    return [found[path] for path in sorted(found)]


def digest(trees: Sequence[Tree]) -> str:
    rows = [asdict(entry) for entry in listing(trees)]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def keep(trees: Sequence[Tree], folder: Path) -> None:
    """Copy the trees into `folder`, which appears whole or not at all; root's alone."""
    new = unfinished(folder)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    entries = listing(trees)
    for number, entry in enumerate(entries):
        if entry.kind == "file":
            write(new / str(number), Path(entry.path).read_bytes(), 0, 0, 0o600)
    document = {"trees": [asdict(tree) for tree in trees], "entries": [asdict(entry) for entry in entries]}
    write(new / "index.json", json.dumps(document).encode(), 0, 0, 0o600)
    sync(new)
    new.rename(folder)
    sync(folder.parent)


def unfinished(folder: Path) -> Path:
    """Where a pre-image is while it is written."""
    return folder.with_name(folder.name + ".new")


def kept(folder: Path) -> tuple[list[Tree], list[Entry]]:
    document = json.loads((folder / "index.json").read_bytes())
    return [Tree(**tree) for tree in document["trees"]], [Entry(**entry) for entry in document["entries"]]


def restore(folder: Path) -> set[str]:
    """Make the trees what was kept; the paths that were not. May be called again, and after it was killed."""
    trees, before = kept(folder)
    now = {entry.path: entry for entry in listing(trees)}
    changed: set[str] = set()
    wanted = {entry.path for entry in before}
    for path in sorted(set(now) - wanted, reverse=True):
        changed.add(path)
        _remove(Path(path))
    for number, entry in enumerate(before):
        if now.get(entry.path) != entry:
            changed.add(entry.path)
            _put_back(entry, folder / str(number))
    return changed


def _put_back(entry: Entry, blob: Path) -> None:
    path = Path(entry.path)
    is_folder = path.is_dir() and not path.is_symlink()
    if is_folder != (entry.kind == "folder") and os.path.lexists(path):
        _remove(path)
    match entry.kind:
        case "absent":
            _remove(path)
        case "file":
            write(path, blob.read_bytes(), entry.uid, entry.gid, entry.mode)
        case "link":
            new = path.with_name(f".{path.name}.govnet-new")
            new.unlink(missing_ok=True)
            new.symlink_to(entry.content)
            os.lchown(new, entry.uid, entry.gid)
            new.replace(path)
            sync(path.parent)
        case "folder":
            path.mkdir(exist_ok=True)
            os.chown(path, entry.uid, entry.gid)
            path.chmod(entry.mode)


def write(path: Path, data: bytes, uid: int, gid: int, mode: int) -> None:
    """The whole of it or nothing, and still there after a power cut."""
    new = path.with_name(f".{path.name}.govnet-new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fchown(file.fileno(), uid, gid)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)


def _paths(root: Path, deep: bool) -> Iterator[Path]:
    yield root
    if deep and root.is_dir() and not root.is_symlink():
        for parent, folders, files in os.walk(root):
            yield from (Path(parent) / name for name in (*folders, *files))


def _entry(path: Path) -> tuple[Entry | None, int]:
    """The entry and a file's size in octets; no entry of what is neither file, folder nor link."""
    try:
        seen = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Entry(str(path), "absent"), 0
    owner = (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode))
    if stat.S_ISDIR(seen.st_mode):
        return Entry(str(path), "folder", *owner), 0
    if stat.S_ISLNK(seen.st_mode):
        return Entry(str(path), "link", seen.st_uid, seen.st_gid, 0, str(path.readlink())), 0
    if not stat.S_ISREG(seen.st_mode):
        return None, 0
    if seen.st_size > LIMIT_OCTETS:
        return None, seen.st_size
    return Entry(str(path), "file", *owner, hashlib.sha256(path.read_bytes()).hexdigest()), seen.st_size


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
