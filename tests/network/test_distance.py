from __future__ import annotations

import networkx

from network.distance import distances, neighbours_expected
from tests.network.worlds import world


def test_distances_are_the_shortest_paths_over_our_own_boxes() -> None:
    for name in ("demo", "tanzania"):
        inventory = world(name)
        ours = {device.name for device in inventory.managed} | {inventory.world.jump_host}
        graph = networkx.Graph((link.a.device, link.b.device) for link in inventory.links)
        reached = networkx.single_source_shortest_path_length(graph.subgraph(ours), inventory.world.jump_host)
        found = distances(inventory)
        assert {at: hops for at, hops in found.items() if at in ours} == dict(reached)
        assert {device.name for device in inventory.managed} <= set(found)


def test_a_district_router_has_its_region_and_its_twin_for_neighbours() -> None:
    inventory = world("demo")
    expected = neighbours_expected(inventory, inventory.device["dr-rungwe"])
    assert [(each.interface, each.device, str(each.router_id)) for each in expected.ospf] == [
        ("eth1", "rr-mbeya", "10.255.1.1"),
        ("eth2", "dr-kyela", "10.255.1.12"),
    ]
    assert expected.ospf6 == expected.ospf
    assert expected.bgp == ()


def test_a_core_has_four_bgp_neighbours_and_a_switch_has_none() -> None:
    inventory = world("demo")
    core = neighbours_expected(inventory, inventory.device["core-1"])
    assert [(str(each.address), each.asn) for each in core.bgp] == [
        ("10.255.0.2", 64512),
        ("fd47:4f56:5401:ff00::2", 64512),
        ("192.0.2.1", 64500),
        ("2001:db8:0:1::1", 64500),
    ]
    switch = neighbours_expected(inventory, inventory.device["sw-rungwe"])
    assert (switch.ospf, switch.ospf6, switch.bgp) == ((), (), ())
