"""The trust document that a jump host goes by: STATE/trust/, whole or not there, and never an older one again.

Each document stands as SERIAL.json, its canonical bytes; `pin.json` names the one that holds. Older ones are kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from inventory.durable import write
from inventory.model import Record
from inventory.trust import Digest, Trust, canonical

PIN = "pin.json"
INIT = "`govnet trust init FILE` pins one"


class TrustRefused(Exception):
    """The pinned document is missing, was changed, or may not be replaced so. One sentence."""


WriteDown = Callable[[], None]
"""Makes it durable elsewhere that a document is accepted, before it is pinned; what it raises ends the pinning."""


class Pin(Record):
    serial: int
    digest: Digest


def pinned(folder: Path) -> Trust:
    """The document that holds today. Raises TrustRefused."""
    try:
        pin = Pin.model_validate_json((folder / PIN).read_bytes())
        content = (folder / f"{pin.serial}.json").read_bytes()
        trust = Trust.model_validate_json(content)
    except FileNotFoundError as problem:
        raise TrustRefused(f"no trust document is pinned on this jump host: {INIT}") from problem
    except (OSError, ValidationError) as problem:
        raise TrustRefused(f"{folder}: the pinned trust document cannot be read: {reason(problem)}") from problem
    if (trust.digest, trust.charter.serial) != (pin.digest, pin.serial) or canonical(trust) != content:
        raise TrustRefused(f"{folder}: the trust document is not the one that was pinned")
    return trust


def reason(problem: OSError | ValidationError) -> str:
    return problem.strerror or "it fails" if isinstance(problem, OSError) else "it was changed"


def pin_first(folder: Path, trust: Trust, write_down: WriteDown) -> None:
    """Raises TrustRefused where one is pinned already, OSError."""
    with alone(folder):
        if (folder / PIN).exists():
            raise TrustRefused(f"{folder} has a pinned trust document already: `govnet trust change FILE` changes it")
        write_down()
        put(folder, trust)


def pin_next(folder: Path, old: Trust, new: Trust, write_down: WriteDown) -> None:
    """In place of `old`, which must still hold; `new` was approved before. Raises TrustRefused, OSError."""
    with alone(folder):
        if pinned(folder).digest != old.digest:
            raise TrustRefused("another trust document was pinned meanwhile: this one was not signed under it")
        if new.charter.serial != old.charter.serial + 1:
            wanted = old.charter.serial + 1
            raise TrustRefused(f"the new trust document has the serial {new.charter.serial}; write {wanted}")
        write_down()
        put(folder, new)


def put(folder: Path, trust: Trust) -> None:
    write(folder / f"{trust.charter.serial}.json", canonical(trust), 0o644)
    pin = Pin(serial=trust.charter.serial, digest=trust.digest)
    write(folder / PIN, pin.model_dump_json().encode(), 0o644)


def files(folder: Path) -> Mapping[str, Digest]:
    """By name the documents that lie here, and the SHA-256 of each as it stands. Raises OSError."""
    found = (path for path in folder.glob("*.json") if path.name != PIN)
    return {path.name: f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in found}


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else pins meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
