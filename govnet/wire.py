"""The only file that names concrete classes: which target a device is, who asks a probe, how devices relate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from change.plan import Relate
from change.run import RunProbe
from change.target import Target
from govnet.desk import Desk
from inventory.model import Device, Platform
from network import probes
from network.relations import relations
from network.router import RouterTarget
from network.switch import SwitchTarget

TARGETS = {Platform.FRR: RouterTarget, Platform.IFUPDOWN2: SwitchTarget}


def targets(desk: Desk, devices: Iterable[Device]) -> dict[str, Target]:
    """Of the managed ones, by name."""
    return {
        device.name: TARGETS[device.platform](desk.inventory, device, desk.secrets, desk.known_hosts)
        for device in devices
        if device.managed
    }


def relate(desk: Desk) -> Relate:
    return lambda previews: relations(desk.inventory, {name: preview.diff for name, preview in previews.items()})


def probe_runner(targets: Mapping[str, Target]) -> RunProbe:
    """Each probe is asked of the routers among these targets."""
    routers = {name: target for name, target in targets.items() if isinstance(target, RouterTarget)}
    return lambda probe: probes.ask(routers, probe)
