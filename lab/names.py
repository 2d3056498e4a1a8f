"""What the parts of a lab are called on the host. All begin with `gv-`, so that they are found without a record.

Standard library only: cleaning up must work without the libraries.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from stacks.nspawn.host import NAMESPACES, Host, record

PREFIX = "gv-"
NAME = rf"{PREFIX}[a-z0-9]{{1,12}}-[0-9a-f]{{6}}"
"""What a lab's name looks like."""


@dataclass(frozen=True)
class Lab:
    """One lab by the folder that it keeps its state in: two folders are two labs, side by side."""

    folder: Path

    @property
    def name(self) -> str:
        """`gv-<folder's own name>-<digest of its path>`: as readable as a name that never collides can be."""
        path = self.folder.resolve()
        readable = re.sub(r"[^a-z0-9]+", "", path.name.lower())[:12] or "lab"
        return f"{PREFIX}{readable}-{hashlib.sha256(str(path).encode()).hexdigest()[:6]}"

    def of(self, node: str) -> str:
        """The name of one node's network namespace and machine."""
        return f"{self.name}-{node}"

    def namespace(self, node: str) -> Path:
        return NAMESPACES / self.of(node)

    @property
    def record(self) -> Path:
        return self.folder / "lab" / "record.json"

    @property
    def hypervisor(self) -> Path:
        """Says where stacks make their machines (stacks.nspawn.host)."""
        return record(self.folder)

    @property
    def lock(self) -> Path:
        return self.folder / "lab" / "lock"

    @property
    def disks(self) -> Path:
        return self.folder / "lab" / "disks"

    def host(self, image: Path) -> Host:
        """Where its machines live, made over this image."""
        return Host(self.name, image, self.disks.resolve(), (self.folder / "lab" / "consoles").resolve())
