"""Routes, from `show ip route … json` of zebra; what BGP knows of them from `show bgp … json`."""

from __future__ import annotations

import re

from napalm.base import models
from pydantic import TypeAdapter

from network.frr_getters.shapes import Loose

SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60}
CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


class _NextHop(Loose):
    ip: str = ""
    interfaceName: str = ""
    active: bool = False
    fib: bool = False
    directlyConnected: bool = False


class Route(Loose):
    prefix: str
    protocol: str
    selected: bool = False
    distance: int = 0
    metric: int = 0
    uptime: str = ""
    vrfName: str = "default"
    nexthops: tuple[_NextHop, ...] = ()


class _AsPath(Loose):
    string: str = ""


class _Communities(Loose):
    list: tuple[str, ...] = ()


class _BgpNextHop(Loose):
    ip: str = ""


class _BgpPeer(Loose):
    peerId: str = ""


class _Path(Loose):
    aspath: _AsPath = _AsPath()
    community: _Communities = _Communities()
    locPrf: int = 100
    """RFC 4271 says nothing of a default; FRR's is 100, and it prints none where it is that."""
    metric: int = 0
    weight: int = 0
    nexthops: tuple[_BgpNextHop, ...] = ()
    peer: _BgpPeer = _BgpPeer()


class BgpEntry(Loose):
    paths: tuple[_Path, ...] = ()


ROUTES = TypeAdapter(dict[str, tuple[Route, ...]])


def chosen(routes: dict[str, tuple[Route, ...]], protocol: str) -> dict[str, tuple[Route, ...]]:
    """Those of a protocol (any where it is empty), by prefix; a prefix without one is left out."""
    wanted = protocol.lower()
    kept = {
        prefix: tuple(route for route in entries if wanted in ("", route.protocol))
        for prefix, entries in routes.items()
    }
    return {prefix: entries for prefix, entries in kept.items() if entries}


def table(
    routes: dict[str, tuple[Route, ...]], bgp: dict[str, BgpEntry], local_as: int
) -> dict[str, list[models.RouteDict]]:
    """One entry a next hop. `bgp` has the entries of the prefixes that came by BGP."""
    return {
        prefix: [
            _entry(route, hop, bgp.get(prefix, BgpEntry()), local_as) for route in entries for hop in route.nexthops
        ]
        for prefix, entries in routes.items()
    }


def _entry(route: Route, hop: _NextHop, bgp: BgpEntry, local_as: int) -> models.RouteDict:
    return {
        "protocol": route.protocol,
        "current_active": route.selected,
        "last_active": route.selected,
        "age": age_s(route.uptime),
        "next_hop": hop.ip,
        "outgoing_interface": hop.interfaceName,
        "selected_next_hop": hop.fib,
        "preference": route.distance,
        "inactive_reason": "" if route.selected else "not the best route",
        "routing_table": route.vrfName,
        "protocol_attributes": _attributes(hop, bgp, local_as) if route.protocol == "bgp" else {},
    }


def _attributes(hop: _NextHop, bgp: BgpEntry, local_as: int) -> dict[str, object]:
    path = next((path for path in bgp.paths if any(known.ip == hop.ip for known in path.nexthops)), None)
    if path is None:
        return {}
    ases = path.aspath.string.split()
    return {
        "local_as": local_as,
        "remote_as": int(ases[0]) if ases and ases[0].isdigit() else local_as,
        "peer_id": path.peer.peerId,
        "remote_address": path.peer.peerId,
        "as_path": path.aspath.string,
        "communities": list(path.community.list),
        "local_preference": path.locPrf,
        "preference2": path.weight,
        "metric": path.metric,
        "metric2": 0,
    }


def age_s(uptime: str) -> int:
    """Seconds of FRR's `00:01:02`, `1d02h03m` or `01w2d03h` (lib/frrtime.h); 0 where it says none."""
    clock = CLOCK.fullmatch(uptime)
    if clock is not None:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([wdhm])", uptime))
