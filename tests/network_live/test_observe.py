"""What is up, from recorded answers; and what makes a box unhealthy."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

from network import ovs
from network.distance import ExpectedNeighbours, ExpectedOspf
from network.observe import BgpPeer, InterfaceCheck, Neighbours, OspfNeighbour, bgp, checked, ospf2, ospf3
from network.router import ospf_faults
from network.switch import check_faults, port_faults

RECORDED = Path(__file__).parent / "recorded"
FAR = ExpectedOspf(interface="eth1", router_id=IPv4Address("10.255.9.2"), device="b")
FULL = OspfNeighbour(version=2, router_id="10.255.9.2", interface="eth1", state="Full")


def text(name: str) -> str:
    return (RECORDED / name).read_text()


def seen(*ospf: OspfNeighbour) -> Neighbours:
    return Neighbours(ospf=ospf, bgp=())


def test_ospf_of_both_versions() -> None:
    assert ospf2(text("ospf2.json")) == (FULL,)
    assert ospf3(text("ospf3.json")) == (FULL.model_copy(update={"version": 3}),)
    assert ospf2("") == ospf3("\n") == ()


def test_a_designated_router_is_full_too() -> None:
    said = '{"neighbors": {"10.0.0.1": [{"nbrState": "Full/DR", "ifaceName": "eth1:10.0.0.2"}]}}'
    assert ospf2(said)[0].full
    assert not ospf2(said.replace("Full", "ExStart"))[0].full


def test_bgp_peers_stand_once_in_the_worst_state_of_their_families() -> None:
    peers = bgp(text("bgp_summary.json"))
    assert [(peer.address, peer.asn, peer.established) for peer in peers] == [
        ("10.1.0.1", 65002, True),
        ("fd00:1::1", 65002, True),
    ]
    entry = '{"peers": {"10.0.0.1": {"remoteAs": 1, "state": "%s"}}}'
    both = f'{{"ipv4Unicast": {entry % "Established"}, "ipv6Unicast": {entry % "NoNeg"}}}'
    assert bgp(both) == (BgpPeer(address="10.0.0.1", asn=1, state="NoNeg"),)
    swapped = f'{{"ipv4Unicast": {entry % "NoNeg"}, "ipv6Unicast": {entry % "Established"}}}'
    assert bgp(swapped) == bgp(both)
    assert bgp("{}") == bgp("") == ()


def test_an_intended_neighbour_must_be_full_on_its_own_interface() -> None:
    expected = ExpectedNeighbours(ospf=(FAR,), ospf6=(FAR,))
    six = FULL.model_copy(update={"version": 3})
    assert list(ospf_faults(expected, seen(FULL, six))) == []
    assert list(ospf_faults(expected, seen(FULL))) == ["OSPFv3 neighbour b (10.255.9.2) on eth1 is absent, not Full"]
    elsewhere = FULL.model_copy(update={"interface": "eth2"})
    stuck = FULL.model_copy(update={"state": "ExStart"})
    assert list(ospf_faults(expected, seen(elsewhere, stuck, six))) == [
        "OSPFv2 neighbour b (10.255.9.2) on eth1 is ExStart, not Full"
    ]


def test_nothing_seen_where_some_are_intended_is_a_failure() -> None:
    assert len(list(ospf_faults(ExpectedNeighbours(ospf=(FAR,), ospf6=(FAR,)), seen()))) == 2


def test_a_neighbour_that_came_back_stands_twice_for_a_while() -> None:
    old = FULL.model_copy(update={"state": "Init"})
    assert list(ospf_faults(ExpectedNeighbours(ospf=(FAR,)), seen(old, FULL))) == []


def test_another_neighbour_than_the_intended_is_none() -> None:
    stranger = FULL.model_copy(update={"router_id": "10.255.9.3"})
    assert list(ospf_faults(ExpectedNeighbours(ospf=(FAR,)), seen(stranger))) != []


def test_interfaces_that_are_not_as_their_stanza() -> None:
    checks = checked(text("ifquery_bad.json"))
    assert checks == (InterfaceCheck(name="lo", ok=False, wrong=("address",)),)
    assert list(check_faults({"lo"}, checks)) == ["lo is not as its stanza (address)"]
    good = InterfaceCheck(name="eth1", ok=True, wrong=())
    assert list(check_faults({"eth1"}, (good,))) == []


def test_a_switch_that_is_as_it_was_applied_passes() -> None:
    checks = checked(text("ifquery_switch.json"))
    assert [check.name for check in checks] == ["lo", "br0", "eth1", "v10", "eth2"]
    assert list(check_faults({check.name for check in checks}, checks)) == []


def test_no_check_passes_on_nothing() -> None:
    """Law 5: neither an interface of unknown status, nor one that was not checked, nor a box without any."""
    for status in ('"status": "unknown"', '"status": ""', '"status": "notfound"', '"auto": true'):
        (seen,) = checks = checked(f'[{{"name": "eth1", {status}, "config_status": {{}}}}]')
        assert not seen.ok
        assert list(check_faults({"eth1"}, checks)) == ["eth1 is not as its stanza"]
    assert checked('[{"name": "eth1", "status": "success"}]')[0].ok
    good = InterfaceCheck(name="eth1", ok=True, wrong=())
    assert list(check_faults({"eth1", "v10", "br0"}, (good,))) == ["ifquery did not check br0, v10"]
    assert list(check_faults(set(), ())) == ["ifquery checked no interface"]


def test_ports_that_open_vswitch_lacks() -> None:
    present = frozenset(ovs.names(ovs.TABLE.validate_json('{"data": [["eth1"], ["br0"]], "headings": ["name"]}')))
    assert list(port_faults(["eth1"], present)) == []
    assert list(port_faults(["v10", "eth2", "eth1"], present)) == ["Open vSwitch lacks eth2, v10"]
