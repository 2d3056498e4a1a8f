"""Commands in the nodes of a twin, for its tests."""

from __future__ import annotations

import subprocess

from lab import twin
from lab.twin import Twin


def inside(small: Twin, node: str, *argv: str) -> str:
    """What a command in a node prints; the test fails where it fails."""
    done = subprocess.run(twin.command(small, node, argv), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{node}: {' '.join(argv)}: {done.stdout}{done.stderr}"
    return done.stdout
