"""Sessions against a real sshd: what is believed, what is sent, what is noticed, and how long anything may take."""

from __future__ import annotations

import re
import socket
import threading
import time
import traceback
from ipaddress import ip_address
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from change.target import HostKeyRefused, TargetError, TargetUnreachable
from network.session import CommandRefused, Credentials, Endpoint, Limits, LoginRefused, connect, echoed
from tests.network_live.server import LIMITS, RECORDED, Server, keygen

AUTH_ATTEMPT = re.compile(r"userauth-request for user|Failed |Accepted |Postponed ")
"""What sshd writes at DEBUG2 as soon as a client asks to be let in (RFC 4252, 5)."""


def test_a_pinned_box_is_entered_and_commands_answer(server: Server) -> None:
    with server.session() as session:
        assert session.run(("echo", "two  words", "$HOME; false")) == "two  words $HOME; false\n"
        assert session.run(("cat",), stdin="für\n") == "für\n"
        answer = session.execute(("sh", "-c", "echo out; echo err >&2; exit 7"))
        assert (answer.status, answer.stdout, answer.stderr) == (7, "out\n", "err\n")
    assert AUTH_ATTEMPT.search(server.log), "the log would show an attempt"


def test_with_no_name_service_a_session_is_had_all_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes are reached by address: nothing is ever looked up, and no time goes by waiting for a dead resolver."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def dead(host: str, *words: object) -> object:
        try:
            ip_address(host)
        except ValueError:
            asked.append(host)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from None
        return look_up(host, *words)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(socket, "getaddrinfo", dead)
    with server.session() as session:
        assert session.run(("echo", "here")) == "here\n"
    assert asked == []


def test_an_unknown_host_key_is_refused_before_anything_is_sent(server: Server, tmp_path: Path) -> None:
    empty = tmp_path / "nobody"
    empty.write_text("")
    damaged = tmp_path / "damaged"
    damaged.write_text(f"[127.0.0.1]:{server.port} ssh-ed25519 this-is-no-base64!\n")
    for known_hosts in (empty, tmp_path / "no-such-file", damaged):
        with pytest.raises(HostKeyRefused, match="nothing was sent"):
            connect(server.endpoint(known_hosts), server.credentials, LIMITS)
    assert "Connection from" not in server.log


def test_a_changed_host_key_is_refused_before_authentication(server: Server, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other")
    with pytest.raises(HostKeyRefused, match=r"is not the pinned ssh-ed25519 SHA256:.* no credential was sent"):
        connect(server.endpoint(server.pin(other)), server.credentials, LIMITS)
    assert "Connection from" in server.log
    assert not AUTH_ATTEMPT.search(server.log)


def test_a_pinned_key_of_another_kind_does_not_count(server: Server, tmp_path: Path) -> None:
    ecdsa = "ecdsa-sha2-nistp256 " + (
        "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5"
        "wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
    )
    with pytest.raises(HostKeyRefused):
        connect(server.endpoint(server.pin(ecdsa)), server.credentials, LIMITS)
    assert not AUTH_ATTEMPT.search(server.log)


def test_a_box_that_does_not_know_us_says_so_without_the_key(server: Server, tmp_path: Path) -> None:
    keygen(tmp_path / "stranger")
    stranger = Credentials(server.credentials.user, (tmp_path / "stranger").read_text())
    with pytest.raises(LoginRefused, match=r"does not let .* in") as caught:
        connect(server.endpoint(server.pin(server.host_key)), stranger, LIMITS)
    body = stranger.private_key.splitlines()[1]
    assert body not in "".join(traceback.format_exception(caught.value))
    assert body not in repr(stranger)


def test_a_key_that_is_none_is_refused_without_its_text(server: Server) -> None:
    text = "".join(reversed("yranac"))
    with pytest.raises(TargetError) as caught:
        connect(server.endpoint(server.pin(server.host_key)), Credentials("root", text), LIMITS)
    assert text not in "".join(traceback.format_exception(caught.value))


def test_a_command_that_fails_is_noticed_with_its_last_words(server: Server) -> None:
    with server.session() as session, pytest.raises(CommandRefused, match=r"box-1: `sh` ended with status 3: at last"):
        session.run(("sh", "-c", "echo first >&2; echo at last >&2; exit 3"))


def test_a_line_that_frr_rejects_is_noticed_though_vtysh_says_nothing_is_wrong(server: Server) -> None:
    server.put("vtysh", "echo '% Unknown command: show nonsense'")
    with server.session() as session, pytest.raises(CommandRefused, match="% Unknown command"):
        session.vtysh("show nonsense")


def test_an_answer_of_another_form_is_noticed(server: Server) -> None:
    server.put("vtysh", "echo 'no such daemon'")
    with server.session() as session, pytest.raises(CommandRefused, match="form that is not known"):
        session.vtysh_read("show ip route json", TypeAdapter(dict[str, int]))


def test_a_command_that_never_ends_is_given_up(server: Server) -> None:
    with server.session() as session:
        began = time.monotonic()
        with pytest.raises(TargetUnreachable, match="in time"):
            session.execute(("sleep", "60"), limit_s=0.3)
        assert time.monotonic() - began < 30
        assert session.run(("echo", "alive")) == "alive\n"


def test_the_whole_session_has_a_limit(server: Server) -> None:
    limits = Limits(command_s=60, total_s=1.0)
    with server.session(limits) as session, pytest.raises(TargetUnreachable, match="in time"):
        session.execute(("sleep", "60"))


def test_a_connection_that_is_cut_in_the_middle_is_unreachable_and_not_a_failure(server: Server) -> None:
    with server.session() as session, pytest.raises(TargetUnreachable):
        session.run(("sh", "-c", "kill -9 $PPID; sleep 5"))


def test_a_closed_session_says_so(server: Server) -> None:
    session = server.session()
    assert session.alive
    session.close()
    session.close()
    assert not session.alive
    with pytest.raises(TargetUnreachable):
        session.run(("true",))


def test_nobody_there_is_unreachable(server: Server, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{port} {server.host_key}\n")
        with pytest.raises(TargetUnreachable):
            connect(Endpoint("box-1", "127.0.0.1", known, port), server.credentials, LIMITS)


def test_a_box_that_accepts_and_says_nothing_is_given_up(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{port} {server.host_key}\n")
        began = time.monotonic()
        with pytest.raises(TargetUnreachable):
            connect(Endpoint("box-1", "127.0.0.1", known, port), server.credentials, Limits(banner_s=0.5, total_s=5))
        assert time.monotonic() - began < 30


def test_a_box_that_speaks_one_byte_at_a_time_is_understood(server: Server, tmp_path: Path) -> None:
    """The whole login and a command through a proxy that hands every byte over alone."""
    with socket.create_server(("127.0.0.1", 0)) as front:
        port = front.getsockname()[1]
        thread = threading.Thread(target=trickle, args=(front, server.port), daemon=True)
        thread.start()
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{port} {server.host_key}\n")
        with connect(Endpoint("box-1", "127.0.0.1", known, port), server.credentials, LIMITS) as session:
            assert session.run(("cat",), stdin="slowly\n") == "slowly\n"
        thread.join(timeout=10)


def test_outputs_of_several_commands_are_told_apart() -> None:
    commands = ("show ip ospf neighbor json", "show ipv6 ospf6 neighbor json", "show bgp summary json")
    found = echoed((RECORDED / "echoed.txt").read_text(), commands)
    assert [found[command].lstrip()[:1] for command in commands] == ["{", "{", "{"]
    assert found[commands[0]].count('"neighbors"') == 1


def test_a_command_without_output_is_empty_and_takes_no_other_s() -> None:
    assert echoed("r1# show a\nr1# show b\nb's\n", ("show a", "show b")) == {"show a": "", "show b": "b's"}


def trickle(front: socket.socket, port: int) -> None:
    """One connection, both ways, a byte a segment."""
    near, _ = front.accept()
    with near, socket.create_connection(("127.0.0.1", port)) as far:
        for each in (near, far):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=pump, args=(far, near), daemon=True)
        back.start()
        pump(near, far)
        back.join(timeout=5)


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(4096):
            for octet in data:
                sink.send(bytes([octet]))
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
