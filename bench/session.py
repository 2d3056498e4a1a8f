"""A router's running configuration over SSH: network.session beside plain Netmiko, which hunts for a shell's prompt.

    python -m bench.session      as root; needs the machine image (make setup)

Both run inside the jump host's namespace, log in with the same key, pin the host's key, and must read the same text.
`read` logs in, reads and logs out, each time; `again` reads over a connection that is open already. What only one side
needs is imported inside it, so that the other side's process does not pay for it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bench.cost import in_turns, measure
from lab import image

if TYPE_CHECKING:
    from netmiko import BaseConnection

    from bench.figure import Figure
    from network.session import Session

TURNS = 3
READINGS = 10
STATE = image.cache() / "bench-session"
KEY, HOSTS = STATE / "login-key", STATE / "known-hosts"
SHOW = "show running-config no-header"
WHAT = {
    "read": f"{READINGS} logins, each to read a router's configuration",
    "again": f"{READINGS} readings on an open connection",
}


def digest(text: str) -> int:
    """The same number for the same lines: what both sides must have read."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    assert lines.startswith("frr version") or lines.count("\n") > 20, f"that is no configuration: {lines}"
    return int.from_bytes(hashlib.sha256(lines.encode()).digest()[:6], "big")


def ours(address: str) -> Session:
    """The file with the key is read each time, as Netmiko does."""
    from network.session import Credentials, Endpoint, Limits, connect

    return connect(Endpoint("router", address, HOSTS), Credentials("root", KEY.read_text()), Limits())


def rival(address: str) -> BaseConnection:
    from netmiko import ConnectHandler

    return ConnectHandler(
        device_type="linux",
        host=address,
        username="root",
        use_keys=True,
        key_file=str(KEY),
        ssh_strict=True,
        alt_host_keys=True,
        alt_key_file=str(HOSTS),
    )


def shown(netmiko: BaseConnection) -> str:
    return str(netmiko.send_command(f'vtysh -c "{SHOW}"'))


def many(read: Callable[[], str]) -> Callable[[], int]:
    """The readings, which must all be the same; `read` was done once, so that nothing is imported under the clock."""
    first = digest(read())

    def readings() -> int:
        assert {digest(read()) for _ in range(READINGS)} == {first}
        return first

    return readings


def govnet_read(address: str) -> Callable[[], int]:
    def read() -> str:
        with ours(address) as session:
            return session.vtysh(SHOW)

    return many(read)


def netmiko_read(address: str) -> Callable[[], int]:
    def read() -> str:
        with rival(address) as netmiko:
            return shown(netmiko)

    return many(read)


def govnet_again(address: str) -> Callable[[], int]:
    session = ours(address)
    return many(lambda: session.vtysh(SHOW))


def netmiko_again(address: str) -> Callable[[], int]:
    netmiko = rival(address)
    return many(lambda: shown(netmiko))


SIDES: Mapping[str, Callable[[str], Callable[[], int]]] = {
    "govnet-read": govnet_read,
    "netmiko-read": netmiko_read,
    "govnet-again": govnet_again,
    "netmiko-again": netmiko_again,
}
"""Each makes ready what is not measured, and returns what is."""


def figures() -> tuple[Figure, ...]:
    from bench.figure import beside
    from bench.forty import lab
    from bench.grid import grid
    from network.hostkeys import known_hosts

    inventory = grid(1, 1)
    address = str(inventory.managed[0].management_address)
    with lab(STATE, inventory) as (made, secrets, _):
        KEY.touch(mode=0o600)
        KEY.write_text(secrets.value(inventory.world.login.key_secret))
        HOSTS.write_text(known_hosts(inventory, STATE / "host-keys"))
        before = ("nsenter", f"--net={made.jump_namespace}", "--")
        costs = in_turns("bench.session", tuple(SIDES), TURNS, before, (address,))
    return tuple(
        figure
        for kind, what in WHAT.items()
        for figure in beside(what, "s", costs[f"govnet-{kind}"], "Netmiko", costs[f"netmiko-{kind}"])
    )


def main() -> None:
    match sys.argv[1:]:
        case []:
            from bench.figure import report

            report("session", figures)
        case [side, address]:
            print(json.dumps(measure(SIDES[side](address))))


if __name__ == "__main__":
    main()
