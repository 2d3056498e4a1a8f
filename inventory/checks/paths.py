"""Whether everything can be reached over the links: OSPF's backbone, and our own way in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from inventory.checks.sites import BACKBONE_AREA
from inventory.draft import Draft, Finding, Spot
from inventory.model import Link, LinkKind, Role, SiteKind


def regions(draft: Draft) -> Iterator[Finding]:
    """Each region's routers reach a data centre over backbone links of area 0.0.0.0, as OSPF asks of area borders."""
    if not draft.whole("sites", "devices", "links") or not draft.links_resolve:
        return
    backbone = [link for link in draft.links if link.kind is LinkKind.BACKBONE and link.area == BACKBONE_AREA]
    reached = _reached(_neighbours(backbone), [device.name for device in draft.devices if device.role is Role.CORE])
    for index, site in enumerate(draft.sites):
        if site.kind is not SiteKind.REGION:
            continue
        routers = [device.name for device in draft.devices if device.site == site.name]
        if not any(router in reached for router in routers):
            what = f"the region {site.name} has no path to a data centre"
            fix = "add a backbone link in area 0.0.0.0 from its router to a core or to another region's"
            yield Finding("region-cut-off", Spot("sites", index), what, fix)


def devices(draft: Draft) -> Iterator[Finding]:
    """Each managed device has a path from the jump host, over any links."""
    if not draft.whole("devices", "links") or not draft.links_resolve:
        return
    if draft.world is None or draft.world.jump_host not in draft.device:
        return
    start = draft.world.jump_host
    reached = _reached(_neighbours(link for link in draft.links if link.kind is not LinkKind.UPSTREAM), [start])
    for index, device in enumerate(draft.devices):
        if device.managed and device.name not in reached:
            what = f"{device.name} has no path from the jump host {start}"
            yield Finding("device-cut-off", Spot("devices", index), what, "link it to something that has one")


def _neighbours(links: Iterable[Link]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in links:
        found.setdefault(link.a.device, []).append(link.b.device)
        found.setdefault(link.b.device, []).append(link.a.device)
    return found


def _reached(neighbours: Mapping[str, list[str]], starts: Iterable[str]) -> set[str]:
    reached = set(starts)
    queue = deque(reached)
    while queue:
        for name in neighbours.get(queue.popleft(), ()):
            if name not in reached:
                reached.add(name)
                queue.append(name)
    return reached
