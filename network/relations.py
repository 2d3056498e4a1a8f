"""How the devices of one change relate: which are tried with one deadline, and which never share a wave. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from change.model import Diff
from change.plan import Relations
from inventory.model import Inventory, LinkKind, Role

JOINT_LINES = ("ip address", "ipv6 address", "ip ospf", "ipv6 ospf6")
"""What both ends of a link must agree on, addresses and OSPF parameters, as FRR writes it."""
ONE_SIDED_LINES = ("ip ospf cost", "ipv6 ospf6 cost")


def relations(inventory: Inventory, diffs: Mapping[str, Diff]) -> Relations:
    """Of the devices in `diffs` (name to what would change there)."""
    together = joint_groups(inventory, diffs)
    grouped = {frozenset(pair) for members in together.values() for pair in combinations(members, 2)}
    apart = tuple(pair for pair in redundant_pairs(inventory) if frozenset(pair) not in grouped)
    return Relations(together=together, apart=apart)


def joint_groups(inventory: Inventory, diffs: Mapping[str, Diff]) -> dict[str, tuple[str, ...]]:
    """Link name to the devices that change jointly: both ends of a link that both change what they must agree on.

    Devices joined by several such links are one group, named after the first link.
    """
    touched = {name: joint_interfaces(diff) for name, diff in diffs.items()}
    groups: list[tuple[str, set[str]]] = []
    for link in inventory.links:
        if link.kind is not LinkKind.BACKBONE:
            continue
        if not all(end.interface in touched.get(end.device, frozenset()) for end in link.ends):
            continue
        members = {end.device for end in link.ends}
        merged = [group for group in groups if group[1] & members]
        name = min([link.name, *(group[0] for group in merged)])
        groups = [group for group in groups if group not in merged]
        groups.append((name, members.union(*(group[1] for group in merged))))
    return {name: tuple(sorted(members)) for name, members in groups}


def joint_interfaces(diff: Diff) -> frozenset[str]:
    """Interfaces in whose section a line changes on which both ends must agree."""
    found: set[str] = set()
    for part in diff.parts:
        section = ""
        for line in part.lines:
            if not line.text.startswith(" "):
                section = line.text.removeprefix("interface ") if line.text.startswith("interface ") else ""
            elif section and line.sign != " " and is_joint(line.text.strip()):
                found.add(section)
    return frozenset(found)


def is_joint(text: str) -> bool:
    return text.startswith(JOINT_LINES) and not text.startswith(ONE_SIDED_LINES)


def redundant_pairs(inventory: Inventory) -> Iterable[tuple[str, str]]:
    """Cores of one site, and routers of districts that are each other's second way out."""
    cores = [device for device in inventory.devices if device.role is Role.CORE]
    yield from ((a.name, b.name) for a, b in combinations(cores, 2) if a.site == b.site)
    for link in inventory.links:
        ends = [inventory.device[end.device] for end in link.ends]
        if all(end.role is Role.DISTRICT_ROUTER for end in ends):
            yield (ends[0].name, ends[1].name)
