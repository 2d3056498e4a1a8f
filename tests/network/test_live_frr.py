"""network.tree and network.commands held against FRR 8.4.4 itself, in a network namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings

from inventory.model import Platform
from lab import image
from network import tree
from network.commands import commands
from network.day0 import day0, upstream
from network.intent import intended
from network.redact import redact, reveal
from tests.network.generated import PATIENT, configurations
from tests.network.worlds import Store, world

pytestmark = pytest.mark.twin

DAEMONS = ("zebra", "staticd", "ospfd", "ospf6d", "bgpd")
STORE = Store()
EMPTY = tree.normal("frr defaults traditional\nagentx\n")
EXAMPLES = 10


@dataclass(frozen=True)
class Router:
    """FRR's five daemons under chroot over the machine image, with two ports that lead nowhere."""

    name: str
    root: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        inside = ["ip", "netns", "exec", self.name, "chroot", str(self.root), *words]
        return subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)

    def running(self) -> str:
        said = self.run("vtysh", "-c", "show running-config no-header")
        assert said.returncode == 0, said.stderr
        return said.stdout

    def enter(self, lines: tuple[str, ...]) -> str:
        """What FRR says to these lines; empty where it takes them all."""
        (self.root / "run/lines").write_text("".join(f"{line}\n" for line in lines))
        said = self.run("vtysh", "-f", "/run/lines")
        return said.stdout + said.stderr

    def oracle(self, wanted: str) -> list[str]:
        """What frr-reload.py would still change. It is shown the lines that are not ours as they run, and none of
        forwarding, which FRR never prints."""
        ours = [row for row in wanted.splitlines() if row not in tree.FORWARDING]
        foreign = [row for row in self.running().splitlines() if tree.UNOWNED.match(row) and row != "end"]
        shown = "".join(f"{row}\n" for row in (*foreign, *ours))
        (self.root / "run/wanted").write_text(shown)
        said = self.run("/usr/lib/frr/frr-reload.py", "--test", "--log-level", "critical", "/run/wanted")
        assert said.returncode == 0, said.stdout + said.stderr
        return [row for row in said.stdout.splitlines() if row.strip() and not row.startswith(("Lines To", "==="))]


def host(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    lower = image.path()
    name = f"frr-{os.getpid()}"
    folder = Path(tempfile.mkdtemp(prefix="govnet-frr-", dir="/var/tmp"))
    upper, work, root = (folder / each for each in ("upper", "work", "root"))
    for each in (upper, work, root):
        each.mkdir()
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    host("ip", "netns", "add", name)
    host("mount", "-t", "overlay", "overlay", "-o", layers, str(root))
    host("mount", "-t", "tmpfs", "tmpfs", str(root / "run"))
    host("mount", "-t", "proc", "proc", str(root / "proc"))
    try:
        made = Router(name, root)
        start(made)
        yield made
    finally:
        stop(name)
        for place in (root / "proc", root / "run", root):
            host("umount", str(place))
        host("ip", "netns", "del", name)
        shutil.rmtree(folder)


def start(router: Router) -> None:
    for port in ("eth1", "eth2"):
        host("ip", "-n", router.name, "link", "add", port, "type", "veth", "peer", "name", f"far-{port}")
    for port in ("lo", "eth1", "eth2"):
        host("ip", "-n", router.name, "link", "set", port, "up")
    (router.root / "run/frr").mkdir()
    assert router.run("chown", "frr:frr", "/run/frr").returncode == 0
    (router.root / "etc/frr/vtysh.conf").write_text("service integrated-vtysh-config\n")
    for daemon in DAEMONS:
        modules = () if daemon == "staticd" else ("-M", "snmp")
        said = router.run(f"/usr/lib/frr/{daemon}", "-d", "-F", "traditional", "-A", "127.0.0.1", *modules)
        assert said.returncode == 0, said.stderr


def stop(name: str) -> None:
    """End what runs in the namespace, and wait until it has."""
    asked = 0
    while pids := subprocess.run(
        ["ip", "netns", "pids", name], capture_output=True, text=True, check=True
    ).stdout.split():
        for pid in pids:
            subprocess.run(["kill", "-KILL" if asked > 20 else "-TERM", pid], check=False, capture_output=True)
        asked += 1
        time.sleep(0.1)


@dataclass(frozen=True)
class Led:
    """Where a router is after the commands to a configuration, seen with three pairs of eyes."""

    running: str
    refused: tuple[str, ...] = ()
    """Lines in which FRR said no."""
    left: tuple[str, ...] = ()
    """What frr-reload.py would still change."""


def led(router: Router, wanted: str) -> Led:
    said = router.enter(commands(tree.normal(router.running()), wanted))
    refused = tuple(row for row in said.splitlines() if row.strip() and not row.startswith("["))
    return Led(tree.normal(router.running()), refused, tuple(router.oracle(wanted)))


ROUTERS = [device.name for device in world("demo").managed if device.platform is Platform.FRR]


@pytest.mark.parametrize("at", ROUTERS)
def test_day0_then_all_that_is_intended_then_back_reads_as_rendered(router: Router, at: str) -> None:
    inventory = world("demo")
    device = inventory.device[at]
    first, full = (config(inventory, device, STORE).text("frr") for config in (day0, intended))
    reset(router)
    for text in (first, full):
        wanted = tree.normal(reveal("frr", text, STORE))
        assert led(router, wanted) == Led(wanted)
        assert tree.normal(redact("frr", router.running(), STORE)) == text
    lead_back(router, tree.normal(reveal("frr", first, STORE)))


def test_a_boot_from_what_is_intended_reads_as_rendered(router: Router) -> None:
    """What stands in frr.conf is the canonical text itself."""
    inventory = world("demo")
    for text in (
        intended(inventory, inventory.device["core-1"], STORE).text("frr"),
        upstream(inventory, inventory.device["isp-1"], STORE).text("frr"),
    ):
        reset(router)
        (router.root / "etc/frr/frr.conf").write_text(reveal("frr", text, STORE))
        assert router.run("vtysh", "-b").returncode == 0
        assert tree.normal(redact("frr", router.running(), STORE)) == text


@settings(PATIENT, max_examples=EXAMPLES)
@given(configurations(), configurations())
def test_any_configuration_can_be_left_for_any_other_and_come_back(
    router: Router, one: tree.Section, other: tree.Section
) -> None:
    texts = [
        tree.text(tree.canonical(tree.Section("", ("agentx", *each.lines), each.sections))) for each in (one, other)
    ]
    for wanted in (texts[0], texts[1], texts[0]):
        assert led(router, wanted) == Led(wanted)


def test_an_interface_that_ifreload_took_away_leaves_no_trace(router: Router) -> None:
    port = (
        "interface v10\n description office\n ip address 10.0.0.1/31\n ip ospf area 0.0.0.0\n ip ospf passive\nexit\n"
    )
    reset(router)
    host("ip", "-n", router.name, "link", "add", "v10", "type", "veth", "peer", "name", "far-v10")
    host("ip", "-n", router.name, "link", "set", "v10", "up")
    with_port = tree.normal(EMPTY + port)
    assert led(router, with_port) == Led(with_port)
    host("ip", "-n", router.name, "link", "del", "v10")
    until_zebra_lost(router, "v10")
    assert router.enter(commands(tree.normal(router.running()), EMPTY, frozenset({"v10"}))) == ""
    assert tree.normal(router.running()) == EMPTY


def until_zebra_lost(router: Router, name: str) -> None:
    ends = time.monotonic() + 10
    while f"Interface {name} is down" not in router.run("vtysh", "-c", f"show interface {name}").stdout:
        assert time.monotonic() < ends, "zebra did not notice that the interface went away"
        time.sleep(0.05)


def reset(router: Router) -> None:
    lead_back(router, EMPTY)


def lead_back(router: Router, wanted: str) -> None:
    """As `led`, for interfaces that this kernel lacks: FRR takes their addresses away and says that it could not."""
    router.enter(commands(tree.normal(router.running()), wanted))
    assert tree.normal(router.running()) == wanted
