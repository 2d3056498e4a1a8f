"""What a person reads of a change, and what the guards are told of each line."""

from __future__ import annotations

import pytest
from hypothesis import given

from change.model import Effect
from inventory.model import Platform
from network import tree
from network.config import Config, Part, PartName
from network.diff import difference
from network.holds import hold_s
from network.normal import normal
from tests.network.generated import PATIENT, configurations


def config(part: PartName, text: str) -> Config:
    return Config(device="box", platform=Platform.FRR, parts=(Part(name=part, text=normal(part, text)),))


def shown(part: PartName, old: str, new: str) -> list[str]:
    return [
        line.sign + line.text for one in difference(config(part, old), config(part, new)).parts for line in one.lines
    ]


@PATIENT
@given(configurations(), configurations())
def test_the_signed_lines_are_the_whole_difference(one: tree.Section, other: tree.Section) -> None:
    old, new = tree.text(one), tree.text(other)
    found = difference(config("frr", old), config("frr", new))
    lines = found.changed
    assert (lines == ()) == (old == new)

    def rows(text: str) -> list[str]:
        return [row for row in text.splitlines() if row.strip() not in {"!", *tree.CLOSERS}]

    gone = [line.text for line in lines if line.sign == "-"]
    come = [line.text for line in lines if line.sign == "+"]
    kept = rows(old)
    for line in gone:
        kept.remove(line)
    assert sorted(kept + come) == sorted(rows(new))
    assert found.lines_before == len(rows(old))


def test_a_changed_line_stands_under_its_headers() -> None:
    old = "router bgp 1\n neighbor 10.0.0.1 remote-as 2\n address-family ipv4 unicast\n  network 10.1.0.0/16\n"
    assert shown("frr", old, old + "  network 10.2.0.0/16\n") == [
        " router bgp 1",
        "  address-family ipv4 unicast",
        "+  network 10.2.0.0/16",
    ]


def test_a_changed_stanza_is_shown_with_its_header() -> None:
    old = "auto br0\niface br0 inet manual\n    mtu 1500\n    ovs-ports eth0\n    ovs-ports eth1\n    ovs-ports eth2\n"
    assert shown("interfaces", old, old.replace("ovs-ports eth2", "ovs-ports eth3")) == [
        " iface br0 inet manual",
        "     ovs-ports eth0",
        "     ovs-ports eth1",
        "-    ovs-ports eth2",
        "+    ovs-ports eth3",
    ]


def test_the_order_of_stanzas_is_a_difference() -> None:
    one, other = "auto a\niface a inet manual\n", "auto b\niface b inet manual\n"
    assert shown("interfaces", f"{one}\n{other}", f"{other}\n{one}") != []


OSPF = "interface eth1\n ip address 10.0.0.0/31\n ip ospf area 0.0.0.0\n ip ospf message-digest-key 1 md5 <a#0>\nexit\n"
LO = "interface lo\n ip address 10.255.0.1/32\n ip ospf area 0.0.0.0\n ip ospf passive\nexit\n"
VLAN = "interface v110\n ip address 10.20.1.1/24\nexit\n"
LIST = "ip prefix-list a seq 10 permit 10.1.0.0/16\nip prefix-list a seq 20 deny 10.2.0.0/16\n"
MAP = "route-map m permit 10\n match ip address prefix-list a\nexit\n"
SETS = "route-map m permit 10\n set community no-export\nexit\n"
VTY = "line vty\n access-class vty\n password <v#0>\nexit\n"
KEYS = "key chain c\n key 1\n    key-string <k#0>\n exit\nexit\n"
FENCE = "auto eth9\niface eth9 inet manual\n    post-up nft -f /etc/fence\n"
BGP = (
    "router bgp 1\n bgp router-id 10.255.0.1\n neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 password <p#0>\n"
    " address-family ipv4 unicast\n  neighbor 10.0.0.1 activate\n  neighbor 10.0.0.1 prefix-list a in\n"
)
BGP_OUT = "  neighbor 10.0.0.1 prefix-list a out\n"
HERE = " neighbor 10.0.0.1 password <p#0>\n"
NEW_BOTH_WAYS = (
    " neighbor 10.0.0.9 remote-as 4\n address-family ipv4 unicast\n  neighbor 10.0.0.9 prefix-list a in\n"
    "  neighbor 10.0.0.9 route-map m out\n exit-address-family\n"
)
GROUP = f"router bgp 1\n neighbor out peer-group\n neighbor out remote-as 4\n{HERE}"
GROUP_FILTERS = (
    " address-family ipv4 unicast\n  neighbor out prefix-list a in\n  neighbor out prefix-list a out\n"
    " exit-address-family\n"
)
TRUNK = "auto eth1\niface eth1 inet manual\n    ovs-type OVSPort\n    ovs-options trunks=10,110\n"
OWN = "auto v10\niface v10 inet static\n    address 10.10.1.2/29\n    gateway 10.10.1.1\n"
USER = 'sysName box\ncreateUser govnet SHA-256 "<a#0>" AES "<p#0>"\nrouser govnet authpriv .1\n'

CASES: list[tuple[PartName, str, str, str, set[str]]] = [
    ("frr", LO, "10.255.0.1/32", "10.255.0.2/32", {"management-path", "identity-changed", "prefix-removed"}),
    ("frr", OSPF, "10.0.0.0/31", "10.0.0.2/31", {"management-path", "prefix-removed"}),
    ("frr", OSPF, "area 0.0.0.0", "area 0.0.0.1", {"management-path", "neighbour-removed"}),
    ("frr", OSPF, "md5 <a#0>", "md5 <b#0>", {"management-path", "authentication-changed"}),
    ("frr", OSPF, " ip ospf area 0.0.0.0\n", " ip ospf area 0.0.0.0\n ip ospf passive\n",
     {"management-path", "neighbour-removed"}),
    ("frr", VLAN, "10.20.1.1/24", "10.20.2.1/24", {"prefix-removed"}),
    ("frr", VLAN, VLAN, "", {"interface-removed", "prefix-removed"}),
    ("frr", VLAN, "exit\n", " description office\nexit\n", set()),
    ("frr", LIST, "seq 10 permit 10.1.0.0/16\n", "seq 10 permit 10.0.0.0/8\n", {"filter-loosened", "prefix-removed"}),
    ("frr", LIST, "ip prefix-list a seq 20 deny 10.2.0.0/16\n", "", {"filter-loosened"}),
    ("frr", LIST, LIST, LIST + "ip prefix-list a seq 30 permit 10.3.0.0/16\n", {"filter-loosened"}),
    ("frr", LIST, LIST, LIST + "ip prefix-list a seq 30 deny 10.3.0.0/16\n", set()),
    ("frr", LIST, LIST, LIST + "ip prefix-list b seq 10 permit 10.3.0.0/16\n", set()),
    ("frr", MAP, MAP, "", {"filter-loosened"}),
    ("frr", MAP, " match ip address prefix-list a\n", "", {"filter-loosened"}),
    ("frr", MAP, MAP, MAP + "route-map m permit 20\nexit\n", {"filter-loosened"}),
    ("frr", MAP, MAP, MAP + "route-map m deny 20\nexit\n", set()),
    ("frr", MAP, MAP, MAP + "route-map n permit 20\nexit\n", set()),
    ("frr", MAP, "prefix-list a\n", "prefix-list b\n", {"filter-loosened"}),
    ("frr", MAP, "prefix-list a\n", "prefix-list a\n on-match next\n", {"filter-loosened"}),
    ("frr", SETS, " set community no-export\n", "", {"filter-loosened"}),
    ("frr", "access-list vty seq 5 permit 10.0.0.0/8\n", "access-list vty seq 5 permit 10.0.0.0/8\n", "",
     {"filter-loosened"}),
    ("frr", VTY, " access-class vty\n", "", {"filter-loosened"}),
    ("frr", VTY, " password <v#0>\n", " password <w#0>\n", {"authentication-changed"}),
    ("frr", "ip protocol bgp route-map m\n", "ip protocol bgp route-map m\n", "", {"filter-loosened"}),
    ("frr", "router ospf\n area 0.0.0.1 filter-list prefix a in\n", " area 0.0.0.1 filter-list prefix a in\n", "",
     {"filter-loosened", "management-path"}),
    ("frr", OSPF, " ip ospf message-digest-key 1 md5 <a#0>\n", "", {"authentication-changed", "management-path"}),
    ("frr", BGP, " neighbor 10.0.0.1 password <p#0>\n", "", {"authentication-changed"}),
    ("frr", BGP, "router bgp 1\n", "router bgp 2\n",
     {"identity-changed", "neighbour-removed", "filter-loosened", "authentication-changed"}),
    ("frr", BGP, "remote-as 2\n", "remote-as 2\n neighbor 10.0.0.1 local-as 9\n", {"identity-changed"}),
    ("frr", BGP, "remote-as 2\n", "remote-as 2\n neighbor 10.0.0.1 disable-connected-check\n", {"filter-loosened"}),
    ("frr", KEYS, "    key-string <k#0>\n", "    key-string <l#0>\n", {"authentication-changed"}),
    ("frr", BGP, "  neighbor 10.0.0.1 prefix-list a in\n", "", {"filter-loosened"}),
    ("frr", BGP, "password <p#0>", "password <q#0>", {"authentication-changed"}),
    ("frr", BGP, "router-id 10.255.0.1", "router-id 10.255.0.2", {"identity-changed"}),
    ("frr", BGP, "remote-as 2", "remote-as 3", {"neighbour-removed", "filter-loosened"}),
    ("frr", BGP + BGP_OUT, "remote-as 2", "remote-as 3", {"neighbour-removed"}),
    ("frr", BGP, HERE, HERE + " neighbor 10.0.0.9 remote-as 4\n", {"filter-loosened"}),
    ("frr", BGP, HERE, HERE + " neighbor 10.0.0.9 remote-as external\n", {"filter-loosened"}),
    ("frr", BGP, HERE, HERE + " neighbor 10.0.0.9 remote-as 1\n neighbor 10.0.0.8 remote-as internal\n", set()),
    ("frr", BGP, HERE, HERE + NEW_BOTH_WAYS, set()),
    ("frr", BGP, HERE, HERE + NEW_BOTH_WAYS.replace(" out", " in"), {"filter-loosened"}),
    ("frr", BGP, HERE, HERE + NEW_BOTH_WAYS + " address-family ipv6 unicast\n  neighbor 10.0.0.9 activate\n"
     " exit-address-family\n", {"filter-loosened"}),
    ("frr", GROUP, HERE, HERE + " neighbor 10.0.0.9 peer-group out\n", {"filter-loosened"}),
    ("frr", GROUP + GROUP_FILTERS, HERE, HERE + " neighbor 10.0.0.9 peer-group out\n", set()),
    ("frr", BGP, "router bgp 1\n bgp router-id 10.255.0.1\n", "router bgp 1\n no bgp ebgp-requires-policy\n"
     " bgp router-id 10.255.0.1\n", {"filter-loosened"}),
    ("frr", "router ospf\n ospf router-id 10.255.0.1\n", "10.255.0.1", "10.255.0.9",
     {"identity-changed", "management-path"}),
    ("frr", "router ospf\n redistribute connected route-map m\n", " route-map m", "",
     {"filter-loosened", "prefix-removed"}),
    ("frr", "router ospf\n default-information originate\n", " default-information originate\n", "", {"default-route"}),
    ("frr", "ip route 0.0.0.0/0 10.0.0.1\n", "10.0.0.1", "10.0.0.2", {"default-route", "prefix-removed"}),
    ("frr", "ip route 10.9.0.0/16 10.0.0.1\n", "ip route 10.9.0.0/16 10.0.0.1\n", "", {"prefix-removed"}),
    ("interfaces", TRUNK, "trunks=10,110", "trunks=110", {"management-path"}),
    ("interfaces", TRUNK, TRUNK, "", {"interface-removed", "management-path"}),
    ("interfaces", OWN, "10.10.1.2/29", "10.10.1.3/29", {"identity-changed", "management-path"}),
    ("interfaces", OWN, "gateway 10.10.1.1", "gateway 10.10.1.6", {"default-route", "management-path"}),
    ("interfaces", OWN, OWN, OWN + "\nauto eth9\niface eth9 inet manual\n    ovs-options tag=110\n", set()),
    ("interfaces", FENCE, "    post-up nft -f /etc/fence\n", "", {"filter-loosened"}),
    ("snmpd", USER, "<a#0>", "<b#0>", {"account-changed", "authentication-changed"}),
    ("snmpd", USER, "rouser govnet authpriv .1\n", "", {"account-changed"}),
    ("snmpd", USER, "sysName box", "sysName other", {"identity-changed"}),
    ("banner", "hello\n", "hello", "go away", set()),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text", "old", "new", "effects"), CASES)
def test_each_line_is_tagged_with_what_it_does(
    part: PartName, text: str, old: str, new: str, effects: set[str]
) -> None:
    assert old in text
    found = difference(config(part, text), config(part, text.replace(old, new)))
    assert found.changed
    assert set(found.effects) == {Effect(effect) for effect in effects}


HOLDS = [
    ("interface eth1\n ip ospf area 0.0.0.0\n ip ospf dead-interval 4\n", 4),
    ("interface eth1\n ip ospf area 0.0.0.0\n", 40),
    ("interface eth1\n ip ospf area 0.0.0.0\n ip ospf dead-interval 4\n ipv6 ospf6 area 0.0.0.0\n", 40),
    ("interface lo\n ip ospf area 0.0.0.0\n ip ospf passive\n", 0),
    ("router bgp 1\n neighbor 10.0.0.1 remote-as 2\n", 180),
    ("router bgp 1\n timers bgp 1 4\n neighbor 10.0.0.1 remote-as 2\n", 4),
    ("router bgp 1\n timers bgp 1 4\n neighbor 10.0.0.1 timers 10 30\n", 30),
    ("", 0),
]


@pytest.mark.parametrize(("text", "seconds"), HOLDS)
def test_the_slowest_timer_of_the_old_and_the_new_is_held(text: str, seconds: int) -> None:
    quiet = "interface eth9\n ip ospf area 0.0.0.0\n ip ospf dead-interval 2\n"
    assert hold_s(config("frr", text), config("frr", text)) == seconds
    assert hold_s(config("frr", quiet), config("frr", text)) == max(2, seconds)
    assert hold_s(config("frr", text), config("frr", quiet)) == max(2, seconds)
