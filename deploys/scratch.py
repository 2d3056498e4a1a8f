"""The promise of a server that a plan will create: its deploys recorded on a scratch machine from the same image.

The machine is thrown away and the record kept, under a digest of all that it follows from: the image, what the disk is
born with, what the server is wanted to be with its secrets' tags, the deploys themselves, and pyinfra. A born machine
that reads otherwise is refused.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from change.canonical import canonical, digest_of, document_of
from change.model import Digest
from deploys.frozen import Prepared
from deploys.prepare import CHECKOUT, Place, prepare
from deploys.wire import Request
from inventory.model import Device

RECORD_S = 60.0
CODE = ("deploys", "inventory/model.py")
"""What a record follows from, beside its request: a changed deploy is recorded anew."""


@dataclass(frozen=True)
class Scratch:
    """Records of promised servers, kept in `folder`."""

    folder: Path
    image: Callable[[], str]
    """Names the image that machines are born from, by its content; asked when a promise is wanted, not before."""
    birth: Callable[[Device], Digest]
    """Of what the server's disk is born with."""
    boot: Callable[[Device], AbstractContextManager[Place]]
    """A machine as the stack would make this server, on entry; nothing is left of it on exit."""
    born_of: Callable[[Device], str | None]
    """The target that will create the server; None where it stands already."""

    def recorded(self, device: Device, request: Request) -> Prepared:
        """What the deploys would find on the server when it is born. Raises as prepare, and what `boot` raises."""
        file = self.folder / f"{self.key(device, request).removeprefix('sha256:')}.json"
        with self._alone(device):
            known = _read(file)
            if known is not None:
                return known
            with self.boot(device) as place:
                found = prepare(place.instead_of(request), RECORD_S, place.enter)
            _write(file, found)
        return found

    def key(self, device: Device, request: Request) -> Digest:
        return digest_of(
            canonical(
                {
                    "image": self.image(),
                    "birth": self.birth(device),
                    "intent": document_of(request.intent),
                    "tags": dict(sorted(request.tags.items())),
                    "code": code_digest(),
                    "pyinfra": version("pyinfra"),
                }
            )
        )

    @contextmanager
    def _alone(self, device: Device) -> Iterator[None]:
        """One at a time makes the scratch machine of this server, in any process; who waited finds the record."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / f"{device.name}.lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def code_digest() -> Digest:
    """Of every file that decides what the deploys do."""
    paths = [path for name in CODE for path in _files(CHECKOUT / name)]
    return digest_of(canonical([[str(path.relative_to(CHECKOUT)), digest_of(path.read_bytes())] for path in paths]))


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _read(file: Path) -> Prepared | None:
    """None where there is no whole record: then it is made anew."""
    try:
        return Prepared.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _write(file: Path, found: Prepared) -> None:
    """Whole or not at all. It holds no secret; whoever may read it reads what a plan shows."""
    new = file.with_suffix(".new")
    new.write_text(found.model_dump_json())
    new.replace(file)
