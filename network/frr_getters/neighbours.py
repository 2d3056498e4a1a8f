"""ARP and IPv6 neighbour tables, from `ip -j -s neigh` (ip-neighbour(8))."""

from __future__ import annotations

from napalm.base import models
from pydantic import TypeAdapter

from network.frr_getters.shapes import NOT_KNOWN, Loose


class Neighbour(Loose):
    dst: str
    dev: str
    lladdr: str = ""
    confirmed: int = NOT_KNOWN
    """Seconds since the neighbour was last known to be there."""
    state: tuple[str, ...] = ()


NEIGHBOURS = TypeAdapter(tuple[Neighbour, ...])


def arp(table: tuple[Neighbour, ...]) -> list[models.ARPTableDict]:
    """Entries that have a link-layer address."""
    return [
        {"interface": entry.dev, "mac": entry.lladdr.upper(), "ip": entry.dst, "age": float(entry.confirmed)}
        for entry in table
        if entry.lladdr
    ]


def ipv6(table: tuple[Neighbour, ...]) -> list[models.IPV6NeighborDict]:
    return [
        {
            "interface": entry.dev,
            "mac": entry.lladdr.upper(),
            "ip": entry.dst,
            "age": float(entry.confirmed),
            "state": "/".join(entry.state),
        }
        for entry in table
        if entry.lladdr
    ]
