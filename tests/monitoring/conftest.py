from pathlib import Path

import pytest

from inventory.load import load
from inventory.model import Inventory


@pytest.fixture(scope="session")
def demo() -> Inventory:
    return load(Path(__file__).parents[2] / "inventory" / "demo")
