"""A world that has a mirror: the minimal one, with a server."""

from __future__ import annotations

from pathlib import Path

from tests.inventory.worlds import GOLDEN, Case


def world_with_mirror(folder: Path) -> Path:
    """Of the golden case that is wrong in one word, put right."""
    case = Case.read(GOLDEN / "hosting-secret-kind.txt")
    for patch in case.patches:
        patch.new = [line.replace("ca_secret: stack,", "ca_secret: ca-key,") for line in patch.new]
    return case.build(folder)
