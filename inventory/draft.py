"""What could be read of a world before it is known to be right, and where each record stands.

A record that failed its shape is left out of the tuples, but its name is kept: a reference to it is not a second fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from inventory.model import (
    Account,
    Address,
    Device,
    Freeze,
    Institution,
    Interface,
    Link,
    Machine,
    Prefix,
    Secret,
    Service,
    Site,
    Vlan,
    Volume,
    Window,
    World,
)

Section = Literal[
    "world",
    "sites",
    "devices",
    "links",
    "vlans",
    "prefixes",
    "institutions",
    "services",
    "machines",
    "volumes",
    "accounts",
    "secrets",
    "windows",
    "freezes",
]


@dataclass(frozen=True)
class Spot:
    """A place in the files: the `index`-th record of a section that parsed, and the keys below it."""

    section: Section
    index: int
    path: tuple[str | int, ...] = ()

    def under(self, *steps: str | int) -> Spot:
        """The place that further keys lead to from here."""
        return Spot(self.section, self.index, (*self.path, *steps))


@dataclass(frozen=True)
class Finding:
    """A problem before its line is looked up. `rule` names the kind of problem."""

    rule: str
    spot: Spot
    what: str
    fix: str


@dataclass(frozen=True)
class Lost:
    """What failed its shape in one section: the names that could be read, and whether others could not."""

    names: frozenset[str] = frozenset()
    unnamed: bool = False

    @property
    def any(self) -> bool:
        return bool(self.names) or self.unnamed


class Blocks:
    """Declared prefixes by length, so that the smallest around an address is found in one look for each length."""

    def __init__(self, prefixes: tuple[Prefix, ...]) -> None:
        self._prefixes = prefixes
        self._by_length: dict[int, dict[int, dict[int, int]]] = {4: {}, 6: {}}
        for index in reversed(range(len(prefixes))):
            network = prefixes[index].prefix
            of_length = self._by_length[network.version].setdefault(network.prefixlen, {})
            of_length[int(network.network_address) >> (network.max_prefixlen - network.prefixlen)] = index
        self._lengths = {version: sorted(found, reverse=True) for version, found in self._by_length.items()}

    def around(self, address: Address, longest: int = 128) -> int | None:
        """The index of the smallest prefix, of at most `longest` bits, that holds the address; None where none does."""
        number, bits = int(address), address.max_prefixlen
        for length in self._lengths[address.version]:
            if length <= longest:
                index = self._by_length[address.version][length].get(number >> (bits - length))
                if index is not None:
                    return index
        return None

    def smallest(self, address: Address) -> Prefix | None:
        """As `around`, the prefix itself."""
        index = self.around(address)
        return None if index is None else self._prefixes[index]


@dataclass(frozen=True)
class Draft:
    """The records that parsed. The mappings give a name's first index, so that a duplicate is told once."""

    world: World | None
    sites: tuple[Site, ...]
    devices: tuple[Device, ...]
    links: tuple[Link, ...]
    vlans: tuple[Vlan, ...]
    prefixes: tuple[Prefix, ...]
    institutions: tuple[Institution, ...]
    services: tuple[Service, ...]
    machines: tuple[Machine, ...]
    volumes: tuple[Volume, ...]
    accounts: tuple[Account, ...]
    secrets: tuple[Secret, ...]
    windows: tuple[Window, ...]
    freezes: tuple[Freeze, ...]
    lost: Mapping[Section, Lost]

    def whole(self, *sections: Section) -> bool:
        """Nothing of these sections was lost, so what is absent from them is really absent."""
        return not any(self.lost[section].any for section in sections if section in self.lost)

    def forgiven(self, section: Section, name: str) -> bool:
        """A name that does not stand among the parsed records, but may be that of one that was lost."""
        lost = self.lost.get(section, Lost())
        return lost.unnamed or name in lost.names

    @cached_property
    def site(self) -> dict[str, Site]:
        return {site.name: site for site in reversed(self.sites)}

    @cached_property
    def device(self) -> dict[str, Device]:
        return {device.name: device for device in reversed(self.devices)}

    @cached_property
    def institution(self) -> dict[str, Institution]:
        return {institution.name: institution for institution in reversed(self.institutions)}

    @cached_property
    def machine(self) -> dict[str, Machine]:
        return {machine.name: machine for machine in reversed(self.machines)}

    @cached_property
    def secret(self) -> dict[str, Secret]:
        return {secret.name: secret for secret in reversed(self.secrets)}

    @cached_property
    def interface(self) -> dict[tuple[str, str], Interface]:
        """(device, interface) to the interface."""
        return {
            (device.name, interface.name): interface
            for device in reversed(self.devices)
            for interface in reversed(device.interfaces)
        }

    @cached_property
    def vlan(self) -> dict[tuple[str, int], Vlan]:
        """(site, VLAN id) to the VLAN."""
        return {(vlan.site, vlan.id): vlan for vlan in reversed(self.vlans)}

    @cached_property
    def blocks(self) -> Blocks:
        return Blocks(self.prefixes)

    @cached_property
    def link_ends(self) -> dict[tuple[str, str], int]:
        """(device, interface) to the index of the first link that ends there."""
        return {
            (end.device, end.interface): index
            for index in reversed(range(len(self.links)))
            for end in self.links[index].ends
        }

    @cached_property
    def links_resolve(self) -> bool:
        """Both ends of every link exist: only then does the absence of a path mean anything."""
        return all(end in self.interface for end in self.link_ends)
