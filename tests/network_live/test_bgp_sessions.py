"""Whom a core expects over BGP: that depends on what stood before, and on what its far end says."""

from __future__ import annotations

import pytest

from change.model import Probe, Step
from network import tree
from network.session import Endpoint
from tests.network_live.seat import Seat, bgp, fault, step_of, with_text
from tests.network_live.server import free_port


def test_sessions_that_stand_are_the_plan_s_probes(core: Seat) -> None:
    core.lives(core.old("banner", "an older line"))
    bgp(core, {"10.255.0.2": "Established", "192.0.2.1": "Active", "10.9.9.9": "Established"})
    probes = [probe for probe in step_of(core).probes if probe.kind == "bgp-neighbour"]
    assert probes == [Probe(kind="bgp-neighbour", subject="core-1 10.255.0.2", expect="Established")]


def test_a_far_end_of_a_later_wave_is_not_waited_for(core: Seat) -> None:
    """The pretended box is its own far end: without us among its peers, it is not configured for us."""
    step = step_to_intent(core)
    bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"})
    assert fault(core, step) == ""


def test_a_far_end_that_is_configured_for_us_must_be_up(core: Seat) -> None:
    step = step_to_intent(core)
    ups = {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"}
    bgp(core, {**ups, "10.255.0.1": "Active", "10.255.0.2": "Connect"})
    assert "BGP neighbour core-2 10.255.0.2 is Connect" in fault(core, step)


def far_end_is_away(core: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the other core was."""
    away = free_port()
    known = core.server.folder / "known_hosts"
    known.write_text(f"{known.read_text()}[127.0.0.1]:{away} {core.server.host_key}\n")
    ports = {"core-1": core.server.port, "core-2": away}
    monkeypatch.setattr("network.login.Endpoint", lambda who, _, known: Endpoint(who, "127.0.0.1", known, ports[who]))


def test_a_far_end_that_cannot_be_asked_is_no_reason_to_expect_nothing(
    core: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = step_to_intent(core)
    bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established", "10.255.0.2": "Connect"})
    far_end_is_away(core, monkeypatch)
    assert "BGP neighbour core-2 10.255.0.2 is Connect, not Established" in fault(core, step)


def test_a_far_end_that_cannot_be_asked_is_judged_with_its_own_step_where_that_is_to_come(
    core: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = step_to_intent(core)
    bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established", "10.255.0.2": "Connect"})
    far_end_is_away(core, monkeypatch)
    assert fault(core, step, later=("core-2",)) == ""


def test_an_upstream_must_be_up_always(core: Seat) -> None:
    step = step_to_intent(core)
    bgp(core, {"192.0.2.1": "Active", "2001:db8:0:1::1": "Established"})
    assert "BGP neighbour isp-1 192.0.2.1 is Active, not Established" in fault(core, step)


def test_a_session_that_stood_before_must_stand_after(core: Seat) -> None:
    probe = Probe(kind="bgp-neighbour", subject="core-1 10.255.0.2", expect="Established")
    step = step_to_intent(core).model_copy(update={"probes": (probe,)})
    bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"})
    assert "core-2 10.255.0.2 is not configured" in fault(core, step)


def test_a_way_back_expects_no_session_that_the_earlier_configuration_has_not(core: Seat) -> None:
    forward = step_to_intent(core)
    earlier = with_text(core.wanted, "frr", without_bgp(core.wanted.text("frr")))
    core.lives(earlier)
    bgp(core, {})
    assert fault(core, forward.model_copy(update={"result": earlier.fingerprint})) == ""


def step_to_intent(core: Seat) -> Step:
    core.lives(core.old("banner", "an older line"))
    bgp(core, {})
    step = step_of(core)
    core.lives(core.wanted)
    return step


def without_bgp(frr: str) -> str:
    root = tree.parse(frr)
    sections = tuple(section for section in root.sections if not section.header.startswith("router bgp"))
    return tree.text(tree.Section("", root.lines, sections))
