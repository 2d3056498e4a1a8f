"""Roles as lists of deploys, and what each deploy keeps on the box: file trees, units, and how they prove healthy.

Deploys are named, not imported: what imports pyinfra runs in a worker or on pyinfra's own command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from change.model import Effect
from deploys.frozen import Check, Keeps, Tree, Unit
from deploys.intent import HostIntent
from deploys.manifest import Manifest
from deploys.mirror import client, serve
from inventory.model import DeployRole


@dataclass(frozen=True)
class Deploy:
    """One file of deploys/: `module:function`, the effects of any change of it, and what it keeps."""

    name: str
    module: str
    function: str
    keeps: Callable[[HostIntent, Manifest], Keeps]
    effects: frozenset[Effect] = field(default_factory=frozenset)


KEYS = "/etc/ssh/authorized_keys.d"
ACCOUNT_FILES = tuple(
    Tree(path=f"/etc/{name}{end}")
    for name in ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
    for end in ("", "-", "+", ".lock")
)
"""With what useradd(8) leaves beside them, and what it leaves where it is killed."""


def _packages(_: HostIntent, __: Manifest) -> Keeps:
    return Keeps(trees=(*ACCOUNT_FILES, Tree(path="/etc/sudoers"), Tree(path="/etc/sudoers.d")))


def _accounts(intent: HostIntent, manifest: Manifest) -> Keeps:
    names = dict.fromkeys((*intent.manifest.accounts, *manifest.accounts))
    homes = tuple(Tree(path=f"/home/{name}", deep=False) for name in names)
    folders = (Tree(path=KEYS), Tree(path="/etc/sudoers.d"))
    stays = {account.name for account in intent.accounts}
    left = [name for name in manifest.accounts if name not in stays]
    checks = (check for name in left for check in (_no_user(name), _no_file(f"{KEYS}/{name}")))
    return Keeps(trees=(*ACCOUNT_FILES, *folders, *homes), checks=tuple(checks))


def _sshd(_: HostIntent, __: Manifest) -> Keeps:
    reads = ("/etc/ssh/sshd_config.d",)
    return Keeps(
        trees=(Tree(path="/etc/ssh/sshd_config.d"), Tree(path="/etc/issue.net")),
        units=(Unit(name="ssh.service", tell="reload", reads=reads),),
        checks=(Check(title="sshd -t", argv=("sshd", "-t")), _active("ssh.service")),
    )


def _time(_: HostIntent, __: Manifest) -> Keeps:
    return Keeps(trees=(Tree(path="/etc/localtime"), Tree(path="/etc/timezone")))


def _journald(_: HostIntent, __: Manifest) -> Keeps:
    reads = ("/etc/systemd/journald.conf.d",)
    return Keeps(
        trees=(Tree(path="/etc/systemd/journald.conf.d"),),
        units=(Unit(name="systemd-journald.service", tell="restart", reads=reads),),
        checks=(_active("systemd-journald.service"),),
    )


def _snmpd(_: HostIntent, __: Manifest) -> Keeps:
    reads = ("/etc/snmp", "/etc/systemd/system/snmpd.service.d")
    return Keeps(
        trees=tuple(Tree(path=path) for path in reads),
        units=(Unit(name="snmpd.service", tell="restart", reads=reads),),
        checks=(_active("snmpd.service"),),
    )


def _nginx(intent: HostIntent, manifest: Manifest) -> Keeps:
    stays = {site.name for site in intent.sites}
    left = [site for site in manifest.sites if site.name not in stays]
    homes = (Tree(path=f"/srv/www/{site.name}", deep=False) for site in intent.sites)
    leaving = (Tree(path=f"/srv/www/{site.name}") for site in left)
    gone = (check for site in left for check in (_no_user(site.user), _no_file(f"/srv/www/{site.name}")))
    html = (Tree(path=f"/srv/www/{site.name}/html", deep=False) for site in intent.sites)
    folders = (Tree(path="/etc/nginx"), Tree(path="/srv/www", deep=False))
    return Keeps(
        trees=(*ACCOUNT_FILES, *folders, *homes, *html, *leaving),
        units=(Unit(name="nginx.service", tell="reload", reads=("/etc/nginx",)),),
        checks=(Check(title="nginx -t", argv=("nginx", "-t", "-q")), _active("nginx.service"), *gone),
    )


def _sources(_: HostIntent, __: Manifest) -> Keeps:
    return Keeps(trees=tuple(Tree(path=path) for path in (client.SOURCES, client.KEY, client.PINNED)))


def _mirror(intent: HostIntent, _: Manifest) -> Keeps:
    content = [f"{serve.ROOT}/{intent.mirror.serves}"] if intent.mirror and intent.mirror.serves else []
    return Keeps(
        trees=(Tree(path=serve.ROOT, deep=False), *(Tree(path=path) for path in (serve.CURRENT, serve.FILE, *content))),
        units=(Unit(name=serve.UNIT, tell="restart", reads=(serve.FILE,)),),
        checks=(_active(serve.UNIT),),
    )


def _left(keeps: Callable[[HostIntent, Manifest], Keeps], *folders: str) -> Callable[[HostIntent, Manifest], Keeps]:
    """Of a role that leaves: the same is kept, and proves that it is off and that these are gone."""

    def of_what_left(intent: HostIntent, manifest: Manifest) -> Keeps:
        kept = keeps(intent, manifest)
        checks = (*(_off(unit.name) for unit in kept.units), *(_no_file(folder) for folder in folders))
        return kept.model_copy(update={"checks": checks})

    return of_what_left


def _off(unit: str) -> Check:
    words = f"! systemctl --quiet is-active {unit} && ! systemctl --quiet is-enabled {unit} 2>/dev/null"
    return Check(title=f"{unit} is off", argv=("sh", "-c", words))


def _no_user(name: str) -> Check:
    return Check(title=f"there is no user {name}", argv=("sh", "-c", f"! getent passwd {name} >/dev/null"))


def _no_file(path: str) -> Check:
    return Check(title=f"there is no {path}", argv=("test", "!", "-e", path))


def _active(unit: str) -> Check:
    return Check(title=f"{unit} is active", argv=("systemctl", "--quiet", "is-active", unit))


ROLES: dict[DeployRole, tuple[Deploy, ...]] = {
    DeployRole.BASE: (
        Deploy("Package sources", "deploys.base.sources", "sources", _sources),
        Deploy("Packages", "deploys.base.packages", "packages", _packages),
        Deploy("Accounts", "deploys.base.accounts", "accounts", _accounts, frozenset({Effect.ACCOUNT_CHANGED})),
        Deploy(
            "sshd",
            "deploys.base.sshd",
            "sshd",
            _sshd,
            frozenset({Effect.AUTHENTICATION_CHANGED, Effect.MANAGEMENT_PATH}),
        ),
        Deploy("Time", "deploys.base.time", "time", _time),
        Deploy("System log", "deploys.base.journald", "journald", _journald),
        Deploy("SNMP", "deploys.base.snmpd", "snmpd", _snmpd),
    ),
    DeployRole.WEB: (Deploy("nginx", "deploys.web.nginx", "nginx", _nginx),),
    DeployRole.MIRROR: (Deploy("Package mirror", "deploys.mirror.deploy", "mirror", _mirror),),
}

LEAVING: Mapping[str, tuple[Deploy, ...]] = {
    DeployRole.WEB: (
        Deploy(
            "nginx leaves", "deploys.web.leave", "leave", _left(_nginx, "/etc/nginx/govnet.d", "/etc/nginx/govnet-tls")
        ),
    ),
    DeployRole.MIRROR: (Deploy("Package mirror leaves", "deploys.mirror.leave", "leave", _left(_mirror, serve.FILE)),),
}
"""What takes a role back from a server that once had it. Every server has base (the checker), so nothing undoes it."""


def deploys_of(intent: HostIntent, manifest: Manifest) -> tuple[Deploy, ...]:
    """In the order of the server's roles; a mirror first, which has its own packages from itself. Then what leaves."""
    roles = sorted(intent.roles, key=lambda role: role is not DeployRole.MIRROR)
    left = (role for role in manifest.roles if role not in intent.roles)
    return tuple(
        deploy
        for deploys in (*(ROLES[role] for role in roles), *(LEAVING[role] for role in left))
        for deploy in deploys
    )


def keeps(intent: HostIntent, manifest: Manifest) -> Keeps:
    """Of all the server's deploys, each tree once: the deeper wins."""
    every = [deploy.keeps(intent, manifest) for deploy in deploys_of(intent, manifest)]
    trees: dict[str, Tree] = {}
    for tree in (tree for kept in every for tree in kept.trees):
        if tree.path not in trees or tree.deep:
            trees[tree.path] = tree
    units = {unit.name: unit for kept in every for unit in kept.units}
    checks = {check.title: check for kept in every for check in kept.checks}
    return Keeps(trees=tuple(trees.values()), units=tuple(units.values()), checks=tuple(checks.values()))
