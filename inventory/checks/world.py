"""What holds for the whole of a world: timers, time zone, jump host, ASN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inventory.checks.names import unknown
from inventory.draft import Draft, Finding, Spot
from inventory.model import Role

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_RESERVED_ASNS = ((23456, 23456), (65535, 65535), (65552, 131071))
"""IANA, Autonomous System (AS) Numbers: AS_TRANS (RFC 6793), the last 16-bit one (RFC 7300), a reserved block."""


def is_reserved(asn: int) -> bool:
    """An ASN that no network may use. Those for private use and documentation are not reserved."""
    return any(low <= asn <= high for low, high in _RESERVED_ASNS)


def is_domain(text: str) -> bool:
    """A fully qualified name by RFC 1123 2.1, in lower case, with at least two labels."""
    return _DOMAIN.fullmatch(text) is not None


def world(draft: Draft) -> Iterator[Finding]:
    """Time zone, domain, ASN."""
    world = draft.world
    if world is None:
        return
    if not is_zone(world.timezone):
        what = f"the time zone `{world.timezone}` is not known"
        fix = "write an IANA zone name, such as Africa/Dar_es_Salaam"
        yield Finding("unknown-timezone", Spot("world", 0, ("timezone",)), what, fix)
    if not is_domain(world.domain):
        what = f"`{world.domain}` is not a domain"
        yield Finding("bad-domain", Spot("world", 0, ("domain",)), what, "write one such as govnet.example")
    if is_reserved(world.asn):
        what = f"AS {world.asn} is reserved"
        yield Finding("reserved-asn", Spot("world", 0, ("asn",)), what, "write our own, or one of 64512 to 65534")


def timers(draft: Draft) -> Iterator[Finding]:
    """A neighbour must be able to miss a hello, and a verify must be able to see one."""
    world = draft.world
    if world is None:
        return
    hello, dead = world.ospf.hello_s, world.ospf.dead_s
    if dead <= hello:
        what = f"dead_s {dead} is not greater than hello_s {hello}"
        yield Finding("dead-timer", Spot("world", 0, ("ospf", "dead_s")), what, f"write {4 * hello}, four hellos")
    if world.change.verify_s < hello:
        what = f"verify_s {world.change.verify_s} is less than one OSPF hello ({hello} s)"
        yield Finding("verify-timer", Spot("world", 0, ("change", "verify_s")), what, f"write at least {hello}")


def rollout(draft: Draft) -> Iterator[Finding]:
    """A role is in one ring; a canary is no larger than a wave."""
    world = draft.world
    if world is None:
        return
    first: dict[Role, int] = {}
    for number, ring in enumerate(world.rollout.rings):
        for place, role in enumerate(ring):
            if role in first:
                what = f"the role {role} is in ring {first[role]} already"
                yield Finding(
                    "role-in-two-rings", Spot("world", 0, ("rollout", "rings", number, place)), what, "name it once"
                )
            first.setdefault(role, number)
    canary, wave = world.rollout.canary, world.rollout.wave
    if canary > wave:
        what = f"the canary ({canary} devices) is larger than a wave ({wave})"
        yield Finding("canary-larger-than-wave", Spot("world", 0, ("rollout", "canary")), what, f"write {wave} or less")


def jump_host(draft: Draft) -> Iterator[Finding]:
    """The device that govnet runs on is one of ours, of that role."""
    if draft.world is None:
        return
    name = draft.world.jump_host
    spot = Spot("world", 0, ("jump_host",))
    device = draft.device.get(name)
    if device is None:
        yield from unknown(draft, "devices", name, spot, "unknown-jump-host")
    elif device.role is not Role.JUMP_HOST:
        what = f"the jump host {name} has the role {device.role}"
        yield Finding("jump-host-role", spot, what, f"give it the role {Role.JUMP_HOST}, or name another device")


def is_zone(name: str) -> bool:
    """An IANA zone name that this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
