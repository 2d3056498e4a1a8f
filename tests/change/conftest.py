"""A state folder for each test; and no property fails because the machine was busy for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.change.memory import memory_folder

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as made:
        yield made
