"""The probes of the jump host: the institutions and web sites behind what changes, asked from where we stand.

What answers when the plan is made must answer after the change: `institution` (`name address`) is pinged, `web-site`
(`host-name address`) is asked over TLS, by the name and with the authority that browsers know. What did not answer is
no probe: a school that is switched off forbids no change of its district.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, ip_address

from change.model import Probe
from change.run import ProbeResult
from change.target import TargetError
from inventory.model import Institution, Inventory, Role, SiteKind
from monitoring.https import HttpsLimits, ask, trusting
from monitoring.ping import PingForbidden, PingLimits, echo_socket, round_trip_ms
from monitoring.served import served

INSTITUTION = "institution"
WEB_SITE = "web-site"
KINDS = frozenset({INSTITUTION, WEB_SITE})
AT_ONCE = 16
SAMPLES = 12
"""So many institutions of each target at most, evenly among all that are behind it."""

Asks = Callable[[Probe], ProbeResult]
"""Asks one probe once, from the jump host."""


def ask_from_here(probe: Probe, authority: Callable[[], str | None]) -> ProbeResult:
    """One of KINDS, once. `authority`: the certificate (PEM) of who signs for the web sites.

    Raises TargetError where no ping may be sent.
    """
    name, _, address = probe.subject.partition(" ")
    if probe.kind == INSTITUTION:
        return asyncio.run(pinged(IPv4Address(address)))
    return asyncio.run(asked(name, address, authority()))


async def pinged(address: IPv4Address) -> ProbeResult:
    limits = PingLimits()
    try:
        took_ms = await round_trip_ms(echo_socket(limits), address, limits)
    except PingForbidden as problem:
        raise TargetError(str(problem)) from None
    return ProbeResult(ok=took_ms is not None, detail="silence" if took_ms is None else "answers")


async def asked(host_name: str, address: str, authority: str | None) -> ProbeResult:
    answer = await ask(trusting(authority), ip_address(address), host_name, HttpsLimits())
    return ProbeResult(ok=answer.fault is None, detail="answers" if answer.fault is None else str(answer.fault))


def probes_of(inventory: Inventory, targets: Iterable[str], asks: Asks) -> dict[str, tuple[Probe, ...]]:
    """By target, those of the probes behind it that are as expected now; each is asked once."""
    wanted = {target: behind(inventory, target) for target in targets}
    every = tuple(dict.fromkeys(probe for some in wanted.values() for probe in some))
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        well = {probe for probe, result in zip(every, pool.map(asks, every), strict=True) if result.ok}
    return {target: tuple(probe for probe in some if probe in well) for target, some in wanted.items()}


def behind(inventory: Inventory, target: str) -> tuple[Probe, ...]:
    """Of a server its own web sites; of a network box those of its site, and institutions that it leads to.

    None of a stack: what runs in its machines is judged with their own servers.
    """
    device = inventory.device.get(target)
    if device is None:
        return ()
    box = device.role is not Role.SERVER
    web = [
        each for each in served(inventory) if each.server.name == target or (box and each.server.site == device.site)
    ]
    tenants = [each for each in inventory.institutions if each.probe and leads_to(inventory, device.site, each.site)]
    return (
        *(
            Probe(kind=INSTITUTION, subject=f"{each.name} {each.probe}", expect="answers")
            for each in sampled(tenants)
            if box
        ),
        *(
            Probe(kind=WEB_SITE, subject=f"{each.host_name} {each.server.management_address}", expect="answers")
            for each in web
        ),
    )


def leads_to(inventory: Inventory, site: str, other: str) -> bool:
    """A data centre leads everywhere, a region to its districts, and every site to itself."""
    kind = inventory.site[site].kind
    return site == other or kind is SiteKind.DATA_CENTRE or inventory.site[other].region == site


def sampled(tenants: list[Institution]) -> list[Institution]:
    if len(tenants) <= SAMPLES:
        return tenants
    return [tenants[index * len(tenants) // SAMPLES] for index in range(SAMPLES)]
