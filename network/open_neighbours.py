"""BGP neighbours of other networks whose routes nothing filters, in one direction or in one address family at least."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from network.tree import Section

FILTER = re.compile(r"neighbor (\S+) (?:prefix-list|route-map|filter-list|distribute-list) \S+ (in|out)")
FAMILY = "address-family "
BOTH = {"in", "out"}


def open_neighbours(config: Section) -> frozenset[str]:
    """Their names, those of peer groups too: external, and not filtered both ways in each family that names them."""
    found: set[str] = set()
    for bgp in (one for one in config.sections if one.header.startswith("router bgp ")):
        own = bgp.header.split()[2]
        group_of = said(bgp, "peer-group")
        as_of = said(bgp, "remote-as")
        for name in {*as_of, *group_of}:
            group = group_of.get(name, name)
            remote = as_of.get(name, as_of.get(group, own))
            if remote not in (own, "internal") and not filtered(bgp, name, group):
                found.add(name)
    return frozenset(found)


def said(bgp: Section, word: str) -> Mapping[str, str]:
    """By neighbour, what stands after that word."""
    lines = (re.fullmatch(rf"neighbor (\S+) {word} (\S+).*", line) for line in bgp.lines)
    return {match[1]: match[2] for match in lines if match}


def filtered(bgp: Section, name: str, group: str) -> bool:
    families = [set(ways(family, name, group)) for family in (bgp, *bgp.sections) if names(family, name, group)]
    return bool(families) and all(family == BOTH for family in families)


def names(family: Section, name: str, group: str) -> bool:
    """Whether routes of this family are exchanged with it. The neighbour's own section names it to say who it is."""
    spoken = re.compile(rf"neighbor (?:{re.escape(name)}|{re.escape(group)}) ")
    lines = [line for line in family.lines if spoken.match(line)]
    return bool(lines) and (family.header.startswith(FAMILY) or any(FILTER.fullmatch(line) for line in lines))


def ways(family: Section, name: str, group: str) -> Iterator[str]:
    for match in (FILTER.fullmatch(line) for line in family.lines):
        if match and match[1] in (name, group):
            yield match[2]
