"""keys and secrets: what must exist before a machine first boots. Values come from standard input alone."""

from __future__ import annotations

import sys

from govnet.desk import Desk
from govnet.status import Ended, Status
from inventory.model import Inventory


def keys(desk: Desk) -> None:
    """Make what is missing; replace nothing."""
    from change.signature import make_key
    from govnet.heads import head_key
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
    if make_key(head_key(desk)):
        made.append("the key for heads of the journal")
    if _authority(desk):
        made.append("authority.pem")
    desk.say(f"Made: {', '.join(made)}." if made else "All keys stand; nothing to do.")
    desk.document({"made": made, "known_hosts": str(desk.known_hosts)})


def _authority(desk: Desk) -> bool:
    """The certificate of the authority that signs for the web sites, for whoever looks at them; whether it was made."""
    from deploys.tls import Authority, authority_certificate
    from inventory.sealed import Sealed

    world = desk.inventory.world
    if world.hosting is None:
        return False
    text = authority_certificate(Authority(world.title.en, Sealed(desk.secrets.value(world.hosting.ca_secret))))
    path = desk.state / "authority.pem"
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    return True


def secrets_list(desk: Desk) -> None:
    rows = [
        {"name": secret.name, "kind": secret.kind, "source": secret.source, "tag": desk.secrets.tag(secret.name)}
        for secret in desk.inventory.secrets
    ]
    for row in rows:
        desk.say(f"{row['name']:24} {row['kind']:8} {row['source']:12} {row['tag']}")
    desk.document({"secrets": rows})


def secrets_set(desk: Desk, name: str) -> None:
    _refuse_lock_out(desk, name)
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
    _refuse_lock_out(desk, name)
    desk.secrets.rotate(name)
    _tell_tag(desk, name)


def _refuse_lock_out(desk: Desk, name: str) -> None:
    """A secret whose other half stands where no plan changes it, once it has a value."""
    why = _relied_on(desk.inventory).get(name)
    if why is not None and name not in desk.secrets.missing:
        how = 'nothing changes both sides yet: docs/guide/engineer.md, "Secrets"'
        raise Ended(Status.REFUSED, f"{name} stays as it is: {why}, and {how}")


def _relied_on(inventory: Inventory) -> dict[str, str]:
    """By name, what would come of another value."""
    found = {inventory.world.login.key_secret: "with another key no box would let us in"}
    hosting = inventory.world.hosting
    if hosting is not None:
        found[hosting.ca_secret] = "with another authority browsers would trust no web site"
        found[hosting.mirror_secret] = "with another key servers would install nothing from the mirror"
        found[hosting.stack_secret] = "with another passphrase the states of the stacks could be read no more"
    return found


def _tell_tag(desk: Desk, name: str) -> None:
    tag = desk.secrets.tag(name)
    desk.say(f"{name} is now {tag}")
    desk.document({"name": name, "tag": tag})
