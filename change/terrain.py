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
    """What is away, by name: nodes and links."""

    nodes: frozenset[str] = NOTHING
    links: frozenset[str] = NOTHING

    def beside(self, nodes: Collection[str]) -> Down:
        """These nodes away too."""
        return Down(self.nodes.union(nodes), self.links)


ALL_UP = Down()


@dataclass(frozen=True)
class Cut:
    """Who is cut off."""

    sites: frozenset[str] = NOTHING
    institutions: frozenset[str] = NOTHING

    def beyond(self, *others: Cut) -> Cut:
        """What none of the others has."""
        return Cut(
            self.sites.difference(*(other.sites for other in others)),
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

    def reached(self, down: Down, starts: Collection[str]) -> set[str]:
        """The nodes to which a path leads from any of these; a node that is away is on no path."""
        found = {name for name in starts if name in self.ways and name not in down.nodes}
        edge = list(found)
        while edge:
            for link, far in self.ways[edge.pop()]:
                if far not in found and far not in down.nodes and link not in down.links:
                    found.add(far)
                    edge.append(far)
        return found

    def cut(self, down: Down) -> Cut:
        """Who has a path when all is well, and none with these away."""
        lost = self._served - self.reached(down, self.centres)
        sites = {self.site_of[name] for name in lost}
        return Cut(
            frozenset(site for site in sites if self._nodes_of[site] <= lost),
            frozenset(tenant for name in lost for tenant in self.tenants.get(name, ())),
        )

    def severed(self, down: Down) -> bool:
        """Whether no path leads from where we apply to any data centre, and one does when all is well."""
        return self._connected(ALL_UP) and not self._connected(down)

    def _connected(self, down: Down) -> bool:
        return not self.reached(down, (self.here,)).isdisjoint(self.centres)

    @cached_property
    def _served(self) -> frozenset[str]:
        """The nodes that have a path when all is well."""
        return frozenset(self.reached(ALL_UP, self.centres))

    @cached_property
    def _nodes_of(self) -> dict[str, set[str]]:
        """Each site to those of its nodes that have a path when all is well."""
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._served:
            found[self.site_of[name]].add(name)
        return found
