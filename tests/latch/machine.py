"""The latch of a real machine: called as govnet calls it, and everything that a change of it could leave behind."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from dataclasses import dataclass

from inventory.model import Platform
from lab import faults, twin
from lab.twin import Twin
from network.config import PARTS_OF, START_UP_FILES, PartName

PLAN = "sha256:" + "0" * 64
CANARY = "canary-5b1d07"
KINDS: dict[PartName, tuple[str, str | None]] = {
    "interfaces": ("interfaces", None),
    "frr": ("frr", None),
    "snmpd": ("file", "snmpd"),
    "banner": ("file", None),
}
STATE = """
ip -oneline address show scope global | awk '{print $2, $4}'
ovs-vsctl --format=csv --no-headings --columns=name,tag,trunks list Port | sort
sha256sum /etc/frr/frr.conf /etc/network/interfaces /etc/snmp/snmpd.conf /etc/issue.net
stat --format='%n %U %G %a' /etc/frr/frr.conf /etc/network/interfaces /etc/snmp/snmpd.conf /etc/issue.net
ls -A -w 1 /etc/frr /etc/network /etc/snmp /run/govnet-latch
"""
HAYSTACKS = """
grep -rlsF {word} /etc /var/lib /var/log /var/tmp /run /root /tmp
journalctl -a -o json --no-pager | grep -qF {word} && echo the journal
true
"""


@dataclass(frozen=True)
class Answer:
    status: int
    document: dict[str, object]


@dataclass(frozen=True)
class Machine:
    """One machine of a twin, with a shell in it that needs no network."""

    twin: Twin
    node: str
    platform: Platform

    def sh(self, script: str) -> str:
        line = twin.command(self.twin, self.node, ["sh", "-c", script])
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True).stdout

    def begin(self, verb: str, request: object) -> subprocess.Popen[str]:
        line = twin.command(self.twin, self.node, ["/usr/local/sbin/govnet-latch", verb])
        process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process

    def latch(self, verb: str, request: object) -> Answer:
        return ended(self.begin(verb, request))

    def live(self) -> dict[str, str]:
        asked = [{"name": name, "kind": KINDS[name][0], "path": START_UP_FILES[name].path} for name in self.parts]
        parts = self.latch("read", {"parts": asked}).document["parts"]
        assert isinstance(parts, dict)
        return parts

    @property
    def parts(self) -> tuple[PartName, ...]:
        return PARTS_OF[self.platform]

    def state(self) -> list[str]:
        """Texts, addresses, ports, start-up files with their owners, and the folders where they lie."""
        return [*(row for text in self.live().values() for row in text.splitlines()), *self.sh(STATE).splitlines()]

    def arm(self, step: str, wanted: dict[str, str], commands: list[str], timer_s: float = 30.0) -> Answer:
        live = self.live()
        parts = []
        for name in self.parts:
            kind, unit = KINDS[name]
            lines = commands if name == "frr" else []
            file = START_UP_FILES[name].model_dump()
            parts.append({"name": name, "kind": kind, "unit": unit, "text": wanted[name], "commands": lines, **file})
        base = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in live.items()}
        return self.latch("arm", {"step": step, "plan": PLAN, "timer_s": timer_s, "parts": parts, "base": base})

    def inspect(self, step: str) -> dict[str, object]:
        return self.latch("inspect", {"step": step}).document

    def until(self, step: str, state: str, limit_s: float) -> None:
        ends = time.monotonic() + limit_s
        while self.inspect(step)["state"] != state:
            assert time.monotonic() < ends, self.inspect(step)
            time.sleep(0.2)

    def power_cut(self) -> None:
        faults.power_off(self.twin, self.node)
        faults.power_on(self.twin, self.node)

    def holding(self, word: str) -> set[str]:
        """Every file, and the journal, in which this word stands."""
        return set(self.sh(HAYSTACKS.format(word=word)).split("\n")) - {""}


def ended(process: subprocess.Popen[str]) -> Answer:
    said, _ = process.communicate(timeout=120)
    return Answer(process.returncode, json.loads(said) if said else {})
