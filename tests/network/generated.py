"""Configurations as hypothesis makes them: small worlds of names, so that two of them overlap and differ.

One configuration is read off one string of bytes, each byte a choice: cheap to draw on a busy machine, and a failure
shrinks to the first choices.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from network import tree

CHOICES = 96
"""More than any configuration takes."""
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Speed is not what these tests are about."""

AREAS = ("0.0.0.0", "0.0.0.1")
KEYS = ("keyone", "keytwo")
LISTS = ("one", "two")
PEERS = ("10.0.0.2", "10.0.0.3")
PREFIXES = ("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16")


class Chooser:
    def __init__(self, choices: bytes) -> None:
        self._choices = iter(choices)

    def one(self, *options: str) -> str:
        return options[next(self._choices) % len(options)]

    def some(self, *options: str) -> list[str]:
        """None or one of these."""
        choice = next(self._choices) % (len(options) + 1)
        return [options[choice - 1]] if choice else []

    def yes(self) -> bool:
        return next(self._choices) % 2 == 1


def _interface(choose: Chooser, name: str, third: int) -> tree.Section:
    lines = (
        choose.some("description to the left", "description to the right"),
        choose.some(f"ip address 10.254.{third}.0/31", f"ip address 10.254.{third}.2/31"),
        choose.some(f"ipv6 address fd00:{third}::1/127", f"ipv6 address fd00:{third}::3/127"),
        choose.some(*(f"ip ospf area {area}" for area in AREAS)),
        choose.some("ip ospf cost 20", "ip ospf cost 30"),
        choose.some("ip ospf hello-interval 1", "ip ospf hello-interval 2"),
        choose.some("ip ospf dead-interval 4", "ip ospf dead-interval 8"),
        choose.some("ip ospf network point-to-point"),
        choose.some("ip ospf authentication message-digest"),
        choose.some(*(f"ip ospf message-digest-key 1 md5 {key}" for key in KEYS)),
        choose.some(*(f"ipv6 ospf6 area {area}" for area in AREAS)),
        choose.some("ipv6 ospf6 cost 20", "ipv6 ospf6 cost 30"),
        choose.some(*(f"ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key {key}" for key in KEYS)),
    )
    return tree.Section(f"interface {name}", tuple(line for part in lines for line in part))


def _prefix_lists(choose: Chooser) -> list[str]:
    """Entries of one list differ: FRR takes no second one of the same body."""
    rows: list[str] = []
    for name in LISTS:
        left = list(PREFIXES)
        for number in (10, 20, 30, 40):
            if left and choose.yes():
                body = choose.one(*left)
                left.remove(body)
                rows.append(f"ip prefix-list {name} seq {number} {choose.one('permit', 'deny')} {body}")
    return rows


def _route_maps(choose: Chooser) -> list[tree.Section]:
    found = []
    for number in (10, 20):
        if choose.yes():
            matches = choose.some(*(f"match ip address prefix-list {name}" for name in LISTS))
            matches += choose.some("match interface eth1", "match interface eth2")
            found.append(tree.Section(f"route-map filter {choose.one('permit', 'deny')} {number}", tuple(matches)))
    return found


def _bgp(choose: Chooser) -> list[tree.Section]:
    if not choose.yes():
        return []
    header = f"router bgp {choose.one('64512', '64600')}"
    top = ["no bgp default ipv4-unicast", *choose.some("timers bgp 1 4", "timers bgp 3 9")]
    inside = [line for prefix in PREFIXES for line in choose.some(f"network {prefix}")]
    for peer in PEERS:
        if choose.yes():
            of_peer = f"neighbor {peer}"
            top.append(f"{of_peer} remote-as {choose.one('64700', '64701')}")
            top += choose.some(f"{of_peer} description east", f"{of_peer} description west")
            top += choose.some(f"{of_peer} password one", f"{of_peer} password two")
            inside.append(f"{of_peer} activate")
            inside += choose.some(f"{of_peer} prefix-list one in", f"{of_peer} prefix-list two in")
            inside += choose.some(f"{of_peer} prefix-list one out", f"{of_peer} prefix-list two out")
            inside += choose.some(f"{of_peer} next-hop-self")
    families = (tree.Section("address-family ipv4 unicast", tuple(inside)),) if inside else ()
    return [tree.Section(header, tuple(top), families)]


def _ospf(choose: Chooser) -> list[tree.Section]:
    if not choose.yes():
        return []
    lines = (
        choose.some("ospf router-id 10.255.0.1", "ospf router-id 10.255.0.2"),
        choose.some("redistribute connected", "redistribute connected route-map filter"),
        choose.some("default-information originate", "default-information originate always"),
    )
    return [tree.Section("router ospf", tuple(line for part in lines for line in part))]


def configuration(choices: bytes) -> tree.Section:
    """A whole canonical configuration that FRR 8.4.4 takes as it is."""
    choose = Chooser(choices)
    routes = choose.some("ip route 10.9.0.0/16 blackhole", "ip route 10.9.0.0/16 10.254.1.1")
    routes += choose.some("ip route 0.0.0.0/0 10.254.2.1")
    top = ("frr defaults traditional", "ip forwarding", "ipv6 forwarding", *routes, *_prefix_lists(choose))
    interfaces = (_interface(choose, "eth1", 1), _interface(choose, "eth2", 2))
    sections = (*interfaces, *_ospf(choose), *_bgp(choose), *_route_maps(choose))
    return tree.canonical(tree.Section("", top, sections))


def configurations() -> st.SearchStrategy[tree.Section]:
    return st.binary(min_size=CHOICES, max_size=CHOICES).map(configuration)
