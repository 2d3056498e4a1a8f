"""An archive in a folder that apt's own user may read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.mirror.archive import Archive


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """pytest's own is closed to others, and apt reads archives as the user _apt."""
    folder = Path(tempfile.mkdtemp(prefix="govnet-mirror-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def archive(open_folder: Path) -> Archive:
    return Archive(open_folder, datetime.now(UTC) - timedelta(hours=1))
