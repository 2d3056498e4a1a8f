"""The world for pyinfra's own command line: `pyinfra deploys/pyinfra_inventory.py deploys/pyinfra_deploy.py --dry`.

GOVNET_INVENTORY and GOVNET_STATE name the folders that `--inventory` and `--state` name elsewhere. What pyinfra does by
itself has no plan, no signature and no latch: for looking, and for those who must work without govnet.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from deploys import pyinfra_world
from inventory.load import load
from inventory.problem import BadInventory
from inventory.secret_store import AgeStore, SecretStoreError
from inventory.secrets import SecretMissing

_WORLD = Path(os.environ.get("GOVNET_INVENTORY", "inventory/demo"))
_STATE = Path(os.environ.get("GOVNET_STATE", ".state"))

try:
    _INVENTORY = load(_WORLD)
    _SECRETS = AgeStore.open(_STATE / "secrets", _INVENTORY)
    servers = pyinfra_world.servers(
        _INVENTORY, _SECRETS, _WORLD / "known_hosts", datetime.now(UTC).date(), _STATE / "mirror"
    )
except (BadInventory, SecretMissing, SecretStoreError, ValueError) as problem:
    raise SystemExit(str(problem)) from None
except OSError as problem:
    raise SystemExit(f"{problem.filename}: {problem.strerror}") from None
"""pyinfra takes every list here for a group of hosts."""
