"""Who each lab of this host is there for, so that what a dead run left is told from a lab that is up on purpose.

A note a lab, written before the first thing of the lab is made and removed after the last: its state folder and, where
a run has named itself in the environment, the process that it is there for. Under /run, which forgets at a boot as the
kernel forgets namespaces. Standard library only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.names import PREFIX, Lab

NOTES = Path("/run/govnet-labs")
OWNER = "GOVNET_LAB_OWNER"
"""The environment variable in which tests, the demonstration and measurements name their own process, by its id."""


@dataclass(frozen=True)
class Claim:
    folder: str
    """The lab's state folder, absolute."""
    owner: int | None
    """The process that the lab is there for; None where it stays until somebody takes it down."""
    began: str | None
    """When that process began, in the kernel's ticks: ids are used again, the two together are not."""

    @property
    def lab(self) -> Lab:
        return Lab(Path(self.folder))

    @property
    def forsaken(self) -> bool:
        """Its state folder is gone, or the process that it was there for has ended."""
        ended = self.owner is not None and (self.began is None or _began(self.owner) != self.began)
        return ended or not Path(self.folder).exists()


def _began(process: int) -> str | None:
    """Field 22 of proc_pid_stat(5); None where the process has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def claim(lab: Lab) -> None:
    """Note the lab as of whoever OWNER names."""
    owner = int(os.environ[OWNER]) if OWNER in os.environ else None
    note = Claim(str(lab.folder.resolve()), owner, None if owner is None else _began(owner))
    NOTES.mkdir(exist_ok=True)
    new = NOTES / f".{lab.name}"
    new.write_text(json.dumps(asdict(note)))
    new.replace(NOTES / lab.name)


def release(lab: Lab) -> None:
    (NOTES / lab.name).unlink(missing_ok=True)


def claims() -> Iterator[Claim]:
    """Of every lab of this host, each read when its turn comes: a lab may be claimed anew meanwhile."""
    for note in sorted(NOTES.glob(f"{PREFIX}*")):
        if (found := _read(note)) is not None:
            yield found


def _read(note: Path) -> Claim | None:
    """None where the lab was taken down meanwhile."""
    try:
        return Claim(**json.loads(note.read_text()))
    except FileNotFoundError:
        return None
