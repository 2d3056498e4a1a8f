"""The time zone of the inventory; the clock itself is the host's in a machine."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.operations import files

from deploys import here
from deploys.content import text


@deploy("Time")
def time() -> None:
    zone = here.intent().timezone
    files.link(name=f"Time zone {zone}", path="/etc/localtime", target=f"/usr/share/zoneinfo/{zone}")
    here.put("/etc/timezone", text(zone))
