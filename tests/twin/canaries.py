"""Fifty secrets that are known to the tests, all in use, and a watch over the processes that must not show one."""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from ipaddress import ip_network
from itertools import count
from pathlib import Path

from inventory.load import load
from inventory.secret_store import AgeStore
from inventory.secret_values import telling

SECRETS = 50
OTHER_KEY = "auth_secret: ospf-07"
"""Of the first link between the cores: wrong at any link of a district."""
CABLE = """\
      - {{name: eth{port}, mode: routed, addresses: [10.254.3.{host}/31, "fd47:4f56:5401:fe03::{host:x}/127"]}}
"""
LINK = """\
  - {{name: core-1--core-2-{port}, kind: backbone, a: {{device: core-1, interface: eth{port}}}, \
b: {{device: core-2, interface: eth{port}}}, area: 0.0.0.0, cost: 20, auth_secret: ospf-more}}
"""


def plant(world: Path) -> None:
    """A key of its own for every BGP session and every backbone link.

    The demonstration has places for 27 secrets; the rest are the keys of so many more cables between the cores, which
    cost no machine.
    """
    secrets = [line for line in (world / "secrets.yaml").read_text().splitlines() if "name:" in line]
    others = [line for line in secrets if not re.search("kind: (ospf|bgp)", line)]
    devices = world / "dodoma/devices.yaml"
    sessions: dict[str, str] = {}
    lines = [with_own_key(line, sessions) for line in devices.read_text().splitlines(keepends=True)]
    links = sum(path.read_text().count("auth_secret:") for path in world.rglob("links.yaml"))
    ports = range(6, 6 + SECRETS - len(others) - len(sessions) - links)
    for end, name in enumerate(("core-1", "core-2")):
        device = lines.index(f"  - name: {name}\n")
        last = next(at for at in range(device, len(lines)) if "name: eth5" in lines[at])
        lines[last + 1 : last + 1] = [CABLE.format(port=port, host=2 * port + end) for port in ports]
    devices.write_text("".join(lines))
    with (world / "dodoma/links.yaml").open("a") as file:
        file.writelines(LINK.format(port=port) for port in ports)
    keys = [f"ospf-{number:02}" for number in range(1, links + len(ports) + 1)]
    number = count()
    for path in sorted(world.rglob("links.yaml")):
        path.write_text(re.sub(r"(?<=auth_secret: )ospf-[a-z]+", lambda _: keys[next(number)], path.read_text()))
    others += [f"  - {{name: {name}, kind: bgp, source: age}}" for name in sessions.values()]
    others += [f"  - {{name: {name}, kind: ospf, source: age}}" for name in keys]
    (world / "secrets.yaml").write_text("\n".join(["secrets:", *others, ""]))


def with_own_key(line: str, sessions: dict[str, str]) -> str:
    """A line of the inventory; where it is one end of a BGP session, with the key of that session.

    Both ends of a session stand in one network of four addresses, and no other session's does.
    """
    found = re.search(r'address: "?([0-9a-f.:]+)"?, asn: .*password_secret: ', line)
    if found is None:
        return line
    four = ip_network((found[1], 126 if ":" in found[1] else 31 if "192.0" in found[1] else 30), strict=False)
    name = sessions.setdefault(str(four), f"bgp-{len(sessions) + 1}")
    return re.sub(r"(?<=password_secret: )[a-z-]+", name, line)


def canaries(world: Path, state: Path) -> frozenset[bytes]:
    """The value of every secret; of a key the first line of it that gives it away."""
    inventory = load(world)
    store = AgeStore.open(state / "secrets", inventory)
    values = (store.value(secret.name) for secret in inventory.secrets)
    return frozenset((*telling(value), value)[0].encode() for value in values)


class Watch(threading.Thread):
    """Looks at the arguments and environment of every process of this host, the machines' own included, for secrets."""

    def __init__(self, values: frozenset[bytes]) -> None:
        super().__init__(daemon=True)
        self.values, self.found, self.looked, self.over = values, set[str](), 0, threading.Event()

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()

    def run(self) -> None:
        while not self.over.wait(0.3):
            self.looked += 1
            for name in (name for name in os.listdir("/proc") if name.isdigit()):
                for file in ("cmdline", "environ"):
                    with suppress(OSError), open(f"/proc/{name}/{file}", "rb") as text:
                        shown = text.read()
                        if any(value in shown for value in self.values):
                            self.found.add(f"{file} of {shown[:60]!r}")
