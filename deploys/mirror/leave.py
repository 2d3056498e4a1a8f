"""A server that is to be no package mirror any more: nothing serves the packages. They stay: they hold no secret."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.operations import systemd

from deploys import here
from deploys.mirror import serve


@deploy("Package mirror leaves")
def leave() -> None:
    systemd.service(name="The mirror stops", service=serve.UNIT, running=False, enabled=False)
    removed = [here.absent(path) for path in (serve.FILE, serve.CURRENT)]
    here.after("Read the units again", removed, "systemctl daemon-reload")
