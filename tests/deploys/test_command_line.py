"""pyinfra's own command line, with the same deploys against the same inventory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploys.prepare import CHECKOUT
from tests.deploys.servers import Servers
from tests.deploys.steps import applied
from tests.deploys.test_secrets import inner

pytestmark = pytest.mark.twin
INVENTORY = """
from datetime import date
from pathlib import Path
from deploys import pyinfra_world
from inventory.model import Inventory
from inventory.secret_store import AgeStore

_world = Inventory.model_validate_json(Path({world!r}).read_text())
_secrets = AgeStore.open(Path({secrets!r}), _world)
servers = pyinfra_world.servers(_world, _secrets, Path({known_hosts!r}), date(2026, 11, 23), Path("no-mirror"))
"""
PYINFRA = Path(sys.executable).parent / "pyinfra"


def pyinfra(pair: Servers, folder: Path, *arguments: str) -> str:
    """What the real command says; `pyinfra_inventory.py` differs from this inventory in where it reads the world."""
    world = folder / "world.json"
    world.write_text(pair.inventory.model_dump_json())
    secrets = str(pair.twin.state / "secrets")
    text = INVENTORY.format(world=str(world), secrets=secrets, known_hosts=str(pair.known_hosts))
    (folder / "inventory.py").write_text(text)
    command = [str(PYINFRA), str(folder / "inventory.py"), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, env=environment, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not [name for name in pair.store.names if inner(pair.store.value(name)) in said]
    return said


def test_it_agrees_with_the_plan(pair: Servers, tmp_path: Path) -> None:
    before = pyinfra(pair, tmp_path, "deploys/pyinfra_deploy.py", "--dry", "--limit", "server-2")
    assert "Put /etc/ssh/sshd_config.d/govnet.conf" in before
    applied(pair.target("server-2"))
    after = pyinfra(pair, tmp_path, "deploys/pyinfra_deploy.py", "--dry", "--limit", "server-2")
    rows = [line.split() for line in after.splitlines() if " | " in line]
    assert len(rows) > 15 and all(row[-2:] == ["-", "-"] for row in rows), after


@pytest.mark.prove
def test_applied_by_pyinfra_itself_nothing_is_pending_for_us(pair: Servers, tmp_path: Path) -> None:
    pair.sh("server-2", "sed -i 's/MaxAuthTries 3/MaxAuthTries 99/' /etc/ssh/sshd_config.d/govnet.conf")
    assert pair.target("server-2").preview() is not None
    pyinfra(pair, tmp_path, "deploys/pyinfra_deploy.py", "--yes", "--limit", "server-2")
    assert pair.target("server-2").preview() is None
    pyinfra(pair, tmp_path, "deploys.base.sshd.sshd", "--dry", "--limit", "server-2")


def test_what_it_knows_of_a_host_can_be_looked_at(pair: Servers, tmp_path: Path) -> None:
    assert "<sealed>" in pyinfra(pair, tmp_path, "debug-inventory")
