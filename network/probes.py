"""The probes of a router: what stood when the plan was made stands before, throughout and after the change.

`bgp-neighbour` (`device address`): the session is in that state. `ospf-neighbours` (`device`): at least these are Full,
by name and count. `ospf-prefixes` (`device`): so many prefixes that OSPF found are in the kernel's table, and the named
samples among them; one in ten may be missing, for others change the network beside us.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from ipaddress import IPv4Network
from typing import Protocol

from change.model import Probe
from change.run import ProbeResult
from change.target import TargetError
from network.observe import ESTABLISHED

BGP = "bgp-neighbour"
OSPF = "ospf-neighbours"
PREFIXES = "ospf-prefixes"
SAMPLES = 3
MAY_BE_MISSING = 0.1
"""A share of the prefixes."""


def bgp_probe(device: str, address: str) -> Probe:
    return Probe(kind=BGP, subject=f"{device} {address}", expect=ESTABLISHED)


def ospf_probes(device: str, full: Collection[str]) -> tuple[Probe, ...]:
    """None of a router that has no neighbour: there is nothing to ask."""
    return (Probe(kind=OSPF, subject=device, expect=f"{len(full)} Full: {', '.join(sorted(full))}"),) if full else ()


def prefix_probes(device: str, seen: Collection[IPv4Network], intended: Collection[IPv4Network]) -> tuple[Probe, ...]:
    """Samples are of prefixes that the inventory has; none of a router that OSPF has told nothing yet."""
    stay = sorted(set(seen) & set(intended))
    if not stay:
        return ()
    sample = dict.fromkeys(str(stay[index * (len(stay) - 1) // (SAMPLES - 1)]) for index in range(SAMPLES))
    least = len(stay) - int(len(stay) * MAY_BE_MISSING)
    return (Probe(kind=PREFIXES, subject=device, expect=f"{least} or more, with {', '.join(sample)}"),)


def judge_bgp(probe: Probe, states: Mapping[str, str]) -> ProbeResult:
    state = states.get(probe.subject.partition(" ")[2], "not configured")
    return ProbeResult(ok=state == probe.expect, detail=state)


def judge_ospf(probe: Probe, full: Collection[str]) -> ProbeResult:
    wanted = set(probe.expect.partition(": ")[2].split(", "))
    seen = f"{len(full)} Full: {', '.join(sorted(full))}" if full else "none is Full"
    return ProbeResult(ok=wanted <= set(full), detail=seen)


def judge_prefixes(probe: Probe, prefixes: Collection[IPv4Network]) -> ProbeResult:
    least, _, sample = probe.expect.partition(" or more, with ")
    missing = [prefix for prefix in sample.split(", ") if IPv4Network(prefix) not in prefixes]
    without = f", without {', '.join(missing)}" if missing else ""
    return ProbeResult(ok=len(prefixes) >= int(least) and not missing, detail=f"{len(prefixes)} prefixes{without}")


class Router(Protocol):
    """What is asked, each over a new connection. Raises TargetError where it cannot be."""

    def bgp_states(self) -> Mapping[str, str]:
        """The state of each BGP neighbour by address."""

    def ospf_full(self) -> Collection[str]:
        """The neighbours that are Full, by name."""

    def ospf_prefixes(self) -> Collection[IPv4Network]:
        """What OSPF found, as the kernel forwards by it."""


KINDS: Mapping[str, Callable[[Probe, Router], ProbeResult]] = {
    BGP: lambda probe, router: judge_bgp(probe, router.bgp_states()),
    OSPF: lambda probe, router: judge_ospf(probe, router.ospf_full()),
    PREFIXES: lambda probe, router: judge_prefixes(probe, router.ospf_prefixes()),
}


def ask(routers: Mapping[str, Router], probe: Probe) -> ProbeResult:
    """Ask the router that the subject names, once, over a new connection.

    Raises TargetError where the router cannot be asked, and for a probe that is not of these kinds.
    """
    router = routers.get(probe.subject.partition(" ")[0])
    if probe.kind not in KINDS or router is None:
        raise TargetError(f"nobody here can ask {probe.kind} of {probe.subject}")
    return KINDS[probe.kind](probe, router)
