"""The worlds that the tests render, and a secret store with made-up values."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from inventory.load import load
from inventory.model import Inventory

ROOT = Path(__file__).parents[2]


@cache
def world(name: str) -> Inventory:
    return load(ROOT / "inventory" / name)


class Store:
    """Values that follow from the names: 16 characters, the longest that OSPF takes."""

    def __init__(self, world_name: str = "demo") -> None:
        self._names = [secret.name for secret in world(world_name).secrets]

    def value(self, name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()[:16]

    def _tag(self, value: str) -> str:
        return hashlib.sha256(b"key" + value.encode()).hexdigest()[:16]

    def tag(self, name: str) -> str:
        return f"<{name}#{self._tag(self.value(name))}>"

    def redact(self, value: str) -> str:
        name = next((name for name in self._names if self.value(name) == value), "unknown")
        return f"<{name}#{self._tag(value)}>"
