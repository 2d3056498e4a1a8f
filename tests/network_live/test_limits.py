"""A box that goes silent or away at any moment of a session is given up in time; that is never called a refusal."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from change.target import TargetUnreachable
from network.session import Credentials, Endpoint, Limits, Session, connect
from tests.network_live.server import Server

HOST_KEY = paramiko.ECDSAKey.generate()
SOON_S = 5.0
"""Far more than the limits of these tests, far less than what a box here makes us wait."""
HESITATES_S = 1.5
"""Twice in a login."""


class Pretender(paramiko.ServerInterface):
    """A box that is no good at one moment: `login` cuts the connection, `command` is silent, `hesitate` slow twice."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        self.ended = threading.Event()

    def serve(self, front: socket.socket) -> None:
        near, _ = front.accept()
        if self.moment == "hesitate":
            time.sleep(HESITATES_S)
        self.transport = paramiko.Transport(near)
        self.transport.add_server_key(HOST_KEY)
        self.transport.start_server(event=threading.Event(), server=self)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        if self.moment == "login":
            self.transport.close()
        if self.moment == "hesitate":
            self.ended.wait(HESITATES_S)
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.ended.wait(4 * SOON_S)
        return True


@pytest.fixture
def entered(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[tuple[Endpoint, Credentials]]:
    box = Pretender(request.param)
    with socket.create_server(("127.0.0.1", 0)) as front:
        port = front.getsockname()[1]
        known = tmp_path / "pretended"
        known.write_text(f"[127.0.0.1]:{port} {HOST_KEY.get_name()} {HOST_KEY.get_base64()}\n")
        serving = threading.Thread(target=box.serve, args=(front,), daemon=True)
        serving.start()
        yield Endpoint("box-1", "127.0.0.1", known, port), server.credentials
        box.ended.set()
        serving.join()
        box.transport.close()


@pytest.mark.parametrize("entered", ["command"], indirect=True)
def test_a_box_that_never_answers_the_request_for_a_command_is_given_up(
    entered: tuple[Endpoint, Credentials],
) -> None:
    with connect(*entered, Limits(command_s=0.5)) as session:
        assert gives_up_in(session, "") < SOON_S


@pytest.mark.parametrize("entered", ["hesitate"], indirect=True)
def test_the_steps_of_a_login_have_one_limit_together(entered: tuple[Endpoint, Credentials]) -> None:
    """Each step by itself is within it: bounded one by one they would end well."""
    with pytest.raises(TargetUnreachable, match="in time"):
        connect(*entered, Limits(total_s=2.0))


@pytest.mark.parametrize("entered", ["login"], indirect=True)
def test_a_connection_that_is_cut_within_the_login_is_no_refusal(entered: tuple[Endpoint, Credentials]) -> None:
    with pytest.raises(TargetUnreachable):
        connect(*entered, Limits())


def test_a_command_that_reads_a_little_at_a_time_is_given_up(server: Server) -> None:
    """Each mouthful opens the window again (RFC 4254, 5.2), so that no single write waits long."""
    server.put("sip", "for mouthful in $(seq 60); do head -c 200000; sleep 0.1; done > /dev/null")
    with server.session(Limits(command_s=0.5)) as session:
        assert gives_up_in(session, "x" * 20_000_000) < SOON_S


def test_an_output_that_never_ends_is_no_answer_though_the_command_has_ended(server: Server) -> None:
    with server.session() as session, pytest.raises(TargetUnreachable, match="in time"):
        session.execute(("sh", "-c", "echo half; sleep 3 & exit 0"), limit_s=0.5)


def gives_up_in(session: Session, stdin: str) -> float:
    """Seconds until the session says that there was no answer in time."""
    began = time.monotonic()
    with pytest.raises(TargetUnreachable, match="in time"):
        session.execute(("sip",), stdin)
    return time.monotonic() - began
