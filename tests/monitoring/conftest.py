from pathlib import Path

import pytest

from inventory.load import load
from inventory.model import Inventory
from tests.monitoring.world_with_server import world_with_server


@pytest.fixture(scope="session")
def demo() -> Inventory:
    return load(Path(__file__).parents[2] / "inventory" / "demo")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return world_with_server(tmp_path_factory.mktemp("served"))
