"""One small twin for all the tests of the lab."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import twin
from lab.leaks import leaks
from lab.names import Lab
from lab.twin import Twin
from tests.lab.cut import small_world, store


def interfaces_of_the_host() -> set[str]:
    return set(os.listdir("/sys/class/net"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Up once for the run; that it leaves nothing is asserted at its end."""
    state: Path = tmp_path_factory.mktemp("small")
    before = interfaces_of_the_host()
    inventory = small_world()
    made = twin.up(inventory, store(state, inventory), state, lambda _: None)
    assert interfaces_of_the_host() == before
    try:
        yield made
    finally:
        twin.down(state, lambda _: None)
    assert leaks(Lab(state).name) == ()
    assert interfaces_of_the_host() == before
