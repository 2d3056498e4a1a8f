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
from deploys.roles import KEYS

SUDOERS = "/etc/sudoers.d/govnet"
ENDED = """\
timeout 5 loginctl terminate-user {0} >/dev/null 2>&1
for _ in $(seq 50); do pkill -KILL -u {0} || break; sleep 0.1; done"""
"""A session goes whole, with what became root in it, where logind is; every process of the person's goes anywhere."""


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
    """An account of ours that the inventory no longer has: no way in first, then nobody inside, then no account.

    userdel(8) refuses while a process is the person's, so what cannot be killed is passed over in the end.
    """
    here.absent(f"{KEYS}/{name}")
    if name in host.get_fact(Users):
        home = f"/home/{name}"
        files.directory(name=f"Close {home}", path=home, user="root", group="root", mode="700")
        server.shell(name=f"Lock {name} out", commands=[f"usermod --lock --expiredate 1 {name}"])
        server.shell(name=f"End what {name} runs", commands=[ENDED.format(name)])
        server.shell(name=f"Account {name} leaves", commands=[f"userdel --force {name}"])
