"""A real net-snmp agent on loopback, with tables of other daemons (LLDP, OSPF, BGP) served by a small script.

snmpd's `pass_persist` hands whole subtrees to a program, as AgentX does to FRR and lldpd, so every walk goes through
the real agent's USM, VACM and getbulk.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from inventory.model import SnmpUser
from inventory.secrets import Secrets

PASS_PERSIST = """
import json, sys
rows = [(tuple(map(int, oid.split("."))), kind, value) for oid, kind, value in json.load(open(sys.argv[1]))]
rows.sort()
def say(*lines):
    print("\\n".join(lines), flush=True)
for line in iter(sys.stdin.readline, ""):
    verb = line.strip()
    if verb == "PING":
        say("PONG")
        continue
    asked = tuple(map(int, sys.stdin.readline().strip().strip(".").split(".")))
    fits = [row for row in rows if (row[0] > asked if verb == "getnext" else row[0] == asked)]
    if fits:
        oid, kind, value = fits[0]
        say("." + ".".join(map(str, oid)), kind, str(value))
    else:
        say("NONE")
"""
SUBTREES = (".1.0.8802.1.1.2", ".1.3.6.1.2.1.14", ".1.3.6.1.2.1.15")


class Agent(NamedTuple):
    port: int
    log: Path


class TableSecrets:
    """monitoring's view of a secret store, with the values at hand."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def value(self, name: str) -> str:
        return self._values[name]

    def tag(self, name: str) -> str:
        return f"<{name}#0000000000000000>"

    def redact(self, value: str) -> str:
        return "<unknown#0000000000000000>"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def agent(folder: Path, user: SnmpUser, secrets: Secrets, tables: str = "[]") -> Iterator[Agent]:
    """snmpd until the block ends. `tables`: a JSON list of [oid, pass_persist type, value]."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tables.json").write_text(tables)
    (folder / "tables.py").write_text(PASS_PERSIST)
    port = free_port()
    auth, priv = secrets.value(user.auth_secret), secrets.value(user.priv_secret)
    lines = [
        f"agentaddress udp:127.0.0.1:{port}",
        f'createUser {user.user} {user.auth_protocol} "{auth}" {user.priv_protocol} "{priv}"',
        f"rouser {user.user} priv",
        "sysname agent-under-test",
        *(f"pass_persist {root} {sys.executable} {folder}/tables.py {folder}/tables.json" for root in SUBTREES),
    ]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    log = folder / "snmpd.log"
    command = ["snmpd", "-f", "-C", "-c", f"{folder}/snmpd.conf", "-Lo", "-I", "-smux"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
            env={"SNMP_PERSISTENT_DIR": str(folder / "persistent"), "PATH": "/usr/sbin:/usr/bin:/bin"},
        )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("NET-SNMP version"):
                break
        else:
            raise RuntimeError(f"snmpd did not start: {log.read_text()}")
        yield Agent(port, log)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextmanager
def relay(port: int, drop: frozenset[int]) -> Iterator[int]:
    """A UDP relay to a local agent that drops the requests of these numbers (from 0). Yields its own port."""
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind(("127.0.0.1", 0))
    back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    back.connect(("127.0.0.1", port))

    def forth() -> None:
        number = 0
        while True:
            request, client = front.recvfrom(65536)
            if not request:
                return
            if number not in drop:
                back.send(request)
                front.sendto(back.recv(65536), client)
            number += 1

    thread = threading.Thread(target=forth)
    thread.start()
    try:
        yield front.getsockname()[1]
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", front.getsockname())
        thread.join()
        front.close()
        back.close()
