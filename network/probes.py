"""The probe `bgp-neighbour`: a session that stood when the plan was made stands throughout the change and after it."""

from __future__ import annotations

from collections.abc import Mapping

from change.model import Probe
from change.run import ProbeResult
from change.target import TargetError
from network.router import BGP_PROBE, RouterTarget


def ask(routers: Mapping[str, RouterTarget], probe: Probe) -> ProbeResult:
    """Ask the router that the subject names (`device address`), once, over a new connection.

    Raises TargetError where the router cannot be asked, and for a probe that is not of this kind.
    """
    name, _, address = probe.subject.partition(" ")
    router = routers.get(name)
    if probe.kind != BGP_PROBE or router is None:
        raise TargetError(f"nobody here can ask {probe.kind} of {probe.subject}")
    states = router.bgp_states()
    state = states.get(address, "not configured")
    return ProbeResult(ok=state == probe.expect, detail=state)
