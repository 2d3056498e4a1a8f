"""keys and secrets: what must exist before a machine first boots. Values come from standard input alone."""

from __future__ import annotations

import sys

from govnet.desk import Desk
from govnet.status import Ended, Status


def keys(desk: Desk) -> None:
    """Make what is missing; replace nothing."""
    from inventory.secret_store import AgeStore
    from network.hostkeys import known_hosts, make_host_keys

    inventory = desk.inventory
    folder = desk.state / "secrets"
    made: list[str] = []
    if not (folder / "secrets.age").exists():
        AgeStore.create(folder, inventory)
        made.append("secret store")
    else:
        made += AgeStore.open(folder, inventory).fill()
    host_keys = desk.state / "host-keys"
    make_host_keys(inventory, host_keys)
    wanted = known_hosts(inventory, host_keys)
    stands = desk.known_hosts.read_text() if desk.known_hosts.exists() else ""
    if stands != wanted:
        desk.known_hosts.write_text(wanted)
        made.append("known_hosts")
    desk.say(f"Made: {', '.join(made)}." if made else "All keys stand; nothing to do.")
    desk.document({"made": made, "known_hosts": str(desk.known_hosts)})


def secrets_list(desk: Desk) -> None:
    rows = [
        {"name": secret.name, "kind": secret.kind, "source": secret.source, "tag": desk.secrets.tag(secret.name)}
        for secret in desk.inventory.secrets
    ]
    for row in rows:
        desk.say(f"{row['name']:24} {row['kind']:8} {row['source']:12} {row['tag']}")
    desk.document({"secrets": rows})


def secrets_set(desk: Desk, name: str) -> None:
    if sys.stdin.isatty():
        import getpass

        value = getpass.getpass(f"{name}: ")
    else:
        value = sys.stdin.read().rstrip("\n")
    if not value:
        raise Ended(Status.BAD_INPUT, f"{name}: standard input was empty; give the value on it")
    try:
        desk.secrets.set_value(name, value)
    except ValueError as problem:
        raise Ended(Status.BAD_INPUT, str(problem)) from None
    _tell_tag(desk, name)


def secrets_rotate(desk: Desk, name: str) -> None:
    desk.secrets.rotate(name)
    _tell_tag(desk, name)


def _tell_tag(desk: Desk, name: str) -> None:
    tag = desk.secrets.tag(name)
    desk.say(f"{name} is now {tag}")
    desk.document({"name": name, "tag": tag})
