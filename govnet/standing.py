"""Where each target stands in the country: its region, its ring, and who loses service with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from change.model import Standing
from change.terrain import Terrain
from inventory.model import Inventory

STACK = "stack-"


def standings(inventory: Inventory, terrain: Terrain, rings: Mapping[str, int]) -> dict[str, Standing]:
    """By target name, of every managed device and of every stack; a target that `rings` does not name is in ring 0."""
    served = serves(inventory)
    found: dict[str, Standing] = {}
    for name, site in sites(inventory):
        cut = terrain.cut(frozenset({name})).institutions
        found[name] = Standing(
            region=region(inventory, site),
            ring=rings.get(name, 0),
            institutions=tuple(sorted(cut.union(served.get(name, ())))),
        )
    return found


def sites(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Every target's name and site."""
    yield from ((device.name, device.site) for device in inventory.managed)
    hosting = dict.fromkeys(inventory.device[machine.name].site for machine in inventory.machines)
    yield from ((f"{STACK}{site}", site) for site in hosting)


def serves(inventory: Inventory) -> Mapping[str, set[str]]:
    """By server, and by the stack that it is a machine of: the institutions whose services it serves."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for service in inventory.services:
        if service.server is not None:
            found[service.server].add(service.institution)
            if service.server in inventory.machine:
                found[f"{STACK}{inventory.device[service.server].site}"].add(service.institution)
    return found


def region(inventory: Inventory, site: str) -> str:
    """The region that a site lies in; one that lies in none is its own."""
    return inventory.site[site].region or site
