"""The intended topology as the value that changes are judged on."""

from __future__ import annotations

from collections import defaultdict

from change.terrain import Terrain
from inventory.model import Inventory, Role


def terrain(inventory: Inventory) -> Terrain:
    """All devices but the upstreams', whose network is no path of ours.

    The data centres are reached at their cores; in a world that has none, at the jump host.
    """
    ours = [device for device in inventory.devices if device.role is not Role.UPSTREAM]
    ways: dict[str, list[tuple[str, str]]] = {device.name: [] for device in ours}
    for link in inventory.links:
        if all(end.device in ways for end in link.ends):
            ways[link.a.device].append((link.name, link.b.device))
            ways[link.b.device].append((link.name, link.a.device))
    tenants: dict[str, list[str]] = defaultdict(list)
    for institution in inventory.institutions:
        if institution.port is not None:
            tenants[institution.port.device].append(institution.name)
    jump_host = inventory.world.jump_host
    return Terrain(
        ways={name: tuple(links) for name, links in ways.items()},
        centres=tuple(device.name for device in ours if device.role is Role.CORE) or (jump_host,),
        here=jump_host,
        site_of={device.name: device.site for device in ours},
        tenants={name: tuple(sorted(plugged)) for name, plugged in tenants.items()},
    )
