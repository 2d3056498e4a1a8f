"""People's accounts and keys; govnet's own key. A person who left the inventory is locked out.

Keys lie in a folder of root's (sshd.py), so that nobody adds one for himself. The home of one who left stays, closed.
"""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.context import host
from pyinfra.facts.server import Users
from pyinfra.operations import files, server

from deploys import here
from deploys.content import text

KEYS = "/etc/ssh/authorized_keys.d"
SUDOERS = "/etc/sudoers.d/govnet"


@deploy("Accounts")
def accounts() -> None:
    intent = here.intent()
    here.folder(KEYS)
    here.put(f"{KEYS}/{intent.login_user}", text(intent.login_key))
    for account in intent.accounts:
        server.user(
            name=f"Account {account.name}",
            user=account.name,
            home=f"/home/{account.name}",
            shell="/bin/bash",
            comment=account.title,
            create_home=True,
            ensure_home=False,
        )
        here.put(f"{KEYS}/{account.name}", text(*account.keys))
    administrators = [account.name for account in intent.accounts if account.administrator]
    here.folder("/etc/sudoers.d", 0o750)
    here.put(SUDOERS, text(*(f"{name} ALL=(ALL:ALL) NOPASSWD: ALL" for name in administrators)), 0o440)
    wanted = {account.name for account in intent.accounts}
    for name in here.manifest().accounts:
        if name not in wanted:
            leave(name)


def leave(name: str) -> None:
    """An account of ours that the inventory no longer has."""
    here.absent(f"{KEYS}/{name}")
    if name in host.get_fact(Users):
        home = f"/home/{name}"
        files.directory(name=f"Close {home}", path=home, user="root", group="root", mode="700")
        server.user(name=f"Account {name} leaves", user=name, present=False)
