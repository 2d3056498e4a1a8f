"""Interfaces from iproute2's JSON (ip-link(8), ip-address(8)); description and speed from FRR."""

from __future__ import annotations

from napalm.base import models
from pydantic import TypeAdapter

from network.frr_getters.shapes import NOT_KNOWN, Loose

UNKNOWN_SPEED = 4294967295
"""What the kernel says in mebibits of a link without a speed (ethtool's SPEED_UNKNOWN)."""


class _Counters(Loose):
    bytes: int
    packets: int
    errors: int
    dropped: int
    multicast: int = NOT_KNOWN


class _Statistics(Loose):
    rx: _Counters
    tx: _Counters


class _Address(Loose):
    family: str
    local: str
    prefixlen: int


class Link(Loose):
    ifname: str
    flags: tuple[str, ...] = ()
    mtu: int = 0
    address: str = ""
    link_type: str = ""
    stats64: _Statistics | None = None
    addr_info: tuple[_Address, ...] = ()


class FrrInterface(Loose):
    description: str = ""
    speed: int = 0
    vrfName: str = "default"


LINKS = TypeAdapter(tuple[Link, ...])
FRR_INTERFACES = TypeAdapter(dict[str, FrrInterface])


def interfaces(links: tuple[Link, ...], told: dict[str, FrrInterface]) -> dict[str, models.InterfaceDict]:
    """Speed in Mbit/s, -1.0 where the link has none; when it last flapped is not kept by the kernel: -1.0."""
    return {link.ifname: _interface(link, told.get(link.ifname, FrrInterface())) for link in links}


def _interface(link: Link, told: FrrInterface) -> models.InterfaceDict:
    return {
        "is_up": "LOWER_UP" in link.flags,
        "is_enabled": "UP" in link.flags,
        "description": told.description,
        "last_flapped": float(NOT_KNOWN),
        "mtu": link.mtu,
        "speed": float(told.speed) if 0 < told.speed < UNKNOWN_SPEED else float(NOT_KNOWN),
        "mac_address": link.address.upper() if link.link_type == "ether" else "",
    }


def counters(links: tuple[Link, ...]) -> dict[str, models.InterfaceCounterDict]:
    """The kernel counts neither broadcasts nor sent multicasts: -1, and unicast is what is left of the packets."""
    return {link.ifname: _counted(link.stats64) for link in links if link.stats64 is not None}


def _counted(seen: _Statistics) -> models.InterfaceCounterDict:
    return {
        "tx_errors": seen.tx.errors,
        "rx_errors": seen.rx.errors,
        "tx_discards": seen.tx.dropped,
        "rx_discards": seen.rx.dropped,
        "tx_octets": seen.tx.bytes,
        "rx_octets": seen.rx.bytes,
        "tx_unicast_packets": seen.tx.packets,
        "rx_unicast_packets": seen.rx.packets - max(seen.rx.multicast, 0),
        "tx_multicast_packets": NOT_KNOWN,
        "rx_multicast_packets": seen.rx.multicast,
        "tx_broadcast_packets": NOT_KNOWN,
        "rx_broadcast_packets": NOT_KNOWN,
    }


def addresses(links: tuple[Link, ...]) -> dict[str, models.InterfacesIPDict]:
    """By interface and family (`ipv4`, `ipv6`); interfaces without addresses are left out."""
    found: dict[str, models.InterfacesIPDict] = {}
    for link in links:
        for address in link.addr_info:
            family = {"inet": "ipv4", "inet6": "ipv6"}.get(address.family)
            if family is not None:
                of_link = found.setdefault(link.ifname, {})
                of_link.setdefault(family, {})[address.local] = {"prefix_length": address.prefixlen}
    return found


def instances(
    links: tuple[Link, ...], told: dict[str, FrrInterface], vrfs: tuple[str, ...], distinguishers: dict[str, str]
) -> dict[str, models.NetworkInstanceDict]:
    """FRR's VRFs with their interfaces; an interface that FRR does not know is in the default one."""
    members: dict[str, dict[str, dict[str, str]]] = {"default": {}, **{name: {} for name in vrfs}}
    for link in links:
        members.setdefault(told.get(link.ifname, FrrInterface()).vrfName, {})[link.ifname] = {}
    return {
        name: {
            "name": name,
            "type": "DEFAULT_INSTANCE" if name == "default" else "L3VRF",
            "state": {"route_distinguisher": distinguishers.get(name, "")},
            "interfaces": {"interface": interfaces},
        }
        for name, interfaces in members.items()
    }
