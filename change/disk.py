"""What lies on a box's disk before its first boot: files, links, and units that are enabled."""

from __future__ import annotations

from dataclasses import dataclass

UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class DiskFile:
    """One file of a machine. `path` is absolute, as inside it; `content` may hold secrets, so it is never printed."""

    path: str
    content: bytes
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"

    def __repr__(self) -> str:
        return f"DiskFile({self.path!r}, {len(self.content)} octets, {self.mode:o}, {self.owner}:{self.group})"


@dataclass(frozen=True)
class DiskLink:
    """One symbolic link of a machine."""

    path: str
    target: str


DiskEntry = DiskFile | DiskLink


def enabled(unit: str, text: str) -> tuple[DiskEntry, ...]:
    """A unit, and the links that systemctl enable makes: one for each target of WantedBy (systemd.unit(5))."""
    file = DiskFile(f"{UNITS}/{unit}", text.encode())
    lines = (line.partition("=") for line in text.splitlines())
    targets = (target for name, _, value in lines if name.strip() == "WantedBy" for target in value.split())
    return (file, *(DiskLink(f"{UNITS}/{target}.wants/{unit}", file.path) for target in targets))


def masked(unit: str) -> DiskLink:
    return DiskLink(f"{UNITS}/{unit}", "/dev/null")
