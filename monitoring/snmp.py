"""Reading a device over SNMPv3 (authPriv) with gufo_snmp, wrapped where it would trust the agent or the network.

gufo_snmp does not retry, does not notice OIDs that do not increase, and its first request on a session idle for 150 s
fails. So: bounded retries of each request, the guard of `monitoring.walk.column`, a session for each reading (the keys
are hashed once for all, RFC 3414 A.2) and one time limit over the whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple, TypeVar

from gufo.snmp import Aes128Key, NoSuchInstance, Sha1Key, Sha256Key, SnmpError, User
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import KeyType

from inventory.model import SnmpUser
from inventory.secrets import Secrets
from monitoring import facts
from monitoring.model import BgpPeer, InterfaceCounters, LldpNeighbour, OspfNeighbour, SystemFacts
from monitoring.oids import BGP_PEERS, INTERFACES, LLDP_NEIGHBOURS, LLDP_PORTS, OSPF_NEIGHBOURS, SYSTEM, Table
from monitoring.walk import Engine, SnmpFailure, Value, column

AUTH_KEYS = {"SHA": Sha1Key, "SHA-256": Sha256Key}
"""By the names of the inventory, which are also those of net-snmp's createUser (snmpd.conf(5))."""
Answer = TypeVar("Answer")


class SnmpLimits(NamedTuple):
    timeout_s: float = 1.0
    """Of one request."""
    tries: int = 3
    """Of one request that is not answered."""
    sessions: int = 2
    """Of one reading, when the agent refuses one (it rebooted: its boots and time are new)."""
    reading_s: float = 10.0
    """Of the whole reading of one device."""
    port: int = 161


class SnmpAnswer(NamedTuple):
    """What one device said. A MIB that it does not have is an empty tuple."""

    system: SystemFacts | None
    interfaces: tuple[InterfaceCounters, ...]
    lldp: tuple[LldpNeighbour, ...]
    ospf: tuple[OspfNeighbour, ...]
    bgp: tuple[BgpPeer, ...]


def usm_user(user: SnmpUser, secrets: Secrets) -> User:
    """The user with master keys. Raises what `secrets.value` raises."""
    kind = AUTH_KEYS[user.auth_protocol]
    return User(
        user.user,
        auth_key=kind(kind.get_master_key(secrets.value(user.auth_secret).encode()), KeyType.Master),
        priv_key=Aes128Key(kind.get_master_key(secrets.value(user.priv_secret).encode()), KeyType.Master),
    )


class GufoEngine:
    """A session of gufo_snmp as monitoring.walk.Engine."""

    def __init__(self, session: SnmpSession, limits: SnmpLimits) -> None:
        self._session = session
        self._limits = limits

    async def open(self) -> None:
        """Find the engine id, boots and time. Raises SnmpFailure."""
        await self._attempt(self._session.refresh)

    async def get(self, oids: tuple[str, ...]) -> dict[str, Value]:
        try:
            return dict(await self._attempt(lambda: self._session.get_many(oids)))
        except NoSuchInstance:
            return {}

    async def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
        entries = self._session.getbulk(oid)
        while True:
            try:
                entry = await self._attempt(lambda: anext(entries))
            except (StopAsyncIteration, NoSuchInstance):
                return
            yield entry

    async def _attempt(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to one request, sent again while none comes."""
        for _ in range(self._limits.tries):
            try:
                return await request()
            except TimeoutError:
                continue
        raise SnmpFailure(f"no SNMP answer in {self._limits.tries} tries of {self._limits.timeout_s:g} s")


async def table(engine: Engine, wanted: Table) -> facts.Columns:
    """Every column of a table. The first column stands for all: where it is empty the rest is not asked for."""
    first, *rest = wanted.columns
    found = {first.name: await column(engine, first.oid)}
    for one in rest:
        found[one.name] = await column(engine, one.oid) if found[first.name] else {}
    return found


async def read(engine: Engine, device: str) -> SnmpAnswer:
    """One device, whole. Raises SnmpFailure."""
    system = facts.system(device, await engine.get(SYSTEM))
    interfaces = facts.interfaces(device, await table(engine, INTERFACES))
    neighbours = await table(engine, LLDP_NEIGHBOURS)
    ports = await table(engine, LLDP_PORTS)
    ospf = facts.ospf(device, await table(engine, OSPF_NEIGHBOURS))
    bgp = facts.bgp(device, await table(engine, BGP_PEERS))
    return SnmpAnswer(system, interfaces, facts.lldp(device, ports, neighbours), ospf, bgp)


async def read_device(device: str, address: str, user: User, limits: SnmpLimits) -> SnmpAnswer:
    """One reading over a session of its own. Raises SnmpFailure, and never anything else of the network's."""
    try:
        async with asyncio.timeout(limits.reading_s):
            return await _read_in_sessions(device, address, user, limits)
    except TimeoutError:
        raise SnmpFailure(f"the reading took longer than {limits.reading_s:g} s") from None


async def _read_in_sessions(device: str, address: str, user: User, limits: SnmpLimits) -> SnmpAnswer:
    refusal = "no session was tried"
    for _ in range(limits.sessions):
        try:
            engine = GufoEngine(SnmpSession(address, limits.port, user=user, timeout=limits.timeout_s), limits)
            await engine.open()
            return await read(engine, device)
        except SnmpError as error:
            refusal = f"the agent refused the request ({type(error).__name__.removeprefix('Py')})"
        except OSError as error:
            refusal = f"the request could not be sent ({error.strerror or type(error).__name__})"
    raise SnmpFailure(refusal)
