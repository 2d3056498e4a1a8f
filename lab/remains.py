"""Everything that one lab has on the host, found by its names alone, and removed: for down, a new up, `make clean`.

Standard library only. Nothing here needs a record: a lab that was killed at any moment is cleaned up from what the
kernel shows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from lab import claims
from lab.names import Lab
from stacks.nspawn import cgroups
from stacks.nspawn.host import NAMESPACES, NOTICES

RUN = Path("/run/systemd/nspawn")


def namespaces(prefix: str) -> tuple[Path, ...]:
    return tuple(sorted(NAMESPACES.glob(f"{prefix}*")))


def _delete_namespace(path: Path) -> None:
    done = subprocess.run(["ip", "netns", "delete", path.name], capture_output=True, text=True, check=False)
    if done.returncode:  # killed between making the file and mounting on it
        path.unlink(missing_ok=True)


def remove(lab: Lab) -> None:
    """Kill and remove all of a lab; the state folder's other parts stay. Removing nothing is no error.

    Raises cgroups.GroupStuck where a process outlives SIGKILL for 20 s.
    """
    for name in cgroups.named(lab.name):
        cgroups.kill(name)
        cgroups.remove(name)
    for path in namespaces(f"{lab.name}-"):
        _delete_namespace(path)
    for folder in (RUN / "propagate").glob(f"{lab.name}-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for notice in NOTICES.glob(f"{lab.name}-*.notify"):
        notice.unlink(missing_ok=True)
    shutil.rmtree(lab.disks, ignore_errors=True)
    shutil.rmtree(lab.folder / "lab" / "consoles", ignore_errors=True)
    lab.hypervisor.unlink(missing_ok=True)
    lab.record.unlink(missing_ok=True)
    claims.release(lab)


def mounts(prefix: str, mountinfo: str) -> tuple[str, ...]:
    """Mount points of the host's own mount namespace that are a lab's, from the text of /proc/self/mountinfo."""
    points = (line.split()[4] for line in mountinfo.splitlines())
    return tuple(sorted({point for point in points if f"/{prefix}" in point}))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        remove(Lab(Path(argument)))
