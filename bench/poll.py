"""One reading of a device: gufo_snmp beside pysnmp. Same agent, same SNMPv3 user, same code above the engine, same run.

    python -m bench.poll [READINGS]      as root (it makes a network namespace of its own); needs snmpd

Each engine runs in processes of its own, in turns, so that the peak memory is its own and a slow minute of the host
hits both. Prints one JSON document: wall and processor milliseconds of a reading (medians over the turns), peak memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator

from gufo.snmp import Aes128Key, Sha256Key, User
from gufo.snmp.aio import SnmpSession
from gufo.snmp.snmpd import Snmpd

from bench.cost import Cost, in_turns
from bench.figure import Figure, beside, report
from bench.peak import peak_mib
from monitoring.snmp import GufoEngine, SnmpAnswer, SnmpLimits, read
from monitoring.walk import SnmpFailure, Value

PORT = 10161
PORTS_OF_A_ROUTER = 24
TURNS = 3
ENGINES = ("gufo_snmp", "pysnmp")
AUTH, PRIV = b"bench-auth-secret", b"bench-priv-secret"
USER = User("bench", auth_key=Sha256Key(AUTH), priv_key=Aes128Key(PRIV))


class PysnmpEngine:
    """pysnmp as monitoring.walk.Engine; imported here, so that the other engine's process does not pay for it."""

    def __init__(self) -> None:
        from pysnmp.hlapi.v3arch import asyncio as pysnmp

        self._pysnmp = pysnmp
        self._engine = pysnmp.SnmpEngine()
        self._user = pysnmp.UsmUserData(
            "bench",
            authKey=AUTH.decode(),
            privKey=PRIV.decode(),
            authProtocol=pysnmp.USM_AUTH_HMAC192_SHA256,
            privProtocol=pysnmp.USM_PRIV_CFB128_AES,
        )

    async def open(self) -> None:
        self._target = await self._pysnmp.UdpTransportTarget.create(("127.0.0.1", PORT), timeout=1, retries=2)

    def _object(self, oid: str) -> object:
        return self._pysnmp.ObjectType(self._pysnmp.ObjectIdentity(oid))

    async def get(self, oids: tuple[str, ...]) -> dict[str, Value]:
        objects = [self._object(oid) for oid in oids]
        where = (self._engine, self._user, self._target, self._pysnmp.ContextData())
        error, status, _, found = await self._pysnmp.get_cmd(*where, *objects, lookupMib=False)
        if error or status:
            raise SnmpFailure(str(error or status))
        return {str(name): _plain(value) for name, value in found}

    async def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
        where = (self._engine, self._user, self._target, self._pysnmp.ContextData())
        walk = self._pysnmp.bulk_walk_cmd(*where, 0, 20, self._object(oid), lookupMib=False, lexicographicMode=False)
        async for error, status, _, found in walk:
            if error or status:
                raise SnmpFailure(str(error or status))
            for name, value in found:
                yield str(name), _plain(value)


def _plain(value: object) -> Value:
    """pysnmp's ASN.1 objects: numbers know int(), strings bytes()."""
    if hasattr(value, "asOctets"):
        return bytes(value.asOctets())
    return int(value) if hasattr(value, "__int__") else str(value)


async def read_once(engine: GufoEngine | PysnmpEngine) -> SnmpAnswer:
    await engine.open()
    return await read(engine, "router")


async def readings(name: str, count: int) -> Cost:
    """What one reading costs, after a first that is not counted; its amount is the number of interfaces."""
    limits = SnmpLimits(port=PORT)
    pysnmp = PysnmpEngine() if name == "pysnmp" else None

    def engine() -> GufoEngine | PysnmpEngine:
        return pysnmp or GufoEngine(SnmpSession("127.0.0.1", PORT, user=USER, timeout=1.0), limits)

    answer = await read_once(engine())
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for _ in range(count):
        answer = await read_once(engine())
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    assert answer.system is not None
    assert answer.system.name == os.uname().nodename
    return Cost(wall_s / count, cpu_s / count, peak_mib(), len(answer.interfaces))


def run(*words: str) -> None:
    subprocess.run(words, check=True)


def inside(count: str) -> tuple[Figure, ...]:
    """In the namespace: the ports, the agent, the turns."""
    run("ip", "link", "set", "lo", "up")
    for number in range(PORTS_OF_A_ROUTER // 2):
        run("ip", "link", "add", f"a{number}", "type", "veth", "peer", "name", f"b{number}")
    with Snmpd(users=[USER], port=PORT):
        costs = in_turns("bench.poll", ENGINES, TURNS, after=(count,))
    gufo, pysnmp = (costs[name] for name in ENGINES)
    return beside("an SNMPv3 authPriv reading of a device", "ms", gufo, "pysnmp", pysnmp)


def main() -> None:
    match sys.argv[1:]:
        case ["inside", count]:
            report("poll", lambda: inside(count))
        case [name, count] if name in ENGINES:
            print(json.dumps(asyncio.run(readings(name, int(count)))))
        case words:
            command = ["unshare", "--net", sys.executable, "-m", "bench.poll", "inside", *(words or ["100"])]
            sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
