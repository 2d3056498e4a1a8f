"""Which engine serves, what is said where none does, and that it asks nobody on any network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stacks import engine
from stacks.engine import EngineMissing
from stacks.engine.engine import MODULES, ROOT, SET_UP, parsed, pinned, serves
from tests.stacks.apply_program import first, write_plan

GO_PATH = os.environ.get("PATH", "")


def official(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    script = folder / "pulumi"
    script.write_text(f"#!/bin/sh\necho {version}\n")
    script.chmod(0o755)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache, and a folder first on PATH."""
    monkeypatch.setenv("GOVNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path / "bin"


def test_none_is_said_with_what_to_install(nowhere: Path) -> None:
    with pytest.raises(EngineMissing, match=rf"install pulumi {re.escape(pinned())} or later on PATH, or Go 1\.25"):
        engine.find()


def test_the_official_one_where_its_version_serves(nowhere: Path) -> None:
    official(nowhere, f"v{pinned()}")
    assert engine.find().path == nowhere / "pulumi"
    for version in ("v3.100.0", "v4.0.0", "no-version"):
        official(nowhere, version)
        with pytest.raises(EngineMissing):
            engine.find()


def test_versions() -> None:
    assert parsed("v3.259.0-alpha.1") == (3, 259, 0)
    assert serves(parsed("3.999.1"))
    assert not serves(parsed("3.1.0"))


def test_set_up_without_go_says_so_and_goes_on(nowhere: Path) -> None:
    done = subprocess.run([str(SET_UP)], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("set-up: no stacks: install Go 1.")
    assert not list((nowhere.parent / "cache").glob("engine-*/pulumi"))


def test_set_up_again_builds_nothing() -> None:
    """The engine stands: what is found is what today's inputs name."""
    done = subprocess.run([str(SET_UP)], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert engine.find().version == pinned()


def test_the_sums_name_modules_and_no_registry() -> None:
    lines = (MODULES.parent / "go.sum").read_text().splitlines()
    assert len(lines) > 100
    assert all(re.fullmatch(r"\S+ v\S+ h1:[A-Za-z0-9+/]{43}=", line) for line in lines)


def test_it_asks_nobody(tmp_path: Path) -> None:
    """In a network of its own with nothing but a loopback, the kernel counts every packet that had nowhere to go."""
    first(tmp_path).build()
    write_plan(tmp_path)
    script = 'ip link set lo up && "$@" >/dev/null && cat /proc/net/snmp /proc/net/snmp6'
    program = [sys.executable, "-m", "tests.stacks.apply_program", "apply", str(tmp_path)]
    line = ["unshare", "--net", "sh", "-c", script, "sh", *program]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=ROOT, env=dict(os.environ))
    names, numbers = (row.split() for row in done.stdout.splitlines() if row.startswith("Ip:"))
    counted = dict(zip(names[1:], map(int, numbers[1:]), strict=True))
    six = dict(row.split() for row in done.stdout.splitlines() if row.startswith("Ip6"))
    assert counted["OutRequests"] > 100, "nothing was said on the loopback either: this proves nothing"
    assert (counted["OutNoRoutes"], int(six["Ip6OutNoRoutes"])) == (0, 0)
    assert [one.name for one in first(tmp_path).backend.look().machines] == ["web-1", "web-2", "web-3"]


def test_set_up_builds_nothing_where_the_official_one_serves(nowhere: Path) -> None:
    official(nowhere, "v3.999.0")
    done = subprocess.run([str(SET_UP)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    official(nowhere, "v3.100.0")
    done = subprocess.run([str(SET_UP)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("set-up: no stacks: install Go 1.")


def test_modules_that_cannot_be_had_are_said_and_no_failure(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = shutil.which("go", path=os.defpath + os.pathsep + GO_PATH)
    assert go is not None, "this machine builds the engine, so it has Go"
    monkeypatch.setenv("PATH", f"{Path(go).parent}:/usr/bin:/bin")
    monkeypatch.setenv("GOMODCACHE", str(nowhere.parent / "modules"))
    monkeypatch.setenv("GOPROXY", "off")
    done = subprocess.run([str(SET_UP)], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "set-up: no stacks: the engine could not be built" in done.stdout
    assert not list((nowhere.parent / "cache").glob("engine-*"))
