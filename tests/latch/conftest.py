"""Toy boxes lie in memory: a test may write and sync thousands of times."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.latch.toy import Toy, new_toy


@pytest.fixture
def memory() -> Iterator[Path]:
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="govnet-latch-", dir=shm if shm.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def toy(memory: Path) -> Toy:
    root = memory / "box"
    root.mkdir()
    return new_toy(root)
