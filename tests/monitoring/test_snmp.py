"""Reading over SNMPv3 from a real net-snmp agent, and from agents and networks that misbehave."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from inventory.model import SnmpUser
from monitoring.model import BgpPeer, LldpNeighbour, OspfNeighbour
from monitoring.snmp import SnmpAnswer, SnmpLimits, read, read_device, usm_user
from monitoring.walk import SnmpFailure, Value, column, numbers
from tests.monitoring.agent import Agent, TableSecrets, agent, relay

AUTH, PRIV = "canary-auth-8f2c", "canary-priv-91bd"
SECRETS = TableSecrets({"snmp-auth": AUTH, "snmp-priv": PRIV, "wrong": "canary-wrong-77aa"})
USER = SnmpUser(
    user="govnet", auth_protocol="SHA-256", auth_secret="snmp-auth", priv_protocol="AES", priv_secret="snmp-priv"
)
LLDP, OSPF, BGP = "1.0.8802.1.1.2.1", "1.3.6.1.2.1.14.10.1", "1.3.6.1.2.1.15.3.1"
TABLES: list[tuple[str, str, str | int]] = [
    (f"{LLDP}.3.7.1.2.2", "integer", 3),
    (f"{LLDP}.3.7.1.3.2", "octet", "02 00 00 00 00 01"),
    (f"{LLDP}.3.7.1.4.2", "string", "eth1"),
    (f"{LLDP}.4.1.1.6.0.2.7", "integer", 5),
    (f"{LLDP}.4.1.1.7.0.2.7", "string", "eth5"),
    (f"{LLDP}.4.1.1.8.0.2.7", "string", "to dr-chunya"),
    (f"{LLDP}.4.1.1.9.0.2.7", "string", "rr-mbeya.govnet.example"),
    *((f"{OSPF}.3.10.254.1.{last}.0", "ipaddress", f"10.255.1.{last}") for last in range(0, 60, 2)),
    *((f"{OSPF}.6.10.254.1.{last}.0", "integer", 8 if last else 3) for last in range(0, 60, 2)),
    (f"{BGP}.2.192.0.2.1", "integer", 6),
    (f"{BGP}.9.192.0.2.1", "integer", 64500),
]


QUICK = SnmpLimits(timeout_s=0.5)


def ask(port: int, user: SnmpUser = USER, limits: SnmpLimits = QUICK) -> SnmpAnswer:
    return asyncio.run(read_device("box", "127.0.0.1", usm_user(user, SECRETS), limits._replace(port=port)))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    with agent(tmp_path_factory.mktemp("full"), USER, SECRETS, json.dumps(TABLES)) as one:
        yield one


def test_a_device_is_read_whole(full: Agent) -> None:
    answer = ask(full.port)
    assert answer.system is not None
    assert (answer.system.device, answer.system.name) == ("box", "agent-under-test")
    names = {name for _, name in socket.if_nameindex()}
    assert {one.interface for one in answer.interfaces} == names
    (loopback,) = (one for one in answer.interfaces if one.interface == "lo")
    assert loopback.oper_up
    assert loopback.in_octets > 0
    assert answer.lldp == (
        LldpNeighbour(device="box", interface="eth1", remote_device="rr-mbeya", remote_interface="eth5"),
    )
    assert len(answer.ospf) == 30, "more rows than one GETBULK brings"
    assert answer.ospf[:2] == (
        OspfNeighbour(device="box", address="10.254.1.0", router_id="10.255.1.0", state="init"),
        OspfNeighbour(device="box", address="10.254.1.2", router_id="10.255.1.2", state="full"),
    )
    assert answer.bgp == (BgpPeer(device="box", address="192.0.2.1", asn=64500, state="established"),)


def test_a_mib_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    with agent(tmp_path, USER, SECRETS) as bare:
        answer = ask(bare.port)
    assert (answer.lldp, answer.ospf, answer.bgp) == ((), (), ())
    assert answer.interfaces


def test_the_older_authentication_is_spoken_too(tmp_path: Path) -> None:
    user = USER.model_copy(update={"auth_protocol": "SHA"})
    with agent(tmp_path, user, SECRETS) as one:
        assert ask(one.port, user).system is not None


def test_lost_requests_are_sent_again(full: Agent) -> None:
    with relay(full.port, frozenset({0, 2, 5, 6, 9})) as port:
        answer = ask(port, limits=SnmpLimits(timeout_s=0.2))
    assert answer == ask(full.port)._replace(system=answer.system, interfaces=answer.interfaces)
    assert len(answer.ospf) == 30


def test_an_agent_that_restarted_is_read_again(tmp_path: Path) -> None:
    """Its engine boots and time are new; no session outlives a reading, so nothing is stale."""
    for _ in range(2):
        with agent(tmp_path, USER, SECRETS) as one:
            assert ask(one.port).system is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"auth_secret": "wrong"}, "the agent refused the request (SnmpAuthError)"),
        ({"user": "nobody"}, "the agent refused the request (SnmpAuthError)"),
        ({"priv_secret": "wrong"}, "no SNMP answer in 2 tries of 0.1 s"),
    ],
)
def test_a_refusal_is_one_sentence_without_a_secret(
    full: Agent, change: dict[str, str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SnmpFailure) as caught:
        ask(full.port, USER.model_copy(update=change), SnmpLimits(timeout_s=0.1, tries=2))
    assert str(caught.value) == says
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = f"{''.join(frames.format())} {caplog.text} {full.log.read_text()}"
    assert "canary" not in told


def test_the_user_shows_no_secret() -> None:
    user = usm_user(USER, SECRETS)
    for text in (repr(user), str(user), repr(vars(user))):
        assert AUTH not in text
        assert PRIV not in text


def test_silence_ends_in_time_and_is_said() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        with pytest.raises(SnmpFailure, match=r"no SNMP answer in 2 tries of 0.05 s"):
            ask(port, limits=SnmpLimits(timeout_s=0.05, tries=2))
        with pytest.raises(SnmpFailure, match=r"the reading took longer than 0.1 s"):
            ask(port, limits=SnmpLimits(timeout_s=30, reading_s=0.1))


class Scripted:
    """An engine that says whatever it was told to, ever again."""

    def __init__(self, *oids: str) -> None:
        self._oids = oids

    async def get(self, oids: tuple[str, ...]) -> dict[str, Value]:
        return {}

    async def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
        while True:
            for one in self._oids:
                yield one, 1


@pytest.mark.parametrize("oids", [("1.3.1", "1.3.2"), ("1.3.5", "1.3.4"), ("1.3.1.1", "1.3.1.1"), ("1.3",)])
def test_an_agent_that_goes_round_is_stopped(oids: tuple[str, ...]) -> None:
    with pytest.raises(SnmpFailure, match=r"do not increase below 1\.3"):
        asyncio.run(column(Scripted(*oids), "1.3"))


def test_an_agent_that_never_ends_is_stopped() -> None:
    class Endless(Scripted):
        async def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
            number = 0
            while True:
                number += 1
                yield f"{oid}.{number}", 1

    with pytest.raises(SnmpFailure, match="more than 10000 rows"):
        asyncio.run(column(Endless(), "1.3"))


def test_a_walk_ends_where_its_subtree_does() -> None:
    found = asyncio.run(column(Scripted("1.3.1", "1.3.2.7", "1.4.1"), "1.3"))
    assert found == {(1,): 1, (2, 7): 1}
    assert numbers(".1.3.6") == (1, 3, 6)


def test_an_empty_agent_is_an_empty_answer() -> None:
    class Empty(Scripted):
        async def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
            for row in self._oids:
                yield row, 1

    assert asyncio.run(read(Empty(), "box")) == SnmpAnswer(None, (), (), (), ())
