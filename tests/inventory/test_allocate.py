"""`allocate` fills in what is left out, next to what stands, and changes nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from inventory.allocate import allocate, preview
from inventory.load import load, read_folder
from inventory.model import Inventory
from inventory.problem import BadInventory
from tests.inventory.worlds import DEMO, MINIMAL, Patch, build

FILLABLE = re.compile(r"name: lo, mode: loopback|mode: routed, addresses: \[10\.254")

BLOCK_STYLE = """\
devices:
  - name: rr-block
    site: mbeya
    role: region-router
    platform: frr
    management: lo
    interfaces:
      # the loopback, in block style, with a comment that must stay
      - name: lo
        mode: loopback  # kept
        description: a router
      - mode: routed
        name: eth1
        addresses:
          - 10.254.0.8/31  # v4 stands
      - {addresses: [], name: eth2, mode: routed}
links:
  - name: rr-block--rr-mbeya
    kind: backbone
    a: {device: rr-block, interface: eth1}
    b: {device: rr-mbeya, interface: eth3}
    area: 0.0.0.1
    auth_secret: ospf-key
  - name: rr-block--core-1
    kind: backbone
    a: {device: rr-block, interface: eth2}
    b: {device: core-1, interface: eth6}
    area: 0.0.0.0
    auth_secret: ospf-key
"""


def test_addresses_are_added_in_both_styles_and_the_rest_of_the_text_stays(tmp_path: Path) -> None:
    world = build(
        tmp_path,
        Patch("new.yaml", [], [BLOCK_STYLE.rstrip("\n")]),
        Patch(
            "devices.yaml",
            ['      - {name: eth2, mode: routed, addresses: [10.254.0.4/31, "fd00:fe::4/127"]}'],
            [
                '      - {name: eth2, mode: routed, addresses: [10.254.0.4/31, "fd00:fe::4/127"]}',
                "      - {name: eth3, mode: routed, description: to rr-block}",
            ],
        ),
        Patch("devices.yaml", ["      - {name: eth4"], ["      - {name: eth6, mode: routed}", "      - {name: eth4"]),
    )
    before = {path: path.read_text() for path in world.glob("*.yaml")}
    edits = allocate(world)
    assert {(edit.device, edit.interface): " ".join(map(str, edit.addresses)) for edit in edits} == {
        ("rr-block", "lo"): "10.255.0.3/32 fd00:ff::3/128",
        ("rr-block", "eth1"): "fd00:fe::8/127",
        ("rr-block", "eth2"): "10.254.0.10/31 fd00:fe::a/127",
        ("rr-mbeya", "eth3"): "10.254.0.9/31 fd00:fe::9/127",
        ("core-1", "eth6"): "10.254.0.11/31 fd00:fe::b/127",
    }
    assert (world / "new.yaml").read_text() == before[world / "new.yaml"].replace(
        "mode: loopback  # kept\n",
        'mode: loopback  # kept\n        addresses: [10.255.0.3/32, "fd00:ff::3/128"]\n',
    ).replace("10.254.0.8/31  # v4 stands\n", '10.254.0.8/31  # v4 stands\n          - "fd00:fe::8/127"\n').replace(
        "{addresses: [],", '{addresses: [10.254.0.10/31, "fd00:fe::a/127"],'
    )
    devices = (world / "devices.yaml").read_text()
    assert (
        '{name: eth3, mode: routed, addresses: [10.254.0.9/31, "fd00:fe::9/127"], description: to rr-block}' in devices
    )
    assert str(edits[0]).endswith("gains 10.254.0.11/31, fd00:fe::b/127")
    load(world)
    assert allocate(world) == ()


def test_preview_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    world = build(tmp_path, Patch("devices.yaml", ['addresses: [10.254.0.4/31, "fd00:fe::4/127"]'], ["addresses: []"]))
    before = (world / "devices.yaml").read_bytes()
    wanted = preview(world)
    assert (world / "devices.yaml").read_bytes() == before
    assert allocate(world) == wanted != ()


def test_lines_that_end_in_carriage_return_and_newline_keep_doing_so(tmp_path: Path) -> None:
    world = build(tmp_path, Patch("devices.yaml", ['addresses: [10.254.0.4/31, "fd00:fe::4/127"]'], ["addresses: []"]))
    path = world / "devices.yaml"
    text = path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(text)
    allocate(world)
    assert path.read_bytes() == text.replace(b"addresses: []", b'addresses: [10.254.0.4/31, "fd00:fe::4/127"]')


def test_a_block_without_room_is_refused_and_no_file_is_touched(tmp_path: Path) -> None:
    full = ("10.255.0.0/30", "10.255.1.1/32", "10.255.2.1/32")
    world = build(
        tmp_path,
        Patch("prefixes.yaml", ["  - {prefix: 10.255.0.0/16,"], ["  - {prefix: 10.255.0.0/30,"]),
        Patch("more.yaml", [], ["prefixes:", *(f"  - {{prefix: {block}, use: loopbacks}}" for block in full[1:])]),
        Patch("devices.yaml", ['10.255.1.11/32, "fd00:ff::1b/128"'], [""]),
    )
    before = (world / "devices.yaml").read_bytes()
    with pytest.raises(BadInventory, match="no free IPv4 address is left in the prefixes for loopbacks"):
        allocate(world)
    assert (world / "devices.yaml").read_bytes() == before


def test_other_faults_come_first_and_no_file_is_touched(tmp_path: Path) -> None:
    world = build(
        tmp_path,
        Patch("devices.yaml", ['addresses: [10.254.0.4/31, "fd00:fe::4/127"]'], ["addresses: []"]),
        Patch("sites.yaml", ["latitude: -9.25"], ["latitude: 9.25"]),
    )
    before = (world / "devices.yaml").read_bytes()
    with pytest.raises(BadInventory) as raised:
        allocate(world)
    assert [problem.line for problem in raised.value.problems] == [5]
    assert (world / "devices.yaml").read_bytes() == before


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.reuse, Phase.generate]
)
@given(st.data())
def test_whatever_stood_still_stands_and_what_is_new_overlaps_nothing(data: st.DataObject) -> None:
    """Any addresses of loopbacks and backbone links of the demo are struck out; the allocation makes a right world."""
    with TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        shutil.copytree(DEMO, world, ignore=shutil.ignore_patterns("known_hosts"))
        struck = {path: _struck(path.read_text(encoding="utf-8"), data) for path in sorted(world.rglob("devices.yaml"))}
        for path, text in struck.items():
            path.write_text(text, encoding="utf-8")
        stood = _addresses_read(world)
        try:
            allocate(world)
        except BadInventory as error:
            # Only what refers to a struck address by itself may refuse: a BGP session with a loopback of a core.
            assert all("BGP neighbour" in problem.what for problem in error.problems)
            assert {path: path.read_text(encoding="utf-8") for path in struck} == struck
            return
        inventory = load(world)
        now = _addresses(inventory)
        assert all(stood[port] <= now[port] for port in stood)
        assert len([address for addresses in now.values() for address in addresses]) == _count(load(DEMO))
        texts = {path: path.read_text(encoding="utf-8") for path in struck}
        assert allocate(world) == ()
        assert {path: path.read_text(encoding="utf-8") for path in struck} == texts


def _struck(text: str, data: st.DataObject) -> str:
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if FILLABLE.search(line) and "198.51.100" not in line:
            how = data.draw(st.sampled_from(("keep", "all", "v4", "v6", "empty")), label=line.strip())
            lines[number] = _without(line, how)
    return "".join(lines)


def _without(line: str, how: str) -> str:
    found = re.search(r", addresses: \[(?P<v4>[^,\]]+), (?P<v6>[^\]]+)\]", line)
    assert found is not None
    left = {
        "keep": found.group(0),
        "all": "",
        "v4": f", addresses: [{found['v6']}]",
        "v6": f", addresses: [{found['v4']}]",
        "empty": ", addresses: []",
    }
    return line.replace(found.group(0), left[how])


def _addresses(inventory: Inventory) -> dict[tuple[str, str], set[str]]:
    return {
        (device.name, interface.name): set(map(str, interface.addresses))
        for device in inventory.devices
        for interface in device.interfaces
    }


def _addresses_read(world: Path) -> dict[tuple[str, str], set[str]]:
    return {
        (device.name, interface.name): set(map(str, interface.addresses))
        for device in read_folder(world).draft.devices
        for interface in device.interfaces
    }


def _count(inventory: Inventory) -> int:
    return sum(len(interface.addresses) for device in inventory.devices for interface in device.interfaces)


def test_the_minimal_world_lacks_nothing() -> None:
    assert preview(MINIMAL) == ()
