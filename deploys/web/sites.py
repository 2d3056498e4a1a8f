"""A web site: a unix user of its own, a folder, a key and a certificate, and nginx's block for it.

What lies in its html folder is the institution's. While nothing does, nginx answers with the site's title.
"""

from __future__ import annotations

from pyinfra.api.operation import OperationMeta
from pyinfra.operations import files, server

from deploys import here
from deploys.content import SecretText, text
from deploys.intent import WebSite
from deploys.manifest import ManifestSite

FOLDER = "/etc/nginx/govnet.d"
TLS = "/etc/nginx/govnet-tls"
ROOT = "/srv/www"


def sites() -> list[OperationMeta]:
    """What of it changes nginx's configuration."""
    intent = here.intent()
    here.folder(FOLDER)
    here.folder(TLS, 0o700)
    here.folder(ROOT)
    changes = [change for site in intent.sites for change in stays(site)]
    wanted = {site.name for site in intent.sites}
    for user in former_users():
        server.user(name=f"User {user} leaves", user=user, present=False)
    leaving = [site for site in here.manifest().sites if site.name not in wanted]
    return [*changes, *(change for site in leaving for change in leaves(site))]


def former_users() -> list[str]:
    """Of sites that stay and have a user of another name now."""
    now = {site.name: site.user for site in here.intent().sites}
    before = {site.user for site in here.manifest().sites if site.name in now}
    return sorted(before - set(now.values()))


def stays(site: WebSite) -> list[OperationMeta]:
    home = f"{ROOT}/{site.name}"
    server.user(
        name=f"User {site.user}",
        user=site.user,
        home=home,
        shell="/usr/sbin/nologin",
        comment=site.name,
        system=True,
        create_home=False,
        ensure_home=False,
    )
    here.folder(home, 0o750, site.user, "www-data")
    here.folder(f"{home}/html", 0o750, site.user, "www-data")
    return [
        here.put(f"{TLS}/{site.name}.key", (SecretText(site.key_secret),), 0o600),
        here.put(f"{TLS}/{site.name}.pem", (site.certificate,)),
        here.put(f"{FOLDER}/{site.name}.conf", text(*block(site))),
    ]


def block(site: WebSite) -> tuple[str, ...]:
    title = site.title.replace("\\", "").replace('"', "").replace("$", "")
    return (
        f"# {site.name}: written by govnet.",
        "server {",
        "    listen 443 ssl;",
        "    listen [::]:443 ssl;",
        f"    server_name {site.host_name};",
        f"    ssl_certificate {TLS}/{site.name}.pem;",
        f"    ssl_certificate_key {TLS}/{site.name}.key;",
        f"    root {ROOT}/{site.name}/html;",
        "    index index.html;",
        "    location / { try_files $uri $uri/index.html @title; }",
        "    location @title {",
        "        default_type text/plain;",
        f'        return 200 "{title}\\n";',
        "    }",
        "}",
    )


def leaves(site: ManifestSite) -> list[OperationMeta]:
    """A site of ours that the inventory no longer has: its block, key, certificate, files and user."""
    changes = [
        here.absent(f"{path}/{site.name}.{kind}") for path, kind in ((FOLDER, "conf"), (TLS, "key"), (TLS, "pem"))
    ]
    files.directory(name=f"Remove {ROOT}/{site.name}", path=f"{ROOT}/{site.name}", present=False)
    server.user(name=f"User {site.user} leaves", user=site.user, present=False)
    return changes
