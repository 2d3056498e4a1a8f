"""The next free addresses of a world's blocks. Pure arithmetic: what stands is given, what is new comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from statistics import mode

from inventory.draft import Draft
from inventory.model import Address, Network

_HOST_BITS = {4: 32, 6: 128}


class Exhausted(LookupError):
    """No block of that use has room left. `use` and `version` (4 or 6) say which."""

    def __init__(self, use: str, version: int) -> None:
        super().__init__(f"no free IPv{version} address is left in the prefixes for {use}")
        self.use, self.version = use, version


class Free:
    """Hands out the lowest free address or pair, and remembers what it handed out."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._taken: set[tuple[int, int]] = set()
        self._wide: list[Network] = []
        for device in draft.devices:
            for interface in device.interfaces:
                for address in interface.addresses:
                    self._taken.add((address.version, int(address.ip)))
                    if address.max_prefixlen - address.network.prefixlen > 1:
                        self._wide.append(address.network)
        for neighbour in (neighbour for device in draft.devices for neighbour in device.bgp):
            self._taken.add((neighbour.address.version, int(neighbour.address)))
        # What is behind a router is not ours to give, and is not ours to collide with either.
        for institution in draft.institutions:
            if institution.probe is not None:
                self._taken.add((4, int(institution.probe)))
        for route in (route for device in draft.devices for route in device.routes):
            self._taken.add((route.via.version, int(route.via)))
        self._next: dict[tuple[str, int, int], Iterator[int]] = {}

    def loopback(self, version: int) -> Address:
        """One address out of the blocks for loopbacks; a block's first and last are left alone."""
        return self._lowest("loopbacks", version, 1)

    def pair(self, version: int) -> tuple[Address, Address]:
        """Both addresses of one /31 (RFC 3021) or /127 (RFC 6164), out of the blocks for links."""
        low = self._lowest("links", version, 2)
        return low, low + 1

    def beside(self, subnet: Network) -> Address:
        """The lowest free address on a subnet. Raises Exhausted."""
        edge = 0 if subnet.max_prefixlen - subnet.prefixlen <= 1 else 1
        first, last = int(subnet.network_address) + edge, int(subnet.broadcast_address) - edge
        for number in range(first, last + 1):
            if (subnet.version, number) not in self._taken:
                return self._take(subnet.version, number, 1)
        raise Exhausted(f"{self._use(subnet)} ({subnet})", subnet.version)

    def _use(self, subnet: Network) -> str:
        block = self._draft.blocks.smallest(subnet.network_address)
        return "links" if block is None else block.use

    def _lowest(self, use: str, version: int, size: int) -> Address:
        candidates = self._next.setdefault((use, version, size), self._candidates(use, version, size))
        for number in candidates:
            if all((version, number + offset) not in self._taken for offset in range(size)):
                return self._take(version, number, size)
        raise Exhausted(use, version)

    def _candidates(self, use: str, version: int, size: int) -> Iterator[int]:
        for prefix in self._draft.prefixes:
            block = prefix.prefix
            if prefix.use != use or block.version != version:
                continue
            edge = 1 if size == 1 else 0
            first, last = int(block.network_address) + edge, int(block.broadcast_address) - edge
            number = first
            while number + size - 1 <= last:
                wide = self._covering(version, number, size)
                if wide is not None:
                    number = int(wide.broadcast_address) + 1
                    continue
                if self._draft.blocks.smallest(_address(version, number)) is prefix:
                    yield number
                number += size

    def _covering(self, version: int, number: int, size: int) -> Network | None:
        """A wide subnet that stands where the candidate would."""
        bits = _HOST_BITS[version] - (size - 1)
        candidate = ip_network((number, bits))
        return next((wide for wide in self._wide if wide.version == version and wide.overlaps(candidate)), None)

    def _take(self, version: int, number: int, size: int) -> Address:
        self._taken.update((version, number + offset) for offset in range(size))
        return _address(version, number)


def block_above(
    kin: Sequence[Network], standing: Sequence[Network], within: Sequence[Network] | None
) -> Network | None:
    """The first block above the highest of its kin, of their usual length, that overlaps nothing that stands.

    `within`: it must lie in one of these too; None: anywhere. Returns None where there is no room. `kin` is not empty,
    and of one version.
    """
    bits = kin[0].max_prefixlen
    size = 1 << (bits - mode(network.prefixlen for network in kin))
    others = [network for network in standing if network.version == kin[0].version]
    number = max(int(network.broadcast_address) for network in kin) + 1
    while (number := -(-number // size) * size) + size <= 1 << bits:
        block = ip_network((number.to_bytes(bits // 8, "big"), bits - size.bit_length() + 1))
        above = [int(network.broadcast_address) for network in others if network.overlaps(block)]
        if not above:
            fits = within is None or any(block.version == outer.version and _inside(block, outer) for outer in within)
            return block if fits else None
        number = max(above) + 1
    return None


def _inside(inner: Network, outer: Network) -> bool:
    return inner.network_address in outer and inner.broadcast_address in outer


def _address(version: int, number: int) -> Address:
    return ip_address(number.to_bytes(_HOST_BITS[version] // 8, "big"))
