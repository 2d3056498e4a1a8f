"""NAPALM's getters from what a real router printed: FRRouting 8.4.4 on Debian 12, recorded/."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from napalm.base import NetworkDriver
from pydantic import TypeAdapter

from network import ovs, tree
from network.frr_driver import NOT_ON_FRR, FRRDriver
from network.frr_getters import bgp, bgp_config, bridging, interfaces, lldp, neighbours, reach, routes, system
from network.screen import rows

RECORDED = Path(__file__).parent / "recorded"
GETTERS = ("ping", "traceroute", *(name for name in dir(NetworkDriver) if name.startswith("get_")))


def text(name: str) -> str:
    return (RECORDED / name).read_text()


def test_every_getter_is_there_or_is_named_with_a_reason() -> None:
    own = {name for name in GETTERS if getattr(FRRDriver, name) is not getattr(NetworkDriver, name)}
    assert own | set(NOT_ON_FRR) == set(GETTERS)
    assert not own & set(NOT_ON_FRR)
    assert all(reason.endswith(tuple("abcdefghijklmnopqrstuvwxyz)")) for reason in NOT_ON_FRR.values())


def test_facts() -> None:
    found = system.facts(text("facts.txt"), text("version.txt"), ("lo", "eth1"))
    assert found["os_version"] == "8.4.4"
    assert (found["vendor"], found["hostname"], found["model"]) == ("FRRouting", "a", "x86_64")
    assert found["uptime"] > 0
    assert found["interface_list"] == ["lo", "eth1"]


def test_interfaces_tell_up_from_enabled_and_take_their_description_from_frr() -> None:
    found = interfaces.interfaces(
        interfaces.LINKS.validate_json(text("links.json")),
        interfaces.FRR_INTERFACES.validate_json(text("interfaces.json")),
    )
    assert found["eth1"]["is_up"] and found["eth1"]["is_enabled"]
    assert (found["eth1"]["mtu"], found["eth1"]["speed"]) == (1500, 10000.0)
    assert found["eth1"]["mac_address"] == "C2:EF:C6:D1:B7:07"
    assert not found["ovs-netdev"]["is_up"] and not found["ovs-netdev"]["is_enabled"]
    assert (found["lo"]["mac_address"], found["lo"]["speed"]) == ("", -1.0)
    assert found["eth1"]["description"] == "to b"


def test_an_interface_that_frr_does_not_know_still_stands() -> None:
    found = interfaces.interfaces(interfaces.LINKS.validate_json(text("links.json")), {})
    assert found["eth1"]["description"] == "" and found["eth1"]["is_up"]


def test_what_the_kernel_does_not_count_is_said_to_be_unknown() -> None:
    found = interfaces.counters(interfaces.LINKS.validate_json(text("links.json")))["eth1"]
    assert found["tx_broadcast_packets"] == found["rx_broadcast_packets"] == found["tx_multicast_packets"] == -1
    assert found["rx_octets"] > 0
    assert found["rx_unicast_packets"] + found["rx_multicast_packets"] > 0


def test_addresses_of_both_families() -> None:
    found = interfaces.addresses(interfaces.LINKS.validate_json(text("addresses.json")))
    assert found["eth1"]["ipv4"] == {"10.1.0.0": {"prefix_length": 31}}
    assert found["eth1"]["ipv6"]["fd00:1::"] == {"prefix_length": 127}
    assert "ovs-netdev" not in found


def test_lldp_names_the_far_port_by_its_name_and_not_by_its_address() -> None:
    seen = TypeAdapter(lldp.Seen).validate_json(text("lldp.json"))
    assert lldp.neighbours(seen) == {"eth1": [{"hostname": "b", "port": "eth1"}]}
    detail = lldp.details(seen, "eth1")["eth1"][0]
    assert detail["remote_chassis_id"] == "ae:71:42:a5:19:c3"
    assert "station" in detail["remote_system_enable_capab"]
    assert lldp.details(seen, "eth9") == {}


def test_bgp_neighbours_up_and_down() -> None:
    instances = bgp.INSTANCES.validate_json(text("bgp_neighbors.json"))
    peers = bgp.neighbours(instances)["global"]["peers"]
    assert peers["10.1.0.1"]["is_up"] and peers["10.1.0.1"]["uptime"] > 0
    assert peers["10.1.0.1"]["address_family"]["ipv4"]["accepted_prefixes"] == 3
    down = {"default": {"10.9.9.9": {"remoteAs": 1, "localAs": 2, "bgpState": "Active", "adminShutDown": True}}}
    seen = bgp.neighbours(down)["global"]["peers"]["10.9.9.9"]
    assert (seen["is_up"], seen["is_enabled"], seen["uptime"]) == (False, False, -1)


def test_bgp_without_an_instance_has_no_peers() -> None:
    assert bgp.neighbours({}) == {"global": {"router_id": "", "peers": {}}}
    assert bgp.details({}, "") == {}


def test_bgp_details_by_neighbour() -> None:
    instances = bgp.INSTANCES.validate_json(text("bgp_neighbors.json"))
    (only,) = bgp.details(instances, "10.1.0.1")["global"][65002]
    assert (only["import_policy"], only["configured_holdtime"], only["received_prefix_count"]) == ("ANY", 180, 3)
    assert len(bgp.details(instances, "")["global"][65002]) == 2


def test_bgp_configuration_by_group_never_shows_a_password() -> None:
    root = tree.parse(text("running.txt"))
    found = bgp_config.groups(root, "", "")
    assert set(found) == {"UP", "_"}
    plain = found["_"]["neighbors"]["10.1.0.1"]
    assert (plain["remote_as"], plain["import_policy"], plain["authentication_key"]) == (65002, "ANY", "<removed>")
    assert plain["prefix_limit"] == {"inet": {"unicast": {"limit": 1000}}}
    assert found["UP"]["neighbors"]["fd00:1::1"]["description"] == "upstreams"
    assert "canary" not in repr(found)
    assert set(bgp_config.groups(root, "UP", "")) == {"UP"}
    assert set(bgp_config.groups(root, "", "10.1.0.1")) == {"_"}
    assert bgp_config.groups(tree.parse("router ospf\nexit\n"), "", "") == {}


def test_routes_by_protocol_with_what_bgp_knows() -> None:
    read = routes.ROUTES.validate_json(text("route.json"))
    entry = routes.BgpEntry.model_validate_json(text("bgp_route.json"))
    (found,) = routes.table(routes.chosen(read, "BGP"), {"1.0.4.0/24": entry}, 65001)["1.0.4.0/24"]
    assert (found["next_hop"], found["preference"], found["current_active"]) == ("10.1.0.1", 20, True)
    assert found["protocol_attributes"]["as_path"] == "65002"
    assert routes.chosen(read, "ospf") == {}


@pytest.mark.parametrize(
    ("uptime", "seconds"),
    [("00:01:02", 62), ("1d02h03m", 93780), ("01w2d03h", 788400), ("", 0), ("02:00:00", 7200)],
)
def test_ages_as_frr_writes_them(uptime: str, seconds: int) -> None:
    assert routes.age_s(uptime) == seconds


@given(st.integers(0, 86399))
def test_a_clock_of_less_than_a_day_is_read_back(seconds: int) -> None:
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    assert routes.age_s(clock) == seconds


def test_neighbour_tables() -> None:
    arp = neighbours.arp(neighbours.NEIGHBOURS.validate_json(text("neigh4.json")))
    assert {"10.1.0.1", "10.99.0.1"} == {entry["ip"] for entry in arp}
    ipv6 = neighbours.ipv6(neighbours.NEIGHBOURS.validate_json(text("neigh6.json")))
    assert all(entry["state"] for entry in ipv6)
    incomplete = neighbours.NEIGHBOURS.validate_json('[{"dst": "10.0.0.9", "dev": "eth0", "state": ["FAILED"]}]')
    assert neighbours.arp(incomplete) == []


def test_addresses_learnt_by_open_vswitch() -> None:
    found = bridging.ovs_addresses("br0", rows("ovs_fdb", text("fdb.txt")), {"1": "v10"})
    assert [(entry["interface"], entry["vlan"]) for entry in found] == [("v10", 10)]


def test_a_port_s_own_filters_are_no_learnt_addresses() -> None:
    entries = bridging.BRIDGE_ENTRIES.validate_json(
        '[{"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"},'
        '{"mac":"02:00:00:00:00:07","ifname":"eth1","vlan":7,"master":"br1","state":""}]'
    )
    assert [(entry["mac"], entry["vlan"]) for entry in bridging.bridge_addresses(entries)] == [("02:00:00:00:00:07", 7)]


def test_vlans_of_the_kernel_and_of_open_vswitch() -> None:
    kernel = bridging.BRIDGE_PORTS.validate_json('[{"ifname":"eth5","vlans":[{"vlan":10},{"vlan":20,"vlanEnd":21}]}]')
    found = bridging.vlans(kernel, ovs.TABLE.validate_json(text("ovs_ports.json")))
    assert found["10"]["interfaces"] == ["eth5", "v10"]
    assert set(found) == {"10", "20", "21"}


def test_ping_answered_lost_and_impossible() -> None:
    answered = reach.pinged(text("ping.txt"), 3)["success"]
    assert (answered["probes_sent"], answered["packet_loss"], len(answered["results"])) == (3, 0, 3)
    assert answered["rtt_max"] >= answered["rtt_min"] > 0
    lost = reach.pinged(text("ping_lost.txt"), 2)["success"]
    assert (lost["packet_loss"], lost["results"], lost["rtt_avg"]) == (2, [], 0.0)
    assert reach.pinged("ping: connect: Network is unreachable\n", 5) == {
        "error": "ping: connect: Network is unreachable"
    }


def test_traceroute_with_silent_and_changing_hops() -> None:
    assert reach.traced(text("traceroute.txt"))["success"][1]["probes"][1]["ip_address"] == "8.8.8.8"
    said = " 1  10.0.0.1  0.100 ms 10.0.0.2  0.200 ms *\n 2  * * *\n 3  10.0.0.9  1.5 ms !H  1.6 ms !X *\n"
    found = reach.traced(said)["success"]
    assert [probe["ip_address"] for probe in found[1]["probes"].values()] == ["10.0.0.1", "10.0.0.2", ""]
    assert [probe["rtt"] for probe in found[2]["probes"].values()] == [0.0, 0.0, 0.0]
    assert [probe["rtt"] for probe in found[3]["probes"].values()] == [1.5, 1.6, 0.0]
    assert reach.traced("connect: Network is unreachable\n") == {"error": "connect: Network is unreachable"}


def test_users_are_those_who_can_log_in() -> None:
    said = (
        "group:sudo:x:27:amina\ngroup:games:x:60:juma\nuser:root:0:0:/bin/bash\nkey:root:ssh-ed25519 AAAA root:key\n"
        "user:daemon:1:1:/usr/sbin/nologin\nkey:daemon:ssh-ed25519 BBBB\nuser:amina:1000:1000:/bin/bash\n"
        "user:juma:1001:1001:/bin/sh\nkey:juma:# a comment\n"
    )
    found = system.users(said)
    assert {name: user["level"] for name, user in found.items()} == {"root": 15, "amina": 15, "juma": 1}
    assert found["root"]["sshkeys"] == ["ssh-ed25519 AAAA root:key"]
    assert found["juma"]["sshkeys"] == []


def test_environment() -> None:
    found = system.environment(text("environment.txt"))
    assert all(0.0 <= cpu["%usage"] <= 100.0 for cpu in found["cpu"].values()) and found["cpu"]
    assert 0 < found["memory"]["used_ram"] < found["memory"]["available_ram"]
    sensors = text("environment.txt") + "sensor /sys/class/hwmon/hwmon0/temp1_input 91000 90000\n"
    assert system.environment(sensors)["temperature"] == {
        "hwmon0/temp1": {"temperature": 91.0, "is_alert": True, "is_critical": True}
    }


def test_snmp() -> None:
    found = system.snmp(text("snmpd.conf"))
    assert found["location"] == "Sitting on the Dock of the Bay"
    assert found["community"] == {"public": {"acl": "default", "mode": "ro"}}
