"""Targets against a pretended latch behind a real sshd: what a box must read as, how it is judged, whom it believes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from change.target import HostKeyRefused, TargetError
from network import interfaces_text
from network.config import Config
from network.switch import SwitchTarget
from tests.network_live.seat import PLAN, Seat, fault, neighbours, step_of, unheard, with_text


def test_a_part_that_the_latch_did_not_read_is_an_error_and_never_empty(switch: Seat) -> None:
    switch.answer("read", {"parts": {"banner": "only this\n"}})
    with pytest.raises(TargetError, match="did not read every part"):
        switch.target.read()


def test_a_box_that_does_not_read_as_the_result_fails_by_the_part_s_name(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    assert "does not read as the plan's result: banner" in fault(switch, step_of(switch))


def test_a_change_beside_the_step_is_told_apart(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.lives(switch.old("snmpd", "sysServices 72"))
    assert "a part that the step does not touch has changed" in fault(switch, step)


def test_a_switch_is_judged_by_its_ports_and_its_stanzas(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.lives(switch.wanted)
    switch.server.put(
        "ifquery", 'echo \'[{"name": "eth1", "status": "fail", "config_status": {"mtu": "fail"}}]\'; exit 1'
    )
    switch.server.put("ovs-vsctl", 'echo \'{"data": [["eth1"], ["v10"]], "headings": ["name"]}\'')
    found = fault(switch, step)
    assert "Open vSwitch lacks eth2; " in found and "; eth1 is not as its stanza (mtu)" in found
    switch.server.put("ovs-vsctl", 'echo \'{"data": [["eth1"], ["eth2"], ["v10"]], "headings": ["name"]}\'')
    passes(switch, "lo", "br0", "eth1", "v10")
    assert "ifquery did not check eth2" in fault(switch, step)
    passes(switch, "lo", "br0", "eth1", "v10", "eth2")
    assert fault(switch, step) == ""


def test_a_router_is_judged_by_its_neighbours(router: Seat) -> None:
    neighbours(router, "Full/-", "Full")
    router.lives(router.old("banner", "an older line"))
    step = step_of(router)
    router.lives(router.wanted)
    assert fault(router, step) == ""
    neighbours(router, "Init/-", "Full")
    assert "OSPFv2 neighbour rr-mbeya (10.255.1.1) on eth1 is Init, not Full" in fault(router, step)


def test_no_neighbours_at_all_is_a_failure(router: Seat) -> None:
    router.lives(router.old("banner", "an older line"))
    router.server.put("vtysh", "exit 0")
    step = step_of(router)
    router.lives(router.wanted)
    assert "absent, not Full" in fault(router, step)


def test_the_way_back_is_judged_by_what_the_box_had_before(switch: Seat) -> None:
    """An inverse step leads to an earlier configuration, which has no port that only the new one has."""
    switch.lives(switch.old("banner", "an older line"))
    forward = step_of(switch)
    earlier = without_stanza(switch.wanted, "eth2")
    back = forward.model_copy(update={"result": earlier.fingerprint, "payload": forward.inverse})
    switch.lives(earlier)
    passes(switch, "lo", "br0", "eth1", "v10")
    switch.server.put("ovs-vsctl", 'echo \'{"data": [["eth1"], ["v10"]], "headings": ["name"]}\'')
    assert fault(switch, back) == ""
    switch.server.put("ovs-vsctl", 'echo \'{"data": [["v10"]], "headings": ["name"]}\'')
    assert "Open vSwitch lacks eth1" in fault(switch, back)


def test_every_verify_is_a_login_of_its_own(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    before = switch.server.log.count("Accepted publickey")
    for _ in range(2):
        assert fault(switch, step) != ""
    assert switch.server.log.count("Accepted publickey") == before + 2


def test_a_wrong_host_key_is_refused_by_every_method_that_speaks(switch: Seat, tmp_path: Path) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    (tmp_path / "none").write_text("")
    stranger = SwitchTarget(switch.inventory, switch.device, switch.store, tmp_path / "none")
    for call in (
        stranger.read,
        stranger.preview,
        lambda: stranger.arm(step, PLAN, 13),
        lambda: stranger.try_(step, unheard),
        lambda: stranger.verify(step),
        lambda: stranger.confirm(step),
        lambda: stranger.revert(step, unheard),
        lambda: stranger.inspect(step),
    ):
        with pytest.raises(HostKeyRefused):
            call()


def passes(switch: Seat, *interfaces: str) -> None:
    """Let ifquery find these as their stanzas, and name no other."""
    checks = [{"name": name, "status": "pass", "config_status": {}} for name in interfaces]
    switch.server.put("ifquery", f"echo '{json.dumps(checks)}'")


def without_stanza(config: Config, interface: str) -> Config:
    kept = [
        stanza
        for stanza in config.text("interfaces").split("\n\n")
        if f"iface {interface}\n" not in stanza and f"iface {interface} " not in stanza
    ]
    return with_text(config, "interfaces", interfaces_text.normal("\n\n".join(kept)))
