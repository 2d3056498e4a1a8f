"""A state folder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.change.memory import memory_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as made:
        yield made
