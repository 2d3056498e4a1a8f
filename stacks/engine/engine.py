"""Which Pulumi engine serves: the official one on PATH, or the one that `make setup` builds from go.mod."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from change.target import TargetError

ROOT = Path(__file__).parents[2]
SET_UP = ROOT / "setup" / "engine.sh"
MODULES = Path(__file__).parent / "go.mod"
ANSWERS_WITHIN_S = 20.0

Version = tuple[int, int, int]


class EngineMissing(TargetError):
    """There is no engine that serves. The text says what to install; all but stacks works without it."""


@dataclass(frozen=True)
class Engine:
    path: Path
    version: str
    """Without a leading v."""


def pinned() -> str:
    """The version that go.mod pins, and the oldest that serves."""
    found = re.search(r"^\s*github\.com/pulumi/pulumi/pkg/v3 v(\S+)", MODULES.read_text(), re.MULTILINE)
    assert found is not None  # go.mod is ours
    return found[1]


def parsed(version: str) -> Version:
    """`v3.259.0`, or with a suffix as builds of one's own have. Raises ValueError."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError(f"{version!r} is not a version")
    return (int(found[1]), int(found[2]), int(found[3]))


def serves(version: Version) -> bool:
    """As new as the pinned one, and of the same major version."""
    oldest = parsed(pinned())
    return oldest <= version < (oldest[0] + 1, 0, 0)


def find() -> Engine:
    """Raises EngineMissing."""
    official = shutil.which("pulumi")
    candidates = [Path(official)] if official else []
    for path in (*candidates, built()):
        engine = asked(path)
        if engine is not None and serves(parsed(engine.version)):
            return engine
    raise EngineMissing(
        f"stacks need the Pulumi engine, and there is none that serves: install pulumi {pinned()} or later on PATH, "
        "or Go 1.25 or later and run make setup, which builds it"
    )


def built() -> Path:
    """Where today's own one is, or would be."""
    done = subprocess.run([str(SET_UP), "--print"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) / "pulumi"


def asked(path: Path) -> Engine | None:
    """What it says of itself; None where it is not there or says nothing that reads as a version."""
    quiet = {"PATH": "/usr/bin:/bin", "PULUMI_SKIP_UPDATE_CHECK": "true", "HOME": "/nonexistent"}
    try:
        done = subprocess.run(
            [str(path), "version"], capture_output=True, text=True, check=True, timeout=ANSWERS_WITHIN_S, env=quiet
        )
        parsed(done.stdout.strip())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Engine(path, done.stdout.strip().removeprefix("v"))
