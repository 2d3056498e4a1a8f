"""A real sshd on the loopback for each test that asks, and devices of the demonstration world that live behind it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network_live.seat import Seat
from tests.network_live.server import Server, free_port, keygen


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "bin").mkdir()
    host_key, login = keygen(tmp_path / "host"), keygen(tmp_path / "login")
    (tmp_path / "authorized_keys").write_text(login + "\n")
    port = free_port()
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {tmp_path}/host\n"
        f"AuthorizedKeysFile {tmp_path}/authorized_keys\nSetEnv PATH={tmp_path}/bin:/usr/bin:/bin\n"
        "PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nLogLevel DEBUG2\n"
    )
    (tmp_path / "sshd.log").touch()
    Path("/run/sshd").mkdir(exist_ok=True)
    command = ["/usr/sbin/sshd", "-D", "-E", str(tmp_path / "sshd.log"), "-f", str(tmp_path / "sshd_config")]
    process = subprocess.Popen(command)
    try:
        found = Server(tmp_path, port, host_key)
        ends = time.monotonic() + 10
        while "Server listening" not in found.log:
            assert process.poll() is None and time.monotonic() < ends, found.log
            time.sleep(0.02)
        yield found
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def router(server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    return Seat(server, "dr-rungwe", monkeypatch)


@pytest.fixture
def core(server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    return Seat(server, "core-1", monkeypatch)


@pytest.fixture
def switch(server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    return Seat(server, "sw-rungwe", monkeypatch)
