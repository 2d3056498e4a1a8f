"""The intended topology: what LLDP confirms of it, and what fails with what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.load import load
from inventory.model import (
    Device,
    Institution,
    Interface,
    InterfaceMode,
    Inventory,
    Link,
    LinkEnd,
    LinkKind,
    Platform,
    Role,
    Text,
)
from network.topology import (
    LinkFinding,
    LinkState,
    Sighting,
    blast,
    compare,
    reach,
    single_points,
    way_in,
    without_path,
)

DEMO = load(Path(__file__).parents[2] / "inventory" / "demo")
MANAGED = {device.name for device in DEMO.managed}


SERVERS = {server.name for server in DEMO.servers}


def full_view() -> set[Sighting]:
    """What every router and switch sees when all is plugged in as intended, and the jump host is silent.

    The servers answer SNMP as well, and have no table of neighbours.
    """
    return {
        (near.device, near.interface, far.device, far.interface)
        for link in DEMO.links
        for near, far in ((link.a, link.b), (link.b, link.a))
        if near.device in MANAGED - SERVERS and far.device != "jump-1"
    }


def finding(findings: tuple[LinkFinding, ...], name: str) -> LinkFinding:
    return next(one for one in findings if one.link == name)


def test_a_network_as_intended_has_no_difference() -> None:
    findings = compare(DEMO, MANAGED, full_view())
    assert [one.link for one in findings] == [link.name for link in DEMO.links]
    assert not [one for one in findings if one.difference]
    assert finding(findings, "core-1--core-2").state is LinkState.MATCHING
    assert finding(findings, "core-1--core-2").seen_from == ("core-1", "core-2")


def test_an_upstream_that_we_do_not_read_is_seen_from_our_side_only_and_that_is_no_difference() -> None:
    upstream = finding(compare(DEMO, MANAGED, full_view()), "core-1--isp-1")
    assert (upstream.state, upstream.seen_from, upstream.difference) == (LinkState.ONE_SIDE, ("core-1",), False)


def test_a_silent_far_end_that_is_not_ours_proves_nothing() -> None:
    jump = finding(compare(DEMO, MANAGED, full_view()), "sw-dodoma--jump-1")
    assert (jump.state, jump.difference) == (LinkState.UNKNOWN, False)


def test_a_server_is_seen_from_its_switch_only_and_that_is_no_difference() -> None:
    server = finding(compare(DEMO, MANAGED, full_view()), "sw-dodoma--web-1")
    assert (server.state, server.read, server.seen_from) == (LinkState.ONE_SIDE, ("sw-dodoma",), ("sw-dodoma",))
    assert not server.difference


def test_a_silent_server_proves_nothing() -> None:
    seen = {one for one in full_view() if one[2] not in SERVERS}
    server = finding(compare(DEMO, MANAGED, seen), "sw-dodoma--web-1")
    assert (server.state, server.seen_from, server.difference) == (LinkState.UNKNOWN, (), False)


def test_a_server_in_the_port_of_another_is_unexpected() -> None:
    seen = full_view() - {("sw-dodoma", "eth6", "web-1", "eth0")} | {("sw-dodoma", "eth9", "web-1", "eth0")}
    strange = compare(DEMO, MANAGED, seen)[-1]
    assert (strange.a, strange.b) == ("sw-dodoma:eth9", "web-1:eth0")
    assert (strange.state, strange.read, strange.difference) == (LinkState.UNEXPECTED, ("sw-dodoma",), True)


def test_a_link_that_nobody_sees_is_missing() -> None:
    seen = {one for one in full_view() if {one[0], one[2]} != {"dr-karatu", "dr-monduli"}}
    gone = finding(compare(DEMO, MANAGED, seen), "dr-karatu--dr-monduli")
    assert (gone.state, gone.seen_from, gone.difference) == (LinkState.MISSING, (), True)


def test_a_link_that_one_of_two_readers_sees_is_a_difference() -> None:
    half = finding(
        compare(DEMO, MANAGED, full_view() - {("dr-karatu", "eth2", "dr-monduli", "eth2")}), "dr-karatu--dr-monduli"
    )
    assert (half.state, half.seen_from, half.difference) == (LinkState.ONE_SIDE, ("dr-monduli",), True)


def test_a_far_end_that_was_not_read_is_no_difference() -> None:
    seen = {one for one in full_view() if one[0] != "dr-karatu"}
    half = finding(compare(DEMO, MANAGED - {"dr-karatu"}, seen), "dr-karatu--dr-monduli")
    assert (half.state, half.read, half.difference) == (LinkState.ONE_SIDE, ("dr-monduli",), False)


def test_nothing_read_is_nothing_known() -> None:
    findings = compare(DEMO, set(), [])
    assert {one.state for one in findings} == {LinkState.UNKNOWN}
    assert not any(one.difference for one in findings)


def test_a_cable_in_the_wrong_port_is_missing_and_unexpected() -> None:
    seen = full_view() - {("dr-karatu", "eth2", "dr-monduli", "eth2"), ("dr-monduli", "eth2", "dr-karatu", "eth2")}
    seen |= {("dr-karatu", "eth2", "dr-monduli", "eth9"), ("dr-monduli", "eth9", "dr-karatu", "eth2")}
    findings = compare(DEMO, MANAGED, seen)
    assert finding(findings, "dr-karatu--dr-monduli").state is LinkState.MISSING
    strange = findings[-1]
    assert (strange.state, strange.a, strange.b) == (LinkState.UNEXPECTED, "dr-karatu:eth2", "dr-monduli:eth9")
    assert strange.seen_from == ("dr-karatu", "dr-monduli")
    assert len(findings) == len(DEMO.links) + 1


def test_a_neighbour_may_speak_its_whole_domain_name() -> None:
    seen = {(a, b, f"{c}.{DEMO.world.domain}", d) for a, b, c, d in full_view()}
    assert compare(DEMO, MANAGED, seen) == compare(DEMO, MANAGED, full_view())


def test_single_points_of_the_demo() -> None:
    points = {point.name: point for point in single_points(DEMO)}
    assert points["rr-mbeya"].institutions == ("chunya-dc", "kyela-dc", "rungwe-dc")
    assert points["rr-mbeya--dr-chunya"].devices == ("dr-chunya", "sw-chunya")
    assert points["sw-dodoma"].institutions == ("mof", "necta")
    assert "rr-mbeya--dr-rungwe" not in points, "Rungwe has a second path through Kyela"
    assert "core-1" not in points, "each region has two core routers"
    assert not any("isp-1" in name for name in points), "an upstream carries no path of ours"


def test_districts_with_a_second_path() -> None:
    assert {one.site for one in reach(DEMO) if one.second_path} == {"rungwe", "kyela", "karatu", "monduli"}
    chunya = next(one for one in reach(DEMO) if one.site == "chunya")
    assert chunya.hangs_on == ("rr-mbeya", "rr-mbeya--dr-chunya")


def test_the_way_in() -> None:
    assert way_in(DEMO) == ("sw-dodoma", "sw-dodoma--jump-1")


def test_blast_of_several_failures_together() -> None:
    both = blast(DEMO, ["rr-mbeya--dr-rungwe", "dr-rungwe--dr-kyela"])
    assert both.devices == ("dr-rungwe", "sw-rungwe")
    assert both.institutions == ("rungwe-dc",)
    assert blast(DEMO, ["rr-mbeya--dr-rungwe"]).devices == ()
    assert blast(DEMO, ["sw-rungwe"]).institutions == ("rungwe-dc",)
    with pytest.raises(KeyError, match="neither a device nor a link"):
        blast(DEMO, ["rr-mwanza"])


def test_a_device_without_any_link_has_no_path() -> None:
    lone = box("dr-lone", Role.DISTRICT_ROUTER)
    inventory = DEMO.model_copy(update={"devices": (*DEMO.devices, lone)})
    assert without_path(DEMO) == ()
    assert without_path(inventory) == ("dr-lone",)


def box(name: str, role: Role) -> Device:
    loopback = Interface(name="lo", mode=InterfaceMode.LOOPBACK)
    return Device(name=name, site="rungwe", role=role, platform=Platform.FRR, management="lo", interfaces=(loopback,))


@st.composite
def worlds(draw: st.DrawFn) -> Inventory:
    """Up to nine devices, some of them core or upstream, wired at random, an institution on each that is neither."""
    roles = draw(
        st.lists(st.sampled_from([Role.CORE, Role.DISTRICT_ROUTER, Role.ACCESS_SWITCH, Role.UPSTREAM]), max_size=8)
    )
    devices = [box("n-0", Role.CORE), *(box(f"n-{number}", role) for number, role in enumerate(roles, start=1))]
    names = st.sampled_from([device.name for device in devices])
    pairs = draw(st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), max_size=14))
    links = tuple(
        Link(
            name=f"link-{number}",
            kind=LinkKind.BACKBONE,
            a=LinkEnd(device=a, interface=f"eth{number}"),
            b=LinkEnd(device=b, interface=f"eth{number}"),
        )
        for number, (a, b) in enumerate(pairs)
    )
    institutions = tuple(
        Institution(
            name=f"at-{device.name}",
            title=Text(en="x", sw="x"),
            kind="agency",
            site="rungwe",
            port=LinkEnd(device=device.name, interface="eth99"),
        )
        for device in devices
        if device.role in (Role.DISTRICT_ROUTER, Role.ACCESS_SWITCH)
    )
    changes = {"devices": tuple(devices), "links": links, "institutions": institutions}
    return Inventory(world=DEMO.world, sites=DEMO.sites, **changes)


@given(worlds())
def test_single_points_are_what_failing_each_one_shows(inventory: Inventory) -> None:
    points = {point.name: point for point in single_points(inventory)}
    for name in [device.name for device in inventory.devices] + [link.name for link in inventory.links]:
        lost = blast(inventory, [name])
        others = tuple(device for device in lost.devices if device != name)
        if others or lost.institutions:
            assert (points[name].devices, points[name].institutions) == (others, lost.institutions)
        else:
            assert name not in points


@given(worlds())
def test_compare_judges_each_intended_link_once_and_in_any_order_of_sightings(inventory: Inventory) -> None:
    seen = [
        (near.device, near.interface, far.device, far.interface)
        for link in inventory.links
        for near, far in ((link.a, link.b), (link.b, link.a))
    ]
    read = {device.name for device in inventory.devices}
    findings = compare(inventory, read, seen)
    assert findings == compare(inventory, read, reversed(seen))
    assert [one.link for one in findings] == [link.name for link in inventory.links]
    assert {one.state for one in findings} <= {LinkState.MATCHING}
