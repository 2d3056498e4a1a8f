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
IN_VLAN = re.compile(r", addresses: \[[^]]+\](, gateway: [0-9.]+)?")
REFERRED = re.compile(r"10\.10\.0\.1/|10\.10\.30\.1/|10\.20\.23\.1/")
"""Interfaces that a host's default route or a static route refers to by address: without it, they refuse."""

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
    assert {edit.what: " ".join(edit.gained) for edit in edits} == {
        "lo of rr-block": "10.255.0.3/32 fd00:ff::3/128",
        "eth1 of rr-block": "fd00:fe::8/127",
        "eth2 of rr-block": "10.254.0.10/31 fd00:fe::a/127",
        "eth3 of rr-mbeya": "10.254.0.9/31 fd00:fe::9/127",
        "eth6 of core-1": "10.254.0.11/31 fd00:fe::b/127",
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


NEW_DISTRICT = """\
sites:
  - {name: mbarali, kind: district, region: mbeya, title: {en: Mbarali, sw: Mbarali}, latitude: -8.9, longitude: 34.4}
vlans:
  - {id: 10, name: management, site: mbarali}
  - {id: 110, name: mbarali-dc, site: mbarali, institution: mbarali-dc}
  - {id: 111, name: mbarali-court, site: mbarali, institution: mbarali-court}
institutions:
  - name: mbarali-dc
    title: {en: Mbarali Council, sw: Halmashauri ya Mbarali}
    kind: council
    site: mbarali
    vlan: 110
    port: {device: sw-mbarali, interface: eth2}
  - name: mbarali-court
    title: {en: Mbarali Court, sw: Mahakama ya Mbarali}
    kind: court
    site: mbarali
    vlan: 111
    port: {device: sw-mbarali, interface: eth3}
devices:
  - name: sw-mbarali
    site: mbarali
    role: access-switch
    platform: ifupdown2
    management: v10
    interfaces:
      - {name: eth1, mode: trunk}
      - {name: eth2, mode: access, vlan: 110}
      - {name: eth3, mode: access, vlan: 111}
      - name: v10
        mode: vlan
        vlan: 10  # management
  - name: dr-mbarali
    site: mbarali
    role: district-router
    platform: frr
    management: lo
    interfaces:
      - {name: lo, mode: loopback}
      - {name: eth1, mode: routed}
      - {name: eth2, mode: trunk}
      - {name: v10, mode: vlan, vlan: 10, description: management}
      - {name: v110, mode: vlan, vlan: 110}
      - {name: v111, mode: vlan, vlan: 111}
links:
  - name: rr-mbeya--dr-mbarali
    kind: backbone
    a: {device: rr-mbeya, interface: eth9}
    b: {device: dr-mbarali, interface: eth1}
    area: 0.0.0.1
    auth_secret: ospf-key
  - name: dr-mbarali--sw-mbarali
    kind: trunk
    a: {device: dr-mbarali, interface: eth2}
    b: {device: sw-mbarali, interface: eth1}
"""


def test_a_new_district_is_given_all_its_addresses_prefixes_and_its_switch_a_gateway(tmp_path: Path) -> None:
    world = build(
        tmp_path,
        Patch("mbarali.yaml", [], [NEW_DISTRICT.rstrip("\n")]),
        Patch(
            "devices.yaml",
            ['      - {name: eth2, mode: routed, addresses: [10.254.0.4/31, "fd00:fe::4/127"]}'],
            [
                '      - {name: eth2, mode: routed, addresses: [10.254.0.4/31, "fd00:fe::4/127"]}',
                "      - {name: eth9, mode: routed}",
            ],
        ),
    )
    before = (world / "prefixes.yaml").read_text()
    edits = allocate(world)
    given = {edit.what: " ".join(edit.gained) for edit in edits if edit.what.startswith("v")}
    assert given == {
        "v10 of dr-mbarali": "10.10.11.9/29",
        "v10 of sw-mbarali": "10.10.11.10/29 the gateway 10.10.11.9",
        "v110 of dr-mbarali": "10.20.13.1/24 fd00:20:11:1::1/64",
        "v111 of dr-mbarali": "10.20.14.1/24 fd00:20:11:2::1/64",
    }
    assert [(edit.what, *edit.gained) for edit in edits if " of " not in edit.what] == [
        ("management at mbarali", "10.10.11.8/29"),
        ("mbarali-dc", "10.20.13.0/24"),
        ("mbarali-dc", "fd00:20:11:1::/64"),
        ("mbarali-court", "10.20.14.0/24"),
        ("mbarali-court", "fd00:20:11:2::/64"),
    ]
    assert (world / "prefixes.yaml").read_text() == before.replace(
        "  - {prefix: 10.20.12.0/24, use: institution, institution: rungwe-dc}\n",
        "  - {prefix: 10.20.12.0/24, use: institution, institution: rungwe-dc}\n"
        "  - {prefix: 10.10.11.8/29, use: management, site: mbarali}\n"
        "  - {prefix: 10.20.13.0/24, use: institution, institution: mbarali-dc}\n"
        '  - {prefix: "fd00:20:11:1::/64", use: institution, institution: mbarali-dc}\n'
        "  - {prefix: 10.20.14.0/24, use: institution, institution: mbarali-court}\n"
        '  - {prefix: "fd00:20:11:2::/64", use: institution, institution: mbarali-court}\n',
    )
    lines = (
        "        vlan: 10  # management\n        addresses: [10.10.11.10/29]\n        gateway: 10.10.11.9\n",
        "      - {name: v10, mode: vlan, vlan: 10, addresses: [10.10.11.9/29], description: management}\n",
    )
    assert all(line in (world / "mbarali.yaml").read_text() for line in lines)
    load(world)
    assert allocate(world) == ()


def test_a_declared_prefix_is_used_before_a_new_one_and_the_equipment_s_own_address_is_left_alone(
    tmp_path: Path,
) -> None:
    world = build(
        tmp_path,
        Patch("devices.yaml", [', addresses: [10.20.1.1/24, "fd00:20:1::1/64"]'], [""]),
        Patch("prefixes.yaml", ["  - {prefix: 10.20.1.0/24,"], ["  - {prefix: 10.20.1.8/29,"]),
        Patch("tenants.yaml", ["probe: 10.20.1.10}"], ["probe: 10.20.1.9}"]),
    )
    assert [" ".join(edit.gained) for edit in allocate(world)] == ["10.20.1.10/29 fd00:20:1::1/64"]
    load(world)


def test_no_room_within_what_is_announced_is_refused(tmp_path: Path) -> None:
    world = build(
        tmp_path,
        Patch("mbarali.yaml", [], [NEW_DISTRICT.rstrip("\n")]),
        Patch(
            "devices.yaml",
            ["      - {name: eth2, mode: routed, addresses: [10.254.0.4"],
            ["      - {name: eth9, mode: routed}", "      - {name: eth2, mode: routed, addresses: [10.254.0.4"],
        ),
        Patch("world.yaml", ["10.20.0.0/16"], ["10.20.0.0/20"]),
        Patch("prefixes.yaml", ["{prefix: 10.20.12.0/24"], ["{prefix: 10.20.14.0/24"]),
        Patch("devices.yaml", ["{prefix: 10.20.12.0/24"], ["{prefix: 10.20.14.0/24"]),
    )
    with pytest.raises(BadInventory, match="no free IPv4 address is left in the prefixes for institution"):
        allocate(world)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.reuse, Phase.generate]
)
@given(st.data())
def test_whatever_stood_still_stands_and_what_is_new_overlaps_nothing(data: st.DataObject) -> None:
    """Any addresses and gateways of the demo's boxes are struck out; a right world is made of the rest."""
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
    gateway_gone = False
    for number, line in enumerate(lines):
        if FILLABLE.search(line) and "198.51.100" not in line:
            how = data.draw(st.sampled_from(("keep", "all", "v4", "v6", "empty")), label=line.strip())
            lines[number] = _without(line, how)
        elif "mode: vlan" in line and not REFERRED.search(line):
            forced = "gateway:" in line and gateway_gone
            gone = forced or data.draw(st.booleans(), label=line.strip())
            lines[number] = IN_VLAN.sub("", line) if gone else line
            if "switch management" in line:
                gateway_gone = gone
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
