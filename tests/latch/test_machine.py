"""The latch on real machines: FRR, ifupdown2 with Open vSwitch, snmpd, and systemd's timers and units."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from inventory.load import load
from inventory.model import Platform
from lab import faults, twin
from network import tree
from tests.lab.cut import DEMO, cut, store
from tests.latch.machine import CANARY, Machine, ended

pytestmark = pytest.mark.twin
NUMBERS = itertools.count()
STANZA = """
auto v777
iface v777
    ovs-type OVSIntPort
    ovs-bridge br0
    ovs-options tag=777
"""
WHEN_TRYING = "until pgrep -f 'vtysh -[f]' >/dev/null; do :; done; {}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[twin.Twin]:
    state = tmp_path_factory.mktemp("latch")
    inventory = cut(load(DEMO), ("core-1", "core-2", "sw-dodoma", "jump-1"))
    yield twin.up(inventory, store(state, inventory), state, lambda _: None)
    twin.down(state, lambda _: None)


@pytest.fixture
def router(small: twin.Twin) -> Machine:
    return Machine(small, "core-1", Platform.FRR)


@pytest.fixture
def switch(small: twin.Twin) -> Machine:
    return Machine(small, "sw-dodoma", Platform.IFUPDOWN2)


@pytest.fixture
def step() -> str:
    return f"step-{next(NUMBERS)}"


def changed(live: dict[str, str], purge: str, secret: str) -> tuple[dict[str, str], list[str]]:
    """Every part another one: a port more, three hundred routes and a secret, a location, a banner."""
    wanted = {name: text + f"# {secret}\n" for name, text in live.items() if name in ("snmpd", "banner")}
    wanted["interfaces"] = live["interfaces"] + STANZA + purge
    routes = [f"ip route 192.0.{number}.0/24 Null0" for number in range(2, 250)]
    port = ["interface v777", " ip address 10.77.7.1/29", f" ip ospf message-digest-key 7 md5 {secret}", "exit"]
    if "frr" in live:
        wanted["frr"] = tree.normal(live["frr"] + "\n".join([*routes, *port]) + "\n")
    return wanted, [*port, *routes]


def router_change(router: Machine, secret: str = CANARY) -> tuple[dict[str, str], list[str]]:
    return changed(router.live(), "    address-purge no\n", secret)


def test_confirmed_it_stays_across_a_power_cut(router: Machine, step: str) -> None:
    wanted, commands = router_change(router, "kept-for-good")
    assert router.arm(step, wanted, commands).status == 0
    assert router.latch("try", {"step": step}).document["state"] == "tried"
    assert router.live() == wanted
    assert "10.77.7.1/29" in router.sh("ip -oneline address show dev v777")
    assert router.latch("confirm", {"step": step}).status == 0
    tried = router.state()
    assert "/etc/frr/frr.conf frr frr 640" in tried
    assert not [row for row in tried if row.endswith(".govnet")]
    router.power_cut()
    assert router.live() == wanted
    assert router.state() == tried
    assert router.inspect(step)["state"] == "confirmed"
    assert router.holding("kept-for-good") == {"/etc/frr/frr.conf", "/etc/snmp/snmpd.conf", "/etc/issue.net"}


def test_the_timer_puts_a_router_back_to_the_byte(router: Machine, step: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    assert router.arm(step, wanted, commands, timer_s=15.0).status == 0
    assert router.latch("try", {"step": step}).status == 0
    assert router.live() == wanted
    assert router.holding(CANARY) >= {"/etc/frr/.frr.conf.govnet", "/var/lib/govnet-latch/step.json"}
    router.until(step, "reverted", 60)
    assert router.state() == before
    assert router.holding(CANARY) == set()


def without_port(router: Machine, secret: str = CANARY) -> tuple[dict[str, str], list[str]]:
    """After the first test: the port goes again, and something else comes."""
    live = router.live()
    wanted = {name: text + f"# {secret}\n" for name, text in live.items() if name in ("snmpd", "banner")}
    wanted["interfaces"] = live["interfaces"].replace(STANZA + "    address-purge no\n", "")
    rest = live["frr"].replace("interface v777\n ip address 10.77.7.1/29\n", "interface v777\n")
    routes = [f"ip route 198.18.{number}.0/24 Null0" for number in range(250)]
    key = ["interface lo", f" ip ospf message-digest-key 7 md5 {secret}", "exit"]
    wanted["frr"] = tree.normal(rest + "\n".join([*key, *routes]) + "\n")
    return wanted, ["interface v777", " no ip address 10.77.7.1/29", "exit", *key, *routes]


def test_the_timer_puts_a_switch_back_to_the_byte(switch: Machine, step: str) -> None:
    before = switch.state()
    wanted, commands = changed(switch.live(), "    address 10.77.7.2/29\n", CANARY)
    assert switch.arm(step, wanted, commands, timer_s=15.0).status == 0
    assert switch.latch("try", {"step": step}).status == 0
    assert "v777 10.77.7.2/29" in switch.state()
    switch.until(step, "reverted", 60)
    assert switch.state() == before
    assert switch.holding(CANARY) == set()


def test_without_power_before_the_confirm(router: Machine, step: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    router.arm(step, wanted, commands, timer_s=60.0)
    assert router.latch("try", {"step": step}).status == 0
    router.power_cut()
    seen = router.inspect(step)
    assert (seen["state"], seen["detail"]) == ("reverted", "the box started again before the confirm")
    assert router.latch("confirm", {"step": step}).status == 3
    assert router.state() == before
    assert router.holding(CANARY) == set()


@pytest.mark.parametrize("victim", ["pkill -9 -f 'vtysh -[f]'", "pkill -9 -x ospfd", "pkill -9 -x zebra"])
def test_a_daemon_or_vtysh_killed_in_the_middle_of_the_try(router: Machine, step: str, victim: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    router.arm(step, wanted, commands, timer_s=60.0)
    trying = router.begin("try", {"step": step})
    router.sh(f'timeout 30 sh -c "{WHEN_TRYING.format(victim)}"')
    answer = ended(trying)
    assert (answer.status, answer.document["state"]) == (4, "reverted")
    assert router.state() == before
    assert router.holding(CANARY) == set()


def test_the_latch_itself_killed_in_the_middle_of_the_try(router: Machine, step: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    router.arm(step, wanted, commands, timer_s=15.0)
    trying = router.begin("try", {"step": step})
    router.sh(f'timeout 30 sh -c "{WHEN_TRYING.format("pkill -9 -f unit-[t]ry")}"')
    assert ended(trying).status not in (0, 3, 4)
    assert router.inspect(step)["state"] == "trying"
    router.until(step, "reverted", 60)
    assert router.state() == before


def test_a_line_that_frr_rejects_half_way(router: Machine, step: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    commands.insert(100, f"no such command {CANARY}")
    router.arm(step, wanted, commands)
    answer = router.latch("try", {"step": step})
    assert answer.status == 4
    assert f"FRR rejected line 101 of {len(commands)} lines" in str(answer.document["error"])
    assert router.state() == before
    assert router.holding(CANARY) == set()


def test_lines_that_a_killed_daemon_forgot_are_not_confirmed(router: Machine, step: str) -> None:
    before = router.state()
    wanted, commands = without_port(router)
    router.arm(step, wanted, commands, timer_s=60.0)
    assert router.latch("try", {"step": step}).status == 0
    faults.throw(router.twin.state, "kill", f"{router.node}:ospfd")
    answer = router.latch("confirm", {"step": step})
    assert answer.status == 4
    assert router.state() == before


def test_a_file_that_its_unit_does_not_start_with(router: Machine, step: str) -> None:
    before = router.state()
    wanted = router.live()
    wanted["snmpd"] = "agentAddress nowhere:at:all\n"
    router.arm(step, wanted, [])
    answer = router.latch("try", {"step": step})
    assert (answer.status, answer.document["state"]) == (4, "reverted")
    assert router.state() == before
    assert router.sh("systemctl is-active snmpd").strip() == "active"


def test_a_stale_base_is_refused_on_the_box(router: Machine, step: str) -> None:
    wanted = router.live()
    router.sh("vtysh -c 'configure terminal' -c 'ip prefix-list SOMEBODY seq 5 permit any'")
    stale = router.latch(
        "arm",
        {
            "step": step,
            "plan": "p",
            "timer_s": 30,
            "parts": [{"name": "frr", "kind": "frr", "path": "/etc/frr/frr.conf", "text": wanted["frr"]}],
            "base": {"frr": "0" * 64},
        },
    )
    router.sh("vtysh -c 'configure terminal' -c 'no ip prefix-list SOMEBODY'")
    assert stale.status == 3
    assert router.inspect(step)["state"] == "absent"


def test_an_unsaved_configuration_is_put_back_too(router: Machine, step: str) -> None:
    """frr.conf is not what runs, so no restart can help: only the commands that lead back."""
    router.sh("vtysh -c 'configure terminal' -c 'ip prefix-list UNSAVED seq 5 permit any'")
    before = router.state()
    wanted, commands = without_port(router)
    router.arm(step, wanted, commands)
    assert router.latch("try", {"step": step}).status == 0
    assert router.latch("revert", {"step": step}).status == 0
    assert router.state() == before
    router.sh("vtysh -c 'configure terminal' -c 'no ip prefix-list UNSAVED'")
