"""The inventory's `rollout` as change/ takes it: the order of waves, the rings, and the limits of sessions. Pure."""

from __future__ import annotations

from change.model import OnFailure
from change.permits import Limits
from change.waves import Order
from govnet.standing import STACK
from inventory.model import Inventory, Role
from inventory.narrow import narrow_ways


def order(inventory: Inventory) -> Order:
    rollout = inventory.world.rollout
    return Order(canary=rollout.canary, wave=rollout.wave, regions=rollout.regions)


def on_failure(inventory: Inventory) -> OnFailure:
    return OnFailure(inventory.world.rollout.on_failure)


def rings(inventory: Inventory) -> dict[str, int]:
    """By target name. A stack is in the ring of the servers that run in it."""
    named = inventory.world.rollout.rings
    of_role = {role: number for number, ring in enumerate(named) for role in ring}
    last = len(named)
    found = {device.name: of_role.get(device.role, last) for device in inventory.devices}
    found |= {device.name: device.ring for device in inventory.devices if device.ring is not None}
    stacks = {f"{STACK}{inventory.device[machine.name].site}" for machine in inventory.machines}
    return found | dict.fromkeys(stacks, of_role.get(Role.SERVER, last))


def limits(inventory: Inventory) -> Limits:
    """A site's boxes are behind one place, and those behind a narrow link behind another."""
    rollout = inventory.world.rollout
    sizes = {f"link {link.name}": link.sessions for link in inventory.links if link.sessions is not None}
    if rollout.per_site is not None:
        sizes |= {f"site {site.name}": rollout.per_site for site in inventory.sites}
    ways = narrow_ways(inventory)
    through = {
        device.name: (f"site {device.site}", *(f"link {link}" for link in sorted(ways.get(device.name, ()))))
        for device in inventory.managed
    }
    return Limits(at_once=rollout.at_once, sizes=sizes, through=through)
