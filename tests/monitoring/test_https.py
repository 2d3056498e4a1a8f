"""A web site is up when it gives a page over TLS that our authority vouches for; each other end has its own words."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.https import HttpsLimits, WebAnswer, ask, days_left, request, status_of, trusting
from monitoring.model import Fault
from tests.monitoring.authority import Authority
from tests.monitoring.web import Heard, listening, site

NAME = "www.mof.example"
LOOPBACK = IPv4Address("127.0.0.1")
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority.make("Ours")


def asked(authority: str | None, port: int, total_s: float = 3.0) -> WebAnswer:
    """Whatever the answer is, its connection goes with it, at both ends: a poller that runs for years keeps none."""

    async def once() -> WebAnswer:
        before = len(os.listdir("/proc/self/fd"))
        answer = await ask(trusting(authority), LOOPBACK, NAME, HttpsLimits(total_s=total_s, port=port))
        async with asyncio.timeout(5):
            while len(os.listdir("/proc/self/fd")) > before:
                await asyncio.sleep(0.01)
        return answer

    return asyncio.run(once())


def test_a_site_that_gives_a_page_is_up_and_its_certificate_is_read(ours: Authority, tmp_path: Path) -> None:
    ends, heard = NOW + 40 * DAY, Heard()
    with listening(site(tmp_path, ours.site(NAME, NOW - DAY, ends), PAGE, heard)) as port:
        answer = asked(ours.pem, port)
    assert (answer.fault, answer.status, answer.valid_until) == (None, 200, ends)
    assert answer.response_ms is not None
    assert 0 < answer.response_ms < 3000
    assert heard.names == [NAME]
    assert heard.requests == [request(NAME)]
    assert b"\r\nHost: www.mof.example\r\n" in heard.requests[0]


@pytest.mark.parametrize(
    ("answer", "fault", "status"),
    [
        (b"HTTP/1.1 301 Moved\r\n\r\n", None, 301),
        (b"HTTP/1.0 399 \r\n", None, 399),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Fault.CLIENT_ERROR, 404),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", Fault.SERVER_ERROR, 503),
        (b"HTTP/1.1 500\r\n\r\n", Fault.SERVER_ERROR, 500),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", Fault.OTHER_STATUS, 103),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Fault.NOT_HTTP, None),
        (b"HTTP/1.1 20", Fault.NOT_HTTP, None),
        (b"x" * 20000, Fault.NOT_HTTP, None),
        (b"", Fault.CLOSED, None),
    ],
)
def test_the_answer_decides(
    ours: Authority, tmp_path: Path, answer: bytes, fault: Fault | None, status: int | None
) -> None:
    ends = NOW + 40 * DAY
    with listening(site(tmp_path, ours.site(NAME, NOW - DAY, ends), answer, Heard())) as port:
        found = asked(ours.pem, port)
    assert (found.fault, found.status) == (fault, status)
    assert found.valid_until == ends, "the certificate was accepted, whatever was said over it"
    assert (found.response_ms is None) == (status is None)


@pytest.mark.parametrize(
    ("certificate", "fault"),
    [
        (lambda ours: ours.site(NAME, NOW - 9 * DAY, NOW - DAY), Fault.EXPIRED),
        (lambda ours: ours.site(NAME, NOW + DAY, NOW + 9 * DAY), Fault.NOT_YET_VALID),
        (lambda ours: ours.site("www.necta.example", NOW - DAY, NOW + 9 * DAY), Fault.WRONG_NAME),
        (lambda _: Authority.make("Ours").site(NAME, NOW - DAY, NOW + 9 * DAY), Fault.UNTRUSTED),
    ],
)
def test_a_wrong_certificate_is_down_and_nothing_is_asked(
    ours: Authority, tmp_path: Path, certificate: Callable[[Authority], str], fault: Fault
) -> None:
    heard = Heard()
    with listening(site(tmp_path, certificate(ours), PAGE, heard)) as port:
        assert asked(ours.pem, port) == WebAnswer(fault)
    assert heard.requests == []


def test_the_name_stands_in_the_alternative_names_and_nowhere_else(ours: Authority, tmp_path: Path) -> None:
    """RFC 6125, 6.4.4: a common name is no host name."""
    good = ours.site("other.example", NOW - DAY, NOW + DAY)
    context = trusting(ours.pem)
    assert not context.hostname_checks_common_name
    with listening(site(tmp_path, good, PAGE, Heard())) as port:
        assert asked(ours.pem, port).fault is Fault.WRONG_NAME


def test_the_machines_own_authorities_are_not_believed(ours: Authority, tmp_path: Path) -> None:
    """None trusts nobody, not the machine's store: a world without an authority has no site that is up."""
    assert trusting(None).get_ca_certs() == []
    assert len(trusting(ours.pem).get_ca_certs()) == 1
    with listening(site(tmp_path, ours.site(NAME, NOW - DAY, NOW + DAY), PAGE, Heard())) as port:
        assert asked(None, port) == WebAnswer(Fault.UNTRUSTED)


def test_a_port_that_nobody_listens_on_refuses(ours: Authority) -> None:
    with listening(lambda _: None) as port:
        pass
    assert asked(ours.pem, port) == WebAnswer(Fault.REFUSED)


def test_plain_http_on_the_port_is_no_tls(ours: Authority) -> None:
    def plain(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(plain) as port:
        assert asked(ours.pem, port) == WebAnswer(Fault.NOT_TLS)


def test_a_connection_that_is_closed_in_the_handshake_is_closed(ours: Authority) -> None:
    with listening(lambda client: client.recv(1) and None) as port:
        assert asked(ours.pem, port) == WebAnswer(Fault.CLOSED)


def test_silence_ends_in_time_and_leaves_no_connection(ours: Authority) -> None:
    def silent(client: socket.socket) -> None:
        while client.recv(65536):
            pass

    with listening(silent) as port:
        assert asked(ours.pem, port, 0.4) == WebAnswer(Fault.NO_ANSWER)


def test_an_answer_that_drips_ends_in_time(ours: Authority, tmp_path: Path) -> None:
    path = tmp_path / "site.pem"
    path.write_text(ours.site(NAME, NOW - DAY, NOW + DAY))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def dripping(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as channel:
            for octet in PAGE * 9:
                channel.sendall(bytes([octet]))
                time.sleep(0.1)

    with listening(dripping) as port:
        found = asked(ours.pem, port, 0.8)
    assert (found.fault, found.valid_until) == (Fault.NO_ANSWER, NOW + DAY)


def test_an_address_without_a_way_is_said() -> None:
    """The kernel has no way for TCP to a multicast address, whatever routes the host has: no packet leaves."""
    answer = asyncio.run(ask(trusting(None), IPv4Address("224.0.0.1"), NAME, HttpsLimits(total_s=3)))
    assert answer == WebAnswer(Fault.NO_WAY)


@given(
    ends=st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
)
def test_days_are_whole_and_never_more_than_are_left(ends: datetime, at: datetime) -> None:
    days = days_left(ends, at)
    assert at + days * DAY <= ends < at + (days + 1) * DAY
    assert (days >= 0) == (at <= ends)
    assert days_left(ends + DAY, at) == days + 1


@given(st.binary(max_size=60))
def test_any_line_is_a_status_or_none(line: bytes) -> None:
    status = status_of(line)
    assert status is None or 100 <= status <= 599
    assert status_of(b"HTTP/1.1 204 " + line.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n") == 204
