"""A router's probes: what is asked for, and which answers are as expected."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from change.model import Probe
from change.target import TargetError
from network.observe import routed
from network.probes import ask, bgp_probe, ospf_probes, prefix_probes

SEEN = frozenset(IPv4Network(f"10.20.{number}.0/24") for number in range(20))


class Pretended:
    states = {"10.0.0.1": "Established"}  # noqa: RUF012  # a value, as a router's answer is
    full: frozenset[str] = frozenset({"core-1", "core-2"})
    prefixes = SEEN

    def bgp_states(self) -> dict[str, str]:
        return self.states

    def ospf_full(self) -> frozenset[str]:
        return self.full

    def ospf_prefixes(self) -> frozenset[IPv4Network]:
        return self.prefixes


def test_neighbours_count_by_name_and_no_neighbour_is_never_well() -> None:
    (probe,) = ospf_probes("rr-mbeya", {"core-2", "core-1"})
    assert (probe.subject, probe.expect) == ("rr-mbeya", "2 Full: core-1, core-2")
    router = Pretended()
    assert ask({"rr-mbeya": router}, probe).ok
    router.full = frozenset({"core-1", "core-3"})
    assert ask({"rr-mbeya": router}, probe).model_dump() == {"ok": False, "detail": "2 Full: core-1, core-3"}
    router.full = frozenset()
    assert ask({"rr-mbeya": router}, probe).model_dump() == {"ok": False, "detail": "none is Full"}
    assert ospf_probes("rr-mbeya", ()) == ()


def test_prefixes_count_and_the_samples_must_be_there() -> None:
    (probe,) = prefix_probes("rr-mbeya", SEEN, SEEN)
    assert probe.expect == "18 or more, with 10.20.0.0/24, 10.20.9.0/24, 10.20.19.0/24"
    router = Pretended()
    assert ask({"rr-mbeya": router}, probe).detail == "20 prefixes"
    router.prefixes = SEEN - {IPv4Network("10.20.1.0/24"), IPv4Network("10.20.2.0/24")}
    assert ask({"rr-mbeya": router}, probe).ok
    router.prefixes = SEEN - {IPv4Network("10.20.9.0/24")}
    assert ask({"rr-mbeya": router}, probe).model_dump() == {
        "ok": False,
        "detail": "19 prefixes, without 10.20.9.0/24",
    }
    router.prefixes = frozenset(sorted(SEEN)[:1] + sorted(SEEN)[9:10] + sorted(SEEN)[19:])
    assert not ask({"rr-mbeya": router}, probe).ok
    router.prefixes = frozenset()
    assert not ask({"rr-mbeya": router}, probe).ok


def test_what_leaves_the_inventory_is_not_counted_on() -> None:
    (probe,) = prefix_probes("rr-mbeya", SEEN, {IPv4Network("10.20.3.0/24")})
    assert probe.expect == "1 or more, with 10.20.3.0/24"
    assert prefix_probes("rr-mbeya", SEEN, ()) == ()


def test_a_session_is_in_its_state_or_not() -> None:
    router = Pretended()
    assert ask({"core-1": router}, bgp_probe("core-1", "10.0.0.1")).ok
    assert ask({"core-1": router}, bgp_probe("core-1", "10.0.0.2")).detail == "not configured"


@pytest.mark.parametrize("probe", [bgp_probe("core-9", "10.0.0.1"), Probe(kind="ping", subject="core-1", expect="yes")])
def test_what_nobody_can_be_asked_is_not_well(probe: Probe) -> None:
    with pytest.raises(TargetError, match="nobody here can ask"):
        ask({"core-1": Pretended()}, probe)


def test_the_kernel_s_routes_as_ip_prints_them() -> None:
    text = (
        "10.20.11.0/24 nhid 29 via 10.254.1.5 dev eth3 metric 20 \n"
        "10.255.1.11 nhid 29 via 10.254.1.5 dev eth3 metric 20 \n"
        "default nhid 12 metric 20 \\\tnexthop via 10.254.1.0 dev eth1 \\\tnexthop via 10.254.1.2 dev eth2 \n"
        "unreachable 10.9.0.0/16 metric 20 \n"
    )
    assert {str(prefix) for prefix in routed(text)} == {"10.20.11.0/24", "10.255.1.11/32", "0.0.0.0/0"}
