"""From the roles' packages to a signed, dated repository; nothing is done twice.

What the archives offer, what the image has and what the roles want make one digest; what was chosen for it is kept in
the cache, and so is what was fetched. While the choice, the key and half of the validity stand, so does the repository.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deploys import sources
from deploys.mirror import repository, signature
from deploys.mirror.apt import Apt, Chosen, sha256
from deploys.mirror.package import Package, index, packages
from deploys.mirror.problem import MirrorProblem
from deploys.mirror.release import RENEW_DAYS
from deploys.mirror.repository import Repository
from inventory.sealed import Sealed


@dataclass(frozen=True)
class Wanted:
    """What a repository is made from, and where."""

    roles: Mapping[str, Sequence[str]]
    """Role to its packages. The role `base` goes with every other."""
    image: Path
    """The root of the machine image; its release and its installed packages count."""
    etc_apt: Path
    """The folder that names the archives: /etc/apt of this machine."""
    cache: Path
    """Where fetched packages are kept between checkouts."""
    mirrors: Path
    """Where repositories are made."""


@dataclass(frozen=True)
class Built:
    repository: Repository
    new: bool
    """False: it stood, and there was nothing to do."""


def build(wanted: Wanted, key: Sealed, now: datetime, say: Callable[[str], None]) -> Built:
    """The repository of today. `now` is in a time zone. Raises MirrorProblem, MirrorRefused, OSError."""
    try:
        archives = sources.of_machine(_release(wanted.image), wanted.etc_apt)
    except LookupError as missing:
        raise MirrorProblem(str(missing)) from None
    status = wanted.image / "var/lib/dpkg/status"
    if not status.is_file():
        raise MirrorProblem(f"{wanted.image} is not the root of a Debian system: it has no var/lib/dpkg/status")
    with _locked(wanted.cache / "mirror.lock", say) as lock:
        apt = Apt(wanted.cache / "mirror-apt", lock)
        apt.prepare(archives, status)
        say("Reading what the archives have ...")
        digest = _digest(wanted.roles, status, apt.update())
        found = _choose(wanted.roles, apt, wanted.cache / f"mirror-{digest}")
        stands = repository.current(wanted.mirrors)
        if stands is not None and serves(stands, found, signature.fingerprint(key), now):
            return Built(stands, new=False)
        say(f"Fetching what is missing of {len(found)} packages ...")
        apt.fetch(found)
        made = repository.write(wanted.mirrors, found, apt.debs, _architecture(), key, now)
    return Built(made, new=True)


def serves(stands: Repository, found: tuple[Package, ...], fingerprint: str, now: datetime) -> bool:
    """Whether a repository that stands is still the one to serve."""
    return (
        stands.packages == found
        and stands.release.key == fingerprint
        and stands.release.date <= now
        and stands.release.valid_until - now >= timedelta(days=RENEW_DAYS)
    )


def _choose(roles: Mapping[str, Sequence[str]], apt: Apt, kept: Path) -> tuple[Package, ...]:
    """What each role, with base, brings to the image; read from the cache where this was asked before."""
    if not kept.exists():
        base = tuple(roles.get("base", ()))
        closures = [apt.closure(tuple(dict.fromkeys((*base, *names)))) for names in roles.values() if names]
        wanted = sorted({each for closure in closures for each in closure}, key=Chosen.__str__)
        beside = kept.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(index(apt.records(wanted)))
            file.flush()
            os.fsync(file.fileno())  # an empty one, after the power failed, would be an empty mirror
        beside.replace(kept)
    return packages(kept.read_text(encoding="utf-8"))


def _digest(roles: Mapping[str, Sequence[str]], status: Path, releases: Sequence[str]) -> str:
    lists = {role: sorted(names) for role, names in roles.items()}
    document = json.dumps([lists, sha256(status), list(releases)], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _release(image: Path) -> str:
    """The code name of the Debian release of an image. Raises MirrorProblem."""
    try:
        lines = (image / "usr/lib/os-release").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise MirrorProblem(f"{image} is not the root of a Debian system: it has no usr/lib/os-release") from None
    found = [line.partition("=")[2].strip("\"'") for line in lines if line.startswith("VERSION_CODENAME=")]
    if not found:
        raise MirrorProblem(
            f"{image} is not the root of a Debian release: its usr/lib/os-release has no VERSION_CODENAME"
        )
    return found[0]


def _architecture() -> str:
    done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def _locked(lock: Path, say: Callable[[str], None]) -> Iterator[int]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another build to end ...")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield held.fileno()
