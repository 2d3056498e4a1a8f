"""What every router and switch of both worlds is rendered as, from day-0 on."""

from __future__ import annotations

import re
from functools import cache

import pytest

from inventory.model import Device, LinkKind, Platform
from network import tree
from network.config import PARTS_OF, Config
from network.day0 import day0, upstream
from network.diff import difference
from network.intent import intended
from network.normal import normal
from network.redact import redact, reveal
from tests.network.worlds import Store, world

WORLDS = ("demo", "tanzania")
STORES = {name: Store(name) for name in WORLDS}
SECRETS = STORES["demo"]
BOXES = [(name, box.name) for name in WORLDS for box in world(name).managed if box.platform is not Platform.DEBIAN]
ROUTERS = [(name, at) for name, at in BOXES if world(name).device[at].platform is Platform.FRR]


@cache
def both(name: str, at: str) -> tuple[Config, Config]:
    inventory = world(name)
    return day0(inventory, inventory.device[at], SECRETS), intended(inventory, inventory.device[at], SECRETS)


def within(small: tree.Section, large: tree.Section) -> list[str]:
    """What `small` has and `large` has not, in the same section."""
    missing = [f"{small.header} > {line}" for line in small.lines if line not in large.lines]
    for section in small.sections:
        if all(section.header != other.header for other in large.sections):
            missing.append(section.header)
        missing += within(section, large.section(section.header))
    return missing


def stanzas(text: str) -> tree.Section:
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    sections = tuple(
        tree.Section(" ".join(r for r in b if r[0] != " "), tuple(r for r in b if r[0] == " ")) for b in blocks
    )
    return tree.Section("", (), sections)


@pytest.mark.parametrize(("name", "at"), BOXES)
def test_day0_is_a_strict_subset_of_what_is_intended(name: str, at: str) -> None:
    first, full = both(name, at)
    assert (
        tuple(part.name for part in full.parts) == tuple(part.name for part in first.parts) == PARTS_OF[full.platform]
    )
    assert within(tree.parse(first.text("frr")), tree.parse(full.text("frr"))) == []
    assert within(stanzas(first.text("interfaces")), stanzas(full.text("interfaces"))) == []
    assert (first.text("snmpd"), first.text("banner")) == (full.text("snmpd"), full.text("banner"))
    assert [line.text for line in difference(first, full).changed if line.sign == "-"] == []


@pytest.mark.parametrize(("name", "at"), BOXES)
def test_the_first_plan_does_not_touch_the_way_in(name: str, at: str) -> None:
    assert "management-path" not in difference(*both(name, at)).effects


@pytest.mark.parametrize(("name", "at"), BOXES)
def test_day0_knows_no_institution_no_bgp_and_no_filter(name: str, at: str) -> None:
    first, _ = both(name, at)
    assert not re.search(r"router bgp|prefix-list|route-map|redistribute|default-information", first.text("frr"))
    names = {institution.name for institution in world(name).institutions}
    comments = {row[2:] for row in first.text("interfaces").splitlines() if row.startswith("# ")}
    assert not names & comments


@pytest.mark.parametrize(("name", "at"), BOXES)
def test_parts_are_canonical_and_hold_no_value(name: str, at: str) -> None:
    for config in both(name, at):
        for part in config.parts:
            assert normal(part.name, part.text) == part.text
            raw = reveal(part.name, part.text, STORES[name])
            assert redact(part.name, raw, STORES[name]) == part.text
            assert "<" not in raw
            for secret in world(name).secrets:
                assert SECRETS.value(secret.name) not in part.text


@pytest.mark.parametrize(("name", "at"), ROUTERS)
def test_each_backbone_port_is_authenticated_in_the_area_of_its_link(name: str, at: str) -> None:
    inventory = world(name)
    root = tree.parse(both(name, at)[0].text("frr"))
    links = [link for link in inventory.links_of[at] if link.kind is LinkKind.BACKBONE]
    for link in links:
        end = next(end for end in link.ends if end.device == at)
        lines = root.section(f"interface {end.interface}").lines
        assert f"ip ospf area {link.area}" in lines
        assert f"ipv6 ospf6 area {link.area}" in lines
        assert f"ip ospf message-digest-key 1 md5 {SECRETS.tag(link.auth_secret or '')}" in lines
        assert "ip ospf authentication message-digest" in lines
        assert "ip ospf network point-to-point" in lines
        assert any(line.startswith("ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key ") for line in lines)


@pytest.mark.parametrize(("name", "at"), ROUTERS)
def test_an_institution_lets_out_exactly_its_own_prefixes(name: str, at: str) -> None:
    inventory = world(name)
    root = tree.parse(both(name, at)[1].text("frr"))
    allowed: dict[str, set[str]] = {}
    for line in root.lines:
        if found := re.fullmatch(r"ip(?:v6)? prefix-list institution-(\S+) seq \d+ permit (\S+)", line):
            allowed.setdefault(found[1], set()).add(found[2])
    for institution, prefixes in allowed.items():
        assert prefixes == {str(block.prefix) for block in inventory.prefixes if block.institution == institution}
    vlans = {(vlan.site, vlan.id): vlan.institution for vlan in inventory.vlans}
    device = inventory.device[at]
    here = {vlans.get((device.site, port.vlan or 0)) for port in device.interfaces} - {None}
    assert set(allowed) == {one for one in here if any(block.institution == one for block in inventory.prefixes)}
    for section in root.sections:
        if section.header.startswith("route-map "):
            assert section.line(r"match interface \S+"), section
            assert section.line(r"match ip(v6)? address prefix-list institution-\S+"), section
        if section.header.startswith("router ospf"):
            for line in section.lines:
                assert not line.startswith("redistribute") or " route-map institutions-" in line


def peers(device: Device, kind: str) -> list[str]:
    return [str(peer.address) for peer in device.bgp if peer.kind == kind]


@pytest.mark.parametrize("at", ["core-1", "core-2"])
def test_a_core_tells_its_upstream_the_aggregates_and_hears_a_default_route(at: str) -> None:
    root = tree.parse(both("demo", at)[1].text("frr"))
    inventory = world("demo")
    section = root.section(f"router bgp {inventory.world.asn}")
    inside = [line for family in section.sections for line in family.lines]
    for address in peers(inventory.device[at], "upstream"):
        assert f"neighbor {address} prefix-list aggregates out" in inside
        assert f"neighbor {address} prefix-list default in" in inside
    for address in peers(inventory.device[at], "internal"):
        assert f"neighbor {address} next-hop-self" in inside
    for aggregate in inventory.world.aggregates:
        word = "ip" if aggregate.version == 4 else "ipv6"
        assert f"network {aggregate}" in inside
        assert f"{word} route {aggregate} blackhole" in root.lines
    permitted = [line.split()[-1] for line in root.lines if "prefix-list aggregates " in line]
    assert sorted(permitted) == sorted(map(str, inventory.world.aggregates))
    assert "no bgp ebgp-requires-policy" not in section.lines


def test_a_switch_has_its_address_and_gateway_and_no_routing() -> None:
    config = both("demo", "sw-rungwe")[1]
    text = config.text("interfaces")
    assert config.text("frr") == ""
    assert "    address 10.10.11.2/29\n    gateway 10.10.11.1\n" in text
    assert "iface eth1 inet manual\n    ovs-type OVSPort\n    ovs-bridge br0\n    ovs-options trunks=10,110\n" in text
    assert "iface eth2 inet manual\n    ovs-type OVSPort\n    ovs-bridge br0\n    ovs-options tag=110\n" in text


def test_the_jump_hosts_port_is_of_day0() -> None:
    first, _ = both("demo", "sw-dodoma")
    assert "auto eth3\niface eth3 inet manual\n    ovs-type OVSPort\n" in first.text("interfaces")
    assert "auto eth4" not in first.text("interfaces")


def test_the_servers_are_reached_from_day0_on() -> None:
    """Nobody else's: their VLAN and its ports belong to the way in."""
    for at, port in (("sw-dodoma", "eth6"), ("sw-dodoma", "eth7"), ("core-1", "v130"), ("core-2", "v130")):
        first, full = (config.text("interfaces") for config in both("demo", at))
        assert f"auto {port}\niface {port} inet manual\n" in first
        assert re.search(rf"iface {port} inet manual\n(    .*\n)*    ovs-options tag=130\n", full), (at, port)
    for at in ("core-1", "core-2"):
        lines = tree.parse(both("demo", at)[0].text("frr")).section("interface v130").lines
        assert {"ip ospf area 0.0.0.0", "ip ospf passive", "ipv6 ospf6 area 0.0.0.0"} <= set(lines)


@pytest.mark.parametrize(("name", "at"), ROUTERS)
def test_a_router_leaves_every_address_to_frr(name: str, at: str) -> None:
    text = both(name, at)[1].text("interfaces")
    assert not re.search(r"^\s+(address|gateway) ", text, re.MULTILINE)
    for block in text.strip().split("\n\n"):
        if not re.search(r"ovs-type OVS(Bridge|Port)$", block, re.MULTILINE):
            assert "address-purge no" in block


def test_the_upstream_announces_a_default_route_to_both_cores() -> None:
    inventory = world("demo")
    config = upstream(inventory, inventory.device["isp-1"], SECRETS)
    section = tree.parse(config.text("frr")).section("router bgp 64500")
    inside = [line for family in section.sections for line in family.lines]
    assert [line.split()[1] for line in inside if line.endswith("default-originate")] == [
        "192.0.2.0", "192.0.2.2", "2001:db8:0:1::", "2001:db8:0:2::",
    ]  # fmt: skip
    assert "neighbor 192.0.2.0 remote-as 64512" in section.lines


@pytest.mark.parametrize("at", ["jump-1", "isp-1", "web-1", "mirror-1"])
def test_of_a_box_that_is_not_the_networks_there_is_nothing_to_say(at: str) -> None:
    assert [config.parts for config in both("demo", at)] == [(), ()]


def test_another_inventory_value_gives_another_fingerprint() -> None:
    inventory = world("demo")
    device = inventory.device["dr-rungwe"]
    moved = device.model_copy(update={"routes": world("demo").device["dr-ngorongoro"].routes})
    one, other = (intended(inventory, each, SECRETS).fingerprint for each in (device, moved))
    assert one != other
