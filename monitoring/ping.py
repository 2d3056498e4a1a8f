"""ICMP echo with gufo_ping.

A raw socket where we may have one, else the kernel's datagram ping socket (net.ipv4.ping_group_range). A ping that was
sent is always awaited, never cancelled: gufo_ping would set the result of a cancelled future and lose the answers read
in the same go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, Protocol

from gufo.ping import Ping, SelectionPolicy


class PingForbidden(Exception):
    """Neither kind of ICMP socket may be opened by this user."""


class PingLimits(NamedTuple):
    timeout_s: float = 0.8
    """Of one echo; gufo_ping notices up to as long again after it."""
    tries: int = 3
    at_once: int = 256
    """Addresses awaited at the same time."""


class EchoSocket(Protocol):
    async def ping(self, addr: str, size: int | None = None) -> float | None:
        """Round trip in seconds; None where no answer came in time."""


def echo_socket(limits: PingLimits) -> EchoSocket:
    """For as long as polling lasts: one socket for an address family. Raises PingForbidden at the first ping only."""
    return Ping(policy=SelectionPolicy.RAW_DGRAM, timeout=limits.timeout_s)


async def round_trip_ms(socket: EchoSocket, address: IPv4Address | IPv6Address, limits: PingLimits) -> float | None:
    """Milliseconds of the first answered echo, None where none of `tries` was. Raises PingForbidden."""
    for _ in range(limits.tries):
        try:
            answer = await socket.ping(str(address))
        except PermissionError:
            raise PingForbidden(
                "no ICMP socket: run as root, with CAP_NET_RAW, or with this group in net.ipv4.ping_group_range"
            ) from None
        if answer is not None:
            return answer * 1000
    return None


async def round_trips_ms(
    socket: EchoSocket, addresses: Iterable[IPv4Address | IPv6Address], limits: PingLimits
) -> dict[IPv4Address | IPv6Address, float | None]:
    """Every address once, side by side. Raises PingForbidden."""
    places = asyncio.Semaphore(limits.at_once)

    async def one(address: IPv4Address | IPv6Address) -> float | None:
        async with places:
            return await round_trip_ms(socket, address, limits)

    wanted = tuple(dict.fromkeys(addresses))
    return dict(zip(wanted, await asyncio.gather(*(one(address) for address in wanted)), strict=True))
