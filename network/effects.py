"""What a changed line does, in the guards' words: one table of patterns, asked for each line of a diff.

A line of a diff is matched as `path > line`, where the path holds the headers that it stands under. An interface of
OSPF is written `interface:infrastructure NAME` there, any other `interface NAME`: being on the way in is a matter of
the whole configuration, old or new, and no single line can show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from change.model import Effect
from network import tree
from network.config import PartName
from network.open_neighbours import open_neighbours

Sign = Literal[" ", "+", "-"]

PATTERNS: dict[PartName, dict[Effect, tuple[tuple[str, str], ...]]] = {
    "frr": {
        # the way in: loopbacks, and every interface on which OSPF runs
        Effect.MANAGEMENT_PATH: (
            ("-+", r"interface:infrastructure \S+ > ip(v6)? (address|ospf|ospf6) "),
            ("-+", r"interface lo > ip(v6)? address "),
            ("-+", r"interface:infrastructure lo > "),
            ("-+", r"interface:infrastructure \S+ > (no )?shutdown$"),
            ("-", r"router ospf6?$"),
            ("-+", r"router ospf6? > (ospf6? router-id|area|network|passive-interface|distribute-list) ?"),
            ("-+", r"(no )?ip(v6)? forwarding$"),
        ),
        # who the box is
        Effect.IDENTITY_CHANGED: (
            ("-+", r"(router \S+.* > )?(ospf6?|bgp) router-id "),
            ("-", r"router bgp \d+$"),
            ("-+", r"interface(:infrastructure)? lo > ip(v6)? address "),
            ("-+", r"(interface .*> )?hostname "),
            ("-+", r"router .* > (neighbor \S+ local-as|bgp confederation) "),
        ),
        # what keeps routes where they belong; what widens a list or route map that stands already is told by Judge
        Effect.FILTER_LOOSENED: (
            ("-", r"(ip(v6)? (prefix|access)|access)-list "),
            ("-", r"bgp (community|large-community|extcommunity|as-path)"),
            ("-", r"route-map \S+ (deny|permit) \d+$"),
            ("-", r"route-map .* > (match|set|call) "),
            ("-+", r"route-map .* > (on-match|continue)"),
            ("-", r"router .* > neighbor \S+ (prefix-list|route-map|filter-list|distribute-list|maximum-prefix) "),
            ("-", r"router .* > (distribute-list|redistribute \S+ route-map) "),
            ("-", r"router .* > area \S+ (filter-list|export-list|import-list) "),
            ("+", r"router .* > redistribute (?!.*route-map)"),
            ("+", r"router .* > no bgp (ebgp-requires-policy|enforce-first-as)$"),
            ("-", r"router .* > bgp (ebgp-requires-policy|enforce-first-as)$"),
            ("-", r"router .* > neighbor \S+ ttl-security "),
            ("+", r"router .* > neighbor \S+ (disable-connected-check|ebgp-multihop|allowas-in)"),
            ("-", r"ip(v6)? protocol \S+ route-map "),
            ("-", r"line vty > (ipv6 )?access-class "),
        ),
        # proof of who speaks
        Effect.AUTHENTICATION_CHANGED: (
            ("-+", r"interface\S* \S+ > ip ospf (authentication|message-digest-key)"),
            ("-+", r"interface\S* \S+ > ipv6 ospf6 authentication"),
            ("-+", r"router .* > neighbor \S+ password "),
            ("-+", r"router .* > area \S+ (authentication|virtual-link)"),
            ("-+", r"key chain "),
            ("-+", r"(line vty > )?(enable )?(no )?(password|login)( |$)"),
        ),
        # where everything else goes
        Effect.DEFAULT_ROUTE: (
            ("-+", r"(vrf .* > )?ip route 0\.0\.0\.0/0 "),
            ("-+", r"(vrf .* > )?ipv6 route ::/0 "),
            ("-+", r"router .* > (neighbor \S+ )?default-(information )?originate"),
            ("-", r"ip(v6)? prefix-list default "),
        ),
        Effect.NEIGHBOUR_REMOVED: (
            ("-", r"router .* > neighbor \S+ (remote-as|activate|peer-group|interface)"),
            ("+", r"router .* > neighbor \S+ shutdown"),
            ("-", r"interface:infrastructure \S+ > ip(v6)? ospf6? area "),
            ("+", r"interface:infrastructure \S+ > ip(v6)? ospf6? passive"),
            ("-", r"router \S+( \S+)?$"),
        ),
        Effect.PREFIX_REMOVED: (
            ("-", r"interface\S* \S+ > ip(v6)? address "),
            ("-", r"(vrf .* > )?ip(v6)? route "),
            ("-", r"router .* > (network|redistribute|aggregate-address) "),
            ("-", r"ip(v6)? prefix-list \S+ seq \d+ permit "),
        ),
        Effect.INTERFACE_REMOVED: (
            ("-", r"interface\S* \S+$"),
            ("+", r"interface\S* \S+ > shutdown$"),
        ),
    },
    "interfaces": {
        # what a person had run beside: such lines hold firewalls
        Effect.FILTER_LOOSENED: (("-+", r"iface \S+ .*> (pre-|post-)?(up|down) "),),
        Effect.INTERFACE_REMOVED: (
            ("-", r"(auto|iface) (?!lo\b)[^>]+$"),
            ("-", r"iface \S+ .*> ovs-(type|bridge|ports)"),
        ),
        Effect.MANAGEMENT_PATH: (
            ("-+", r"iface \S+ .*> (address|gateway) "),
            ("-+", r"iface \S+ .*> ovs-options .*trunks="),
            ("-", r"iface \S+ .*> ovs-(ports|type|bridge|extra|options)"),
            ("-", r"(auto|iface) [^>]+$"),
            ("-+", r"(auto|iface) lo\b"),
            ("-", r"iface \S+ .*> address-purge no$"),
            ("+", r"iface \S+ .*> link-down yes$"),
        ),
        Effect.IDENTITY_CHANGED: (("-+", r"iface \S+ .*> address "),),
        Effect.DEFAULT_ROUTE: (("-+", r"iface \S+ .*> gateway "),),
    },
    "snmpd": {
        Effect.ACCOUNT_CHANGED: (
            ("-+", r"(createUser|usmUser|rouser|rwuser|rocommunity6?|rwcommunity6?|com2sec6?|group|access|view) "),
        ),
        Effect.AUTHENTICATION_CHANGED: (("-+", r"createUser "),),
        Effect.IDENTITY_CHANGED: (("-+", r"sysName "),),
    },
}
"""Of each part, what the lines of these signs (`-`, `+` or both) do that a pattern matches."""

RULES = {
    part: tuple((effect, signs, re.compile(pattern)) for effect, rows in effects.items() for signs, pattern in rows)
    for part, effects in PATTERNS.items()
}
"""Every rule that matches gives its effect; order says nothing."""


NEIGHBOUR = re.compile(r"neighbor (\S+) (?:remote-as|peer-group|activate)\b")


@dataclass(frozen=True)
class Judge:
    """Tells the effects of one part's lines, knowing the old and the new text."""

    part: PartName
    infrastructure: frozenset[str]
    """Interfaces on which OSPF runs in either text."""
    lists: frozenset[str]
    """Prefix and access lists and route maps that stand in the old text: one more permit loosens them."""
    unfiltered: frozenset[str] = frozenset()
    """BGP neighbours of the new text whose routes nothing filters: naming one lets in, or out, whatever comes."""

    @classmethod
    def of(cls, part: PartName, before: str, after: str) -> Judge:
        if part != "frr":
            return cls(part, frozenset(), frozenset())
        old, new = tree.parse(before), tree.parse(after)
        infrastructure = frozenset(
            section.header.removeprefix("interface ")
            for side in (old, new)
            for section in side.sections
            if section.header.startswith("interface ") and section.line(r"ip(?:v6)? ospf6? area .*")
        )
        standing = (*old.lines, *(section.header for section in old.sections))
        lists = frozenset(name for line in standing if (name := _list_name(line)))
        return cls(part, infrastructure, lists, open_neighbours(new))

    def effects(self, sign: Sign, path: tuple[str, ...], line: str) -> tuple[Effect, ...]:
        """The effects of one added or removed line that stands under these headers, by name."""
        place = " > ".join(self._named(piece) for piece in (*path, line))
        rules = RULES.get(self.part, ())
        found = {effect for effect, signs, pattern in rules if sign in signs and pattern.match(place)}
        name = _list_name(line)
        if sign == "+" and name in self.lists and " permit " in line:
            found.add(Effect.FILTER_LOOSENED)
        neighbour = NEIGHBOUR.match(line)
        if sign == "+" and neighbour and neighbour[1] in self.unfiltered:
            found.add(Effect.FILTER_LOOSENED)
        return tuple(sorted(found))

    def _named(self, piece: str) -> str:
        name = piece.removeprefix("interface ")
        return f"interface:infrastructure {name}" if name != piece and name in self.infrastructure else piece


def _list_name(line: str) -> str | None:
    found = re.match(r"(ip(?:v6)? (?:prefix|access)-list \S+|access-list \S+|route-map \S+) ", line)
    return found[1] if found else None
