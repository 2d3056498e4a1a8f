"""A server that is to serve no web sites any more: nginx is off, and nothing of a site is left. The package stays."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.operations import files, systemd

from deploys import here
from deploys.web import sites


@deploy("nginx leaves")
def leave() -> None:
    systemd.service(name="nginx stops", service="nginx.service", running=False, enabled=False)
    for site in here.manifest().sites:
        sites.leaves(site)
    for folder in (sites.FOLDER, sites.TLS):
        files.directory(name=f"Remove {folder}", path=folder, present=False)
