"""Which narrow links our sessions go through: those with `sessions`, on the cheapest ways from the jump host. Pure."""

from __future__ import annotations

import heapq

from inventory.model import Inventory


def narrow_ways(inventory: Inventory) -> dict[str, frozenset[str]]:
    """Device name to the narrow links on its ways; all of them where several ways cost the same (OSPF, RFC 2328 16.1).

    A device that no way reaches is left out.
    """
    narrow = {link.name for link in inventory.links if link.sessions is not None}
    start = inventory.world.jump_host
    cost: dict[str, int] = {start: 0}
    found: dict[str, frozenset[str]] = {start: frozenset()}
    edge = [(0, start)]
    while edge:
        so_far, name = heapq.heappop(edge)
        if so_far > cost[name] or (name != start and not inventory.device[name].managed):
            continue
        for link in inventory.links_of[name]:
            far = link.b.device if link.a.device == name else link.a.device
            total, way = so_far + link.cost, found[name] | ({link.name} & narrow)
            if total < cost.get(far, total + 1):
                cost[far], found[far] = total, way
                heapq.heappush(edge, (total, far))
            elif total == cost[far]:
                found[far] |= way
    return found
