"""A deploy by its name in roles.py, as the function that pyinfra calls: only where pyinfra runs anyway."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from deploys.roles import Deploy


def function(deploy: Deploy) -> Callable[[], None]:
    found: Callable[[], None] = getattr(importlib.import_module(deploy.module), deploy.function)
    return found
