"""A state folder for each test, and a jump host in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.people import enrol
from tests.change.memory import memory_folder
from tests.govnet.office import Office


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as made:
        yield made


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's keys and the trust document: made once, copied by each who changes them."""
    return enrol(tmp_path_factory.mktemp("people") / "people").parent


@pytest.fixture
def office(folder: Path, people: Path) -> Office:
    made = Office(folder, people)
    made.govnet(0, "trust", "init", str(made.trust))
    return made
