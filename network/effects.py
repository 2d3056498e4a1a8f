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

Sign = Literal[" ", "+", "-"]


@dataclass(frozen=True)
class Rule:
    part: PartName
    signs: str
    """Of which lines: `-`, `+` or both."""
    pattern: re.Pattern[str]
    effect: Effect


def _rules(part: PartName, *rows: tuple[str, str, Effect]) -> tuple[Rule, ...]:
    return tuple(Rule(part, signs, re.compile(pattern), effect) for signs, pattern, effect in rows)


RULES: tuple[Rule, ...] = (
    *_rules(
        "frr",
        # the way in: loopbacks, and every interface on which OSPF runs
        ("-+", r"interface:infrastructure \S+ > ip(v6)? (address|ospf|ospf6) ", Effect.MANAGEMENT_PATH),
        ("-+", r"interface lo > ip(v6)? address ", Effect.MANAGEMENT_PATH),
        ("-+", r"interface:infrastructure lo > ", Effect.MANAGEMENT_PATH),
        ("-+", r"interface:infrastructure \S+ > (no )?shutdown$", Effect.MANAGEMENT_PATH),
        ("-", r"router ospf6?$", Effect.MANAGEMENT_PATH),
        (
            "-+",
            r"router ospf6? > (ospf6? router-id|area|network|passive-interface|distribute-list) ?",
            Effect.MANAGEMENT_PATH,
        ),
        ("-+", r"(no )?ip(v6)? forwarding$", Effect.MANAGEMENT_PATH),
        # who the box is
        ("-+", r"(router \S+.* > )?(ospf6?|bgp) router-id ", Effect.IDENTITY_CHANGED),
        ("-", r"router bgp \d+$", Effect.IDENTITY_CHANGED),
        ("-+", r"interface(:infrastructure)? lo > ip(v6)? address ", Effect.IDENTITY_CHANGED),
        ("-+", r"(interface .*> )?hostname ", Effect.IDENTITY_CHANGED),
        # what keeps routes where they belong
        ("-", r"(ip(v6)? (prefix|access)|access)-list ", Effect.FILTER_LOOSENED),
        ("-", r"bgp (community|large-community|extcommunity|as-path)", Effect.FILTER_LOOSENED),
        ("-", r"route-map \S+ (deny|permit) \d+$", Effect.FILTER_LOOSENED),
        ("-", r"route-map .* > (match|on-match|call) ", Effect.FILTER_LOOSENED),
        (
            "-",
            r"router .* > neighbor \S+ (prefix-list|route-map|filter-list|distribute-list|maximum-prefix) ",
            Effect.FILTER_LOOSENED,
        ),
        ("-", r"router .* > (distribute-list|redistribute \S+ route-map) ", Effect.FILTER_LOOSENED),
        ("+", r"router .* > redistribute (?!.*route-map)", Effect.FILTER_LOOSENED),
        ("+", r"router .* > no bgp ebgp-requires-policy$", Effect.FILTER_LOOSENED),
        # a permit that widens a list that stands already is told from a new list by Judge
        # proof of who speaks
        ("-+", r"interface\S* \S+ > ip ospf (authentication|message-digest-key)", Effect.AUTHENTICATION_CHANGED),
        ("-+", r"interface\S* \S+ > ipv6 ospf6 authentication", Effect.AUTHENTICATION_CHANGED),
        ("-+", r"router .* > neighbor \S+ password ", Effect.AUTHENTICATION_CHANGED),
        ("-+", r"router .* > area \S+ (authentication|virtual-link)", Effect.AUTHENTICATION_CHANGED),
        ("-+", r"key chain ", Effect.AUTHENTICATION_CHANGED),
        # where everything else goes
        ("-+", r"(vrf .* > )?ip route 0\.0\.0\.0/0 ", Effect.DEFAULT_ROUTE),
        ("-+", r"(vrf .* > )?ipv6 route ::/0 ", Effect.DEFAULT_ROUTE),
        ("-+", r"router .* > (neighbor \S+ )?default-(information )?originate", Effect.DEFAULT_ROUTE),
        ("-", r"ip(v6)? prefix-list default ", Effect.DEFAULT_ROUTE),
        # what is lost
        ("-", r"router .* > neighbor \S+ (remote-as|activate|peer-group|interface)", Effect.NEIGHBOUR_REMOVED),
        ("+", r"router .* > neighbor \S+ shutdown", Effect.NEIGHBOUR_REMOVED),
        ("-", r"interface:infrastructure \S+ > ip(v6)? ospf6? area ", Effect.NEIGHBOUR_REMOVED),
        ("+", r"interface:infrastructure \S+ > ip(v6)? ospf6? passive", Effect.NEIGHBOUR_REMOVED),
        ("-", r"router \S+( \S+)?$", Effect.NEIGHBOUR_REMOVED),
        ("-", r"interface\S* \S+ > ip(v6)? address ", Effect.PREFIX_REMOVED),
        ("-", r"(vrf .* > )?ip(v6)? route ", Effect.PREFIX_REMOVED),
        ("-", r"router .* > (network|redistribute|aggregate-address) ", Effect.PREFIX_REMOVED),
        ("-", r"ip(v6)? prefix-list \S+ seq \d+ permit ", Effect.PREFIX_REMOVED),
        ("-", r"interface\S* \S+$", Effect.INTERFACE_REMOVED),
        ("+", r"interface\S* \S+ > shutdown$", Effect.INTERFACE_REMOVED),
    ),
    *_rules(
        "interfaces",
        ("-", r"(auto|iface) (?!lo\b)[^>]+$", Effect.INTERFACE_REMOVED),
        ("-", r"iface \S+ .*> ovs-(type|bridge|ports)", Effect.INTERFACE_REMOVED),
        ("-+", r"iface \S+ .*> (address|gateway) ", Effect.MANAGEMENT_PATH),
        ("-+", r"iface \S+ .*> ovs-options .*trunks=", Effect.MANAGEMENT_PATH),
        ("-", r"iface \S+ .*> ovs-(ports|type|bridge|extra|options)", Effect.MANAGEMENT_PATH),
        ("-", r"(auto|iface) [^>]+$", Effect.MANAGEMENT_PATH),
        ("-+", r"(auto|iface) lo\b", Effect.MANAGEMENT_PATH),
        ("-", r"iface \S+ .*> address-purge no$", Effect.MANAGEMENT_PATH),
        ("+", r"iface \S+ .*> link-down yes$", Effect.MANAGEMENT_PATH),
        ("-+", r"iface \S+ .*> address ", Effect.IDENTITY_CHANGED),
        ("-+", r"iface \S+ .*> gateway ", Effect.DEFAULT_ROUTE),
    ),
    *_rules(
        "snmpd",
        (
            "-+",
            r"(createUser|usmUser|rouser|rwuser|rocommunity6?|rwcommunity6?|com2sec6?|group|access|view) ",
            Effect.ACCOUNT_CHANGED,
        ),
        ("-+", r"createUser ", Effect.AUTHENTICATION_CHANGED),
        ("-+", r"sysName ", Effect.IDENTITY_CHANGED),
    ),
)
"""Every rule that matches gives its effect; order says nothing."""


@dataclass(frozen=True)
class Judge:
    """Tells the effects of one part's lines, knowing the old and the new text."""

    part: PartName
    infrastructure: frozenset[str]
    """Interfaces on which OSPF runs in either text."""
    lists: frozenset[str]
    """Prefix and access lists that stand in the old text: one more permit loosens them."""

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
        return cls(part, infrastructure, frozenset(name for line in old.lines if (name := _list_name(line))))

    def effects(self, sign: Sign, path: tuple[str, ...], line: str) -> tuple[Effect, ...]:
        """The effects of one added or removed line that stands under these headers, by name."""
        place = " > ".join(self._named(piece) for piece in (*path, line))
        found = {
            rule.effect for rule in RULES if rule.part == self.part and sign in rule.signs and rule.pattern.match(place)
        }
        name = _list_name(line)
        if sign == "+" and name in self.lists and " permit " in line:
            found.add(Effect.FILTER_LOOSENED)
        return tuple(sorted(found))

    def _named(self, piece: str) -> str:
        name = piece.removeprefix("interface ")
        return f"interface:infrastructure {name}" if name != piece and name in self.infrastructure else piece


def _list_name(line: str) -> str | None:
    found = re.match(r"(ip(?:v6)? (?:prefix|access)-list \S+|access-list \S+) ", line)
    return found[1] if found else None
