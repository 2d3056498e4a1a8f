"""How long a change must be held before it shows: the slowest timer after which a neighbour is given up."""

from __future__ import annotations

import re

from network import tree
from network.config import Config

OSPF_DEAD_S = 40
"""RFC 2328 appendix C.3 and FRR's default RouterDeadInterval; the same in OSPFv3 (RFC 5340)."""
BGP_HOLD_S = 180
"""FRR's default hold time under `frr defaults traditional` (RFC 4271 suggests 90)."""

OSPF_DEAD = re.compile(r"ip(?:v6)? ospf6? dead-interval (\d+)")
OSPF_FAST = re.compile(r"ip ospf dead-interval minimal .*")
BGP_TIMERS = re.compile(r"(?:timers bgp|neighbor \S+ timers) \d+ (\d+)")


def hold_s(live: Config, wanted: Config) -> int:
    """The slowest OSPF dead timer or BGP hold time of the old and the new configuration, in seconds; 0 without any."""
    return max((seconds for config in (live, wanted) for seconds in _timers(config.text("frr"))), default=0)


def _timers(frr: str) -> list[int]:
    root = tree.parse(frr)
    found: list[int] = []
    for section in root.sections:
        if section.header.startswith("interface "):
            found += _dead(section)
        if section.header.startswith("router bgp "):
            found += _hold(section)
    return found


def _dead(section: tree.Section) -> list[int]:
    """An interface's dead timers; a passive one has no neighbour to lose."""
    found = []
    for family in ("ip ospf", "ipv6 ospf6"):
        if not section.line(f"{family} area .*") or section.line(f"{family} passive"):
            continue
        said = [match for line in section.lines if line.startswith(family) and (match := OSPF_DEAD.fullmatch(line))]
        fast = any(OSPF_FAST.fullmatch(line) for line in section.lines) and family == "ip ospf"
        found.append(int(said[0][1]) if said else 1 if fast else OSPF_DEAD_S)
    return found


def _hold(section: tree.Section) -> list[int]:
    said = [int(match[1]) for line in section.lines if (match := BGP_TIMERS.fullmatch(line))]
    return said if any(line.startswith("timers bgp ") for line in section.lines) else [*said, BGP_HOLD_S]
