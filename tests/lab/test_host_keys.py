"""Host keys: made once, private, and pinned by management address."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inventory.load import load
from network.hostkeys import HostKeyMissing, known_hosts, make_host_keys
from tests.lab.cut import DEMO


def test_keys_are_made_once_and_never_replaced(tmp_path: Path) -> None:
    world, folder = load(DEMO), tmp_path / "host-keys"
    made = make_host_keys(world, folder)
    assert set(made) == {device.name for device in world.managed}
    first = (folder / "core-1").read_bytes()
    (folder / "core-2").unlink()
    assert make_host_keys(world, folder) == ("core-2",)
    assert (folder / "core-1").read_bytes() == first
    assert all(path.stat().st_mode & 0o7777 == 0o600 for path in folder.iterdir())
    assert folder.stat().st_mode & 0o7777 == 0o700


def test_known_hosts_is_what_openssh_itself_says_of_each_key(tmp_path: Path) -> None:
    world = load(DEMO)
    make_host_keys(world, tmp_path)
    rows = [line.split() for line in known_hosts(world, tmp_path).splitlines()]
    assert [row[0] for row in rows][:3] == ["10.10.0.4", "10.10.11.2", "10.10.12.2"]
    assert len(rows) == len(world.managed)
    kept = {str(device.management_address): device.name for device in world.managed}
    address, kind, key = rows[0]
    said = subprocess.run(
        ["ssh-keygen", "-y", "-f", tmp_path / kept[address]], capture_output=True, text=True, check=True
    )
    assert said.stdout.split()[:2] == [kind, key]


def test_a_missing_or_damaged_key_names_its_file(tmp_path: Path) -> None:
    world = load(DEMO)
    with pytest.raises(HostKeyMissing, match="govnet keys"):
        known_hosts(world, tmp_path)
    make_host_keys(world, tmp_path)
    (tmp_path / "core-1").write_text("not a key")
    with pytest.raises(HostKeyMissing, match="core-1: not an OpenSSH private key"):
        known_hosts(world, tmp_path)
