"""The intended network as a change sees it: who is reached over what, and who is cut off when something is away.

A value, made by the wiring from the inventory; nothing here knows a vendor. A site, or an institution, is cut off when
no path over intended links leads to it from a data centre. What has no path even when all is well is nobody's loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Down:
    """What is away now, by name: nodes and links."""

    nodes: frozenset[str] = NOTHING
    links: frozenset[str] = NOTHING


ALL_UP = Down()


@dataclass(frozen=True)
class Cut:
    """Who is cut off."""

    sites: frozenset[str] = NOTHING
    """No box of theirs is reached."""
    pathless: frozenset[str] = NOTHING
    """Those of them that no path leads to, whatever happens to the boxes that change there."""
    institutions: frozenset[str] = NOTHING

    def beyond(self, *others: Cut) -> Cut:
        """What none of the others has."""
        return Cut(
            self.sites.difference(*(other.sites for other in others)),
            self.pathless.difference(*(other.pathless for other in others)),
            self.institutions.difference(*(other.institutions for other in others)),
        )


@dataclass(frozen=True)
class Terrain:
    """Nodes are targets of change and what stands between them, by target name; each link has a name of its own."""

    ways: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Each node to its links, as (link, far node): both directions stand in it."""
    centres: tuple[str, ...] = ()
    """The nodes of the data centres that everything else is served from."""
    here: str = ""
    """The node that we apply from."""
    site_of: Mapping[str, str] = field(default_factory=dict)
    tenants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Each node to the institutions that are plugged in to it."""
    _told: dict[tuple[frozenset[str], Down], Cut] = field(default_factory=dict, repr=False, compare=False)
    """Answers of `cut`: the waves of a plan are asked about again and again."""

    def cut(self, changing: frozenset[str], now: Down = ALL_UP) -> Cut:
        """Who has a path when all is well, and none with these nodes changing beside what is down now."""
        asked = (changing.intersection(self.ways), now)
        if asked not in self._told:
            self._told[asked] = self._cut(*asked)
        return self._told[asked]

    def severed(self, changing: frozenset[str]) -> bool:
        """Whether no path leads from where we apply to any data centre then, and one does when all is well."""
        return self._connected(NOTHING) and not self._connected(changing)

    def carries(self, node: str) -> bool:
        """Whether others may be reached through it."""
        return len({far for _, far in self.ways.get(node, ())}) > 1

    def _cut(self, changing: frozenset[str], now: Down) -> Cut:
        reached = self._reached(self.centres, changing | now.nodes, now.links)
        lost = self._served - reached
        sites = {site for site in {self.site_of[name] for name in lost} if self._nodes_of[site] <= lost}
        return Cut(
            frozenset(sites),
            frozenset(site for site in sites if not self._is_led_to(site, reached, now)),
            frozenset(tenant for name in lost for tenant in self.tenants.get(name, ())),
        )

    def _is_led_to(self, site: str, reached: set[str], now: Down) -> bool:
        """Whether one of its boxes that is not down now would be reached, were it not changing."""
        return any(
            name in self.centres or any(link not in now.links and far in reached for link, far in self.ways[name])
            for name in self._nodes_of[site] - now.nodes
        )

    def _reached(self, starts: Collection[str], away: frozenset[str], cut_links: frozenset[str] = NOTHING) -> set[str]:
        """The nodes to which a path leads from any of these; a node that is away is on no path."""
        found = {name for name in starts if name in self.ways and name not in away}
        edge = list(found)
        while edge:
            for link, far in self.ways[edge.pop()]:
                if far not in found and far not in away and link not in cut_links:
                    found.add(far)
                    edge.append(far)
        return found

    def _connected(self, away: frozenset[str]) -> bool:
        return not self._reached((self.here,), away).isdisjoint(self.centres)

    @cached_property
    def _served(self) -> frozenset[str]:
        """The nodes that have a path when all is well."""
        return frozenset(self._reached(self.centres, NOTHING))

    @cached_property
    def _nodes_of(self) -> dict[str, set[str]]:
        """Each site to those of its nodes that have a path when all is well."""
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._served:
            found[self.site_of[name]].add(name)
        return found
