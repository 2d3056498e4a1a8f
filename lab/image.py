"""The machine image: a Debian root file system made by debootstrap, once per content of what it is made from.

`python3 -m lab.image build` makes it where it is missing, `path` prints where it is. Standard library only: `make
setup` runs it side by side with the installation of the libraries.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploys import sources
from lab import furnish
from lab.problem import LabProblem

HERE = Path(__file__).parent
PACKAGES = HERE.parent / "setup" / "packages.txt"
INPUTS = (HERE / "image.sh", HERE / "image_files.py", HERE / "furnish.py")
STAGES = {
    "I: Retrieving": "fetching packages",
    "I: Validating": "fetching packages",
    "I: Extracting": "unpacking the base",
    "I: Unpacking the base": "unpacking the base",
    "I: Configuring": "configuring packages",
    "I: Updates": "security updates",
}
"""The beginning of a line of debootstrap or of image.sh, and what a person reads."""


class ImageMissing(LabProblem):
    """There is no image for today's inputs, or it could not be built. The text says what to do."""


def packages(text: str) -> tuple[str, ...]:
    """The packages of the image, sorted, from the text of setup/packages.txt."""
    rows = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return tuple(sorted({row[0] for row in rows if row[1] in ("image", "both")}))


def release() -> str:
    """The code name of the Debian release that this machine runs, which the image runs too."""
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def key(inputs: tuple[bytes, ...]) -> str:
    """The name of an image by what it is made from."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in inputs)).hexdigest()[:16]


def cache() -> Path:
    """Where slow things are kept between checkouts: GOVNET_CACHE, or /var/cache/govnet."""
    return Path(os.environ.get("GOVNET_CACHE") or "/var/cache/govnet")


def expected() -> Path:
    """Where today's image is, or would be."""
    wanted = ",".join((release(), platform.machine(), *packages(PACKAGES.read_text())))
    return cache() / f"image-{key((wanted.encode(), *(path.read_bytes() for path in INPUTS)))}"


def path() -> Path:
    """Today's image. Raises ImageMissing."""
    image = expected()
    if not image.is_dir():
        raise ImageMissing(f"there is no machine image {image}: run make setup")
    return image


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def run(target: Path, log: Path, report: Callable[[str], None]) -> None:
    """Run image.sh and report each stage once. Raises ImageMissing with the end of the log."""
    listed = target.parent / "sources.list"
    listed.write_text("".join(f"{source}\n" for source in sources.of_machine(release())))
    wanted = ",".join(packages(PACKAGES.read_text()))
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", str(HERE / "image.sh")]
    said = {""}
    with (
        log.open("w") as written,
        subprocess.Popen(
            [*command, str(target), release(), wanted, str(listed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None  # PIPE was asked for
        for line in process.stdout:
            written.write(line)
            stage = next((name for start, name in STAGES.items() if line.startswith(start)), "")
            if stage not in said:
                said.add(stage)
                report(f"machine image: {stage}")
    if process.returncode:
        raise ImageMissing("the machine image could not be built:\n" + "\n".join(log.read_text().splitlines()[-15:]))


def build(report: Callable[[str], None]) -> Path:
    """Today's image, made now where it is missing. Raises ImageMissing, LookupError (no Debian source), OSError."""
    image = expected()
    with locked(cache() / "image.lock"):
        if image.is_dir():
            return image
        for left in cache().glob("image-build-*"):
            shutil.rmtree(left)  # of a build that was interrupted: we hold the lock
        work = Path(tempfile.mkdtemp(prefix="image-build-", dir=cache()))
        try:
            report(f"machine image: {image}")
            target = work / "root"
            target.mkdir(mode=0o755)
            run(target, cache() / "image.log", report)
            furnish.furnish(target)
            os.sync()
            target.rename(image)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return image


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["build"]:
                build(lambda line: print(f"set-up: {line}", flush=True))
            case ["path"]:
                print(path())
            case _:
                print("usage: python3 -m lab.image build|path", file=sys.stderr)
                return 2
    except (ImageMissing, LookupError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
