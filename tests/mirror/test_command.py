"""`govnet mirror build`: what it prints, its one document, and how it ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploys.packages import PACKAGES
from inventory.load import load_before_keys
from inventory.secret_store import AgeStore
from tests.mirror.archive import Archive, Deb
from tests.mirror.world import world_with_mirror

GOVNET = str(Path(sys.executable).parent / "govnet")
Run = Callable[..., subprocess.CompletedProcess[str]]


def govnet(*words: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOVNET_CACHE": str(cache)}
    done = subprocess.run([GOVNET, *words], capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def build(archive: Archive, tmp_path: Path) -> Run:
    """The verb, on a world with a mirror and its keys, from the archive of the tests. Later words win."""
    world = world_with_mirror(tmp_path)
    common = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    cache = archive.folder / "cache"
    assert govnet("keys", *common, cache=cache).returncode == 0
    paths = ("--image", str(archive.image), "--sources", str(archive.etc))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return govnet("mirror", "build", *common, *paths, *words, cache=cache)

    return run


@pytest.fixture
def whole(archive: Archive) -> None:
    """The archive has what the deploys of today name."""
    names = sorted({name for names in PACKAGES.values() for name in names})
    archive.publish(tuple(Deb(name, "1.0") for name in names), datetime.now(UTC) - timedelta(minutes=1))


@pytest.mark.usefixtures("whole")
def test_it_says_what_it_made_and_the_second_time_that_it_stands(build: Run, tmp_path: Path) -> None:
    first, second = build(), build()
    assert first.returncode == second.returncode == 0
    digest = (tmp_path / "state/mirror/current").readlink().name
    assert first.stdout.splitlines()[-2].startswith(f"{digest}: ")
    assert "packages" in first.stdout.splitlines()[-2]
    assert "MB, valid until 20" in first.stdout.splitlines()[-2]
    assert first.stdout.splitlines()[-1] == f"Made in {tmp_path}/state/mirror/{digest}"
    assert second.stdout.splitlines()[-1] == "It stands; nothing to do."


@pytest.mark.usefixtures("whole")
def test_json_is_one_document_and_the_same_but_for_what_was_new(build: Run) -> None:
    first, second = (json.loads(build("--json").stdout) for _ in range(2))
    assert first.pop("new") is True
    assert second.pop("new") is False
    assert first == second
    assert set(first) == {"digest", "folder", "date", "valid_until", "key", "octets", "packages"}
    assert {"name", "version", "architecture"} == set(first["packages"][0])


def test_a_package_that_is_nowhere_ends_with_2_and_its_name(build: Run) -> None:
    done = build()
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "no archive of this machine has the package openssh-server: see the table in deploys/packages.py"
    ]


def test_an_archive_that_does_not_answer_ends_with_2(build: Run, archive: Archive) -> None:
    archive.trust(archive.folder / "archive.asc", uri="http://127.0.0.1:1")
    done = build()
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "http://127.0.0.1:1/dists/bookworm/InRelease could not be fetched: " in done.stderr


def test_an_archive_that_was_tampered_with_ends_with_3(build: Run, archive: Archive) -> None:
    archive.index.write_text(archive.index.read_text() + "\n")
    done = build()
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"file:{archive.index} is not what its archive signed for: nothing was taken from it"
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--sources", "/nowhere"), "/nowhere names no archive of Debian bookworm with component main"),
        (("--image", "/nowhere"), "/nowhere is not the root of a Debian system: it has no usr/lib/os-release"),
        (
            ("--inventory", "inventory/tanzania"),
            "inventory/tanzania says nothing of hosting, so no server needs a mirror; "
            "`govnet check` tells what to add once there are servers",
        ),
        (("--state", "/nowhere"), "/nowhere/secrets is missing: run `govnet keys`"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(build: Run, words: tuple[str, ...], sentence: str) -> None:
    done = build(*words)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [sentence]
    assert done.stdout == ""


@pytest.mark.usefixtures("whole")
def test_after_one_that_was_killed_the_next_waits_for_its_apt_and_builds(
    build: Run, archive: Archive, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        archive.trust(archive.folder / "archive.asc", uri=f"http://127.0.0.1:{silent.getsockname()[1]}")
        paths = ("--image", str(archive.image), "--sources", str(archive.etc), "--inventory", str(tmp_path / "world"))
        line = [GOVNET, "mirror", "build", *paths, "--state", str(tmp_path / "state")]
        environment = {**os.environ, "GOVNET_CACHE": str(archive.folder / "cache")}
        running = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL)
        silent.settimeout(20)
        connection, _ = silent.accept()
        running.kill()
        running.wait()
        archive.trust(archive.folder / "archive.asc")
        threading.Timer(1, connection.close).start()
    done = build()
    assert done.returncode == 0
    assert "Waiting for another build to end ..." in done.stdout


@pytest.mark.usefixtures("whole")
def test_the_private_key_is_not_said(build: Run, tmp_path: Path) -> None:
    done = build("--json")
    held = AgeStore.open(tmp_path / "state/secrets", load_before_keys(tmp_path / "world")).value("mirror-key")
    secret = [line for line in held.splitlines() if len(line) > 40]
    assert secret
    assert not any(line in done.stdout + done.stderr for line in secret)


def test_a_machine_without_the_tools_is_told(build: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = build()
    assert done.returncode == 2
    assert "apt-get" in done.stderr
