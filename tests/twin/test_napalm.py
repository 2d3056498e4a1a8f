"""The driver suite that NAPALM ships, live on a router of the twin: no getter faked, no skip but the named ones."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.load import load
from inventory.secret_store import AgeStore
from network.frr_driver import NOT_ON_FRR
from tests.twin.conftest import Twin

ROUTER = "core-1"
BLACKHOLE = "ip route 1.0.4.0/24 blackhole"
PERMIT = "ip prefix-list default seq 20 permit 1.0.4.0/24"
ADDRESS = "8.8.8.8/32"
ANNOUNCE = ("router bgp 64500", "address-family ipv4 unicast")
UPSTREAM = (BLACKHOLE, PERMIT, "interface lo", f"ip address {ADDRESS}", "exit", *ANNOUNCE, "network 1.0.4.0/24")
"""What NAPALM's suite asks a router for: a way to 1.0.4.0/24 by BGP, and an answer from 8.8.8.8."""
UPSTREAM_BACK = (
    *(*ANNOUNCE, "no network 1.0.4.0/24", "exit-address-family", "exit"),
    *("interface lo", f"no ip address {ADDRESS}", "exit", f"no {PERMIT}", f"no {BLACKHOLE}"),
)
VRF = (
    "ip netns add TEST && ip link add test0 type veth peer name test1 && ip link set test1 netns TEST"
    " && ip -n TEST link set test1 up && ip -n TEST neigh add 198.18.0.1 lladdr 02:00:00:00:00:01 dev test1"
)
"""And for the neighbours in a VRF of that name; a network namespace is one (zebra --vrfwnetns)."""
VRF_BACK = "ip link del test0; ip netns del TEST"


def configure(twin: Twin, device: str, lines: tuple[str, ...]) -> None:
    twin.on(device, "vtysh", *(word for line in ("configure terminal", *lines) for word in ("-c", line)))


@pytest.fixture
def asked_for(twin: Twin) -> Iterator[Twin]:
    """The surroundings that the suite expects of any router; gone again at the end."""
    configure(twin, "isp-1", UPSTREAM)
    twin.on(ROUTER, "sh", "-c", VRF)
    try:
        yield twin
    finally:
        twin.on(ROUTER, "sh", "-c", VRF_BACK)
        configure(twin, "isp-1", UPSTREAM_BACK)


@pytest.mark.twin
def test_napalm_s_own_suite_passes_live(asked_for: Twin, tmp_path: Path) -> None:
    world = load(asked_for.world)
    key, report = tmp_path / "key", tmp_path / "report.xml"
    key.touch(0o600)
    key.write_text(AgeStore.open(asked_for.state / "secrets", world).value(world.world.login.key_secret))
    known_hosts = asked_for.world / "known_hosts"
    environment = {
        "NAPALM_TEST_MOCK": "0",
        "NAPALM_HOSTNAME": str(world.device[ROUTER].management_address),
        "NAPALM_USERNAME": world.world.login.user,
        "NAPALM_OPTIONAL_ARGS": json.dumps({"key_file": str(key), "alt_host_keys_file": str(known_hosts)}),
    }
    settings = [f"{name}={value}" for name, value in environment.items()]
    suite = [sys.executable, "-m", "pytest", "tests/napalm_frr/live_suite.py", f"--junitxml={report}", "-W", "ignore"]
    asked_for.lab("exec", "jump-1", "--", "env", *settings, *suite)
    cases = {
        case.get("name", "").partition("[")[0]: [child.tag for child in case]
        for case in Xml.parse(report).iter("testcase")
    }
    assert {name for name, ends in cases.items() if "skipped" in ends} == {f"test_{name}" for name in NOT_ON_FRR}
    assert not [name for name, ends in cases.items() if {"failure", "error"} & set(ends)]
    assert len(cases) > 40
