"""deploys/pyinfra_inventory.py itself, read by pyinfra's own command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploys.mirror import repository
from deploys.prepare import CHECKOUT
from inventory.load import load, load_before_keys
from inventory.sealed import Sealed
from inventory.secret_store import AgeStore
from network.hostkeys import known_hosts, make_host_keys
from tests.deploys.test_command_line import PYINFRA


def looked(folder: Path, world: Path, state: Path) -> subprocess.CompletedProcess[str]:
    command = [str(PYINFRA), "deploys/pyinfra_inventory.py", "debug-inventory"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environment |= {"GOVNET_INVENTORY": str(world), "GOVNET_STATE": str(state)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, env=environment, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """The demonstration's, with keys of its own, a secret store and a mirror without packages in `state`."""
    folder, state = tmp_path / "world", tmp_path / "state"
    shutil.copytree(CHECKOUT / "inventory" / "demo", folder)
    inventory = load_before_keys(folder)
    make_host_keys(inventory, state / "host-keys")
    (folder / "known_hosts").write_text(known_hosts(inventory, state / "host-keys"))
    store = AgeStore.create(state / "secrets", load(folder))
    assert inventory.world.hosting is not None
    key = Sealed(store.value(inventory.world.hosting.mirror_secret))
    repository.write(state / "mirror", (), tmp_path, "amd64", key, datetime.now(UTC))
    return folder


def test_it_has_every_server_of_the_world(world: Path, tmp_path: Path) -> None:
    done = looked(tmp_path, world, tmp_path / "state")
    assert done.returncode == 0
    assert {"mirror-1", "web-1"} <= {word.strip("[]:") for word in (done.stdout + done.stderr).split()}


@pytest.mark.parametrize(
    ("inventory", "state", "sentence"),
    [
        ("nowhere", "state", "nowhere: is not a folder"),
        ("world", "nowhere", "nowhere/secrets is missing: run `govnet keys`"),
    ],
)
def test_a_wrong_folder_is_told_in_a_sentence(
    world: Path, tmp_path: Path, inventory: str, state: str, sentence: str
) -> None:
    done = looked(tmp_path, tmp_path / inventory, tmp_path / state)
    assert done.returncode == 1
    assert sentence in done.stdout + done.stderr
