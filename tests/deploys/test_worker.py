"""The worker as a process: it does not outlive who asked, and pyinfra stays in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from change.target import HostKeyRefused, TargetError, TargetUnreachable
from deploys.intent import host_intent
from deploys.prepare import CHECKOUT, prepare
from deploys.wire import Request
from inventory.model import DeployRole
from inventory.secret_store import AgeStore
from tests.deploys.servers import TODAY, world

ASK = "import sys; from deploys.prepare import prepare; from deploys.wire import Request; "
ASK += "prepare(Request.model_validate_json(sys.stdin.read()), 60)"


@pytest.fixture
def request_to_silence(tmp_path: Path) -> Request:
    """To a port of this host that takes the connection and never says a word."""
    inventory = world((DeployRole.BASE,))
    store = AgeStore.create(tmp_path / "secrets", inventory)
    intent = host_intent(inventory, inventory.servers[0], store, TODAY, None)
    return Request(
        address="127.0.0.1",
        port=1,
        user="root",
        known_hosts=str(tmp_path / "known_hosts"),
        key=store.value("login-key"),
        intent=intent,
        secrets={name: store.value(name) for name in intent.secrets},
        tags={name: store.tag(name) for name in intent.secrets},
    )


def pinned(request: Request, port: int) -> Request:
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIHqXQzsVXxX2Z0ZWxPf9H1VbQ0bK0dF5q0X0m1cQ3cQa"
    Path(request.known_hosts).write_text(f"[127.0.0.1]:{port} ssh-ed25519 {key}\n")
    return request.model_copy(update={"port": port})


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def until(true: object, limit_s: float = 20.0) -> None:
    assert callable(true)
    ends = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_without_a_pinned_key_nothing_is_sent(request_to_silence: Request) -> None:
    with pytest.raises(HostKeyRefused, match="nothing was sent"):
        prepare(request_to_silence, 20)


def test_a_server_that_does_not_answer_is_unreachable(request_to_silence: Request) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TargetUnreachable):
        prepare(pinned(request_to_silence, silent.getsockname()[1]), 20)


def test_a_limit_ends_it(request_to_silence: Request) -> None:
    before = children(os.getpid())
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TargetUnreachable, match="within 1 s"):
        prepare(pinned(request_to_silence, silent.getsockname()[1]), 1)
    assert children(os.getpid()) == before


def test_a_worker_that_stumbles_says_over_what_and_no_secret(request_to_silence: Request) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = pinned(request_to_silence, silent.getsockname()[1])
        word = request.secrets["snmp-auth"]
        broken = request.model_copy(update={"repository": f"/nowhere/{word}"})
        with pytest.raises(TargetError, match="server-1: its deploys could not be prepared: FileNotFoundError") as told:
            prepare(broken, 20)
    assert type(told.value) is TargetError
    assert word not in str(told.value) and request.tags["snmp-auth"] in str(told.value)


def test_a_worker_that_ends_without_a_word_is_not_taken_for_late(
    request_to_silence: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(TargetError, match="ended without an answer") as told:
        prepare(request_to_silence, 20)
    assert type(told.value) is TargetError


def test_it_ends_with_who_asked(request_to_silence: Request) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = pinned(request_to_silence, silent.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", ASK], stdin=subprocess.PIPE, cwd=CHECKOUT) as asker:
            assert asker.stdin is not None
            asker.stdin.write(request.model_dump_json().encode())
            asker.stdin.close()
            silent.accept()
            (worker,) = children(asker.pid)
            os.kill(asker.pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{worker}").exists())


def test_pyinfra_is_in_the_worker_alone() -> None:
    code = "import sys, deploys.target, deploys.installation; print(*{'pyinfra', 'gevent'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout.strip() == ""
