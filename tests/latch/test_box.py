"""What is put on a box, and the parts of its handlers that need no machine."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import pytest

import deploys.installation
from change.disk import DiskEntry, DiskFile
from change.installation import BOOT_UNIT, LIBRARY
from inventory.model import Platform
from network.box import installation
from network.box.frr import rejected
from network.box.interfaces import one, wanted_ports

INSTALLED = [installation(Platform.FRR), installation(Platform.IFUPDOWN2), deploys.installation.installation()]

ROUTER = """\
auto br0
iface br0
    ovs-type OVSBridge
    ovs-ports eth3 v10
    ovs-options datapath_type=netdev
    address-purge no

auto eth3
iface eth3
    ovs-type OVSPort
    ovs-bridge br0
    ovs-options vlan_mode=trunk trunks=110,10
    address-purge no

auto v10
iface v10
    ovs-type OVSIntPort
    ovs-bridge br0
    ovs-options tag=10
    address-purge no

auto eth1
iface eth1
    address-purge no
"""


def laid(installed: tuple[DiskEntry, ...]) -> list[DiskFile]:
    return [entry for entry in installed if isinstance(entry, DiskFile)]


@pytest.mark.parametrize("installed", INSTALLED)
def test_handlers_load_on_a_box_with_nothing_but_its_own_python(installed: tuple[DiskEntry, ...]) -> None:
    """-I: nothing of this checkout or of its packages; the launchers themselves, moved to another root."""
    with tempfile.TemporaryDirectory() as root:
        for file in laid(installed):
            path = Path(root + file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content.replace(LIBRARY.encode(), f"{root}{LIBRARY}".encode()))
            path.chmod(file.mode)
        for launcher in Path(f"{root}{LIBRARY}/parts").iterdir():
            said = subprocess.run(["python3", "-I", str(launcher), "look"], input="{", capture_output=True, text=True)
            assert "JSONDecodeError" in said.stderr and "ModuleNotFoundError" not in said.stderr
        latch = subprocess.run([f"{root}/usr/local/sbin/govnet-latch", "none"], capture_output=True, text=True)
        assert latch.returncode == 3 and "usage" in latch.stdout


@pytest.mark.parametrize("installed", INSTALLED)
def test_the_boot_unit_stands_before_whatever_reads_a_configuration(installed: tuple[DiskEntry, ...]) -> None:
    unit = next(file for file in laid(installed) if file.path.endswith(BOOT_UNIT)).content.decode()
    before = set(re.findall(r"\S+", re.findall(r"^Before=(.*)$", unit, re.MULTILINE)[0]))
    assert {"networking.service", "basic.target", "network-pre.target"} <= before
    assert "DefaultDependencies=no" in unit


@pytest.mark.parametrize("platform", [Platform.DEBIAN, Platform.NONE])
def test_a_box_that_is_not_the_networks_gets_nothing(platform: Platform) -> None:
    assert installation(platform) == ()


def test_a_rejected_line_is_known_by_its_number_alone() -> None:
    said = "line 3: % Unknown command[17]:  ip ospf message-digest-key 1 md5 SECRET\n"
    assert rejected(said) == {3: False}
    refused = said + "line 9: Failure to communicate[13] to bgpd, line: router bgp 1\n"
    assert rejected(refused) == {3: False, 9: True}
    assert rejected('For this router-id change to take effect, use "clear ip ospf process" command\n') == {}


def test_the_ports_that_a_stanza_wants_in_the_words_of_ovs_vsctl() -> None:
    assert wanted_ports(ROUTER) == {
        "br0": "mode= tag= trunks=",
        "eth3": "mode=trunk tag= trunks=10,110",
        "v10": "mode= tag=10 trunks=",
    }


def test_cells_of_the_switch_database() -> None:
    assert (one(["set", []]), one(["set", [110, 10]]), one(10), one("access")) == ("", "10,110", "10", "access")
