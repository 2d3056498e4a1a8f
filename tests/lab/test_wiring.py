"""The demonstration as nodes and wires."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.load import load
from inventory.model import Inventory
from lab import record, wiring
from lab.names import Lab
from lab.problem import LabProblem
from lab.wiring import NodeKind, NotInLab
from tests.lab.cut import DEMO, cut


@pytest.fixture(scope="module")
def demo() -> Inventory:
    return load(DEMO)


@pytest.fixture(scope="module")
def plan(demo: Inventory) -> wiring.Plan:
    return wiring.plan(demo)


def test_every_box_and_the_upstream_is_a_machine_and_the_rest_are_namespaces(
    demo: Inventory, plan: wiring.Plan
) -> None:
    machines = {node.name for node in plan.nodes if node.kind is NodeKind.MACHINE}
    slots = {node.name for node in plan.nodes if node.kind is NodeKind.SLOT}
    assert slots == {"web-1", "mirror-1"}
    assert machines == {device.name for device in demo.devices} - slots - {"jump-1"}
    namespaces = {node.name for node in plan.nodes if node.kind is NodeKind.NAMESPACE}
    assert namespaces == {"jump-1", *(one.name for one in demo.institutions)}


def test_every_link_and_every_institution_has_its_wire(demo: Inventory, plan: wiring.Plan) -> None:
    assert {wire.name for wire in plan.wires} == {*demo.link, *demo.institution}
    assert len(plan.wires) == len(demo.links) + len(demo.institutions)
    for wire in plan.wires:
        for end in wire.ends:
            assert end.port in plan.node(end.node).ports, end


def test_no_port_holds_two_wires(plan: wiring.Plan) -> None:
    ends = [str(end) for wire in plan.wires for end in wire.ends]
    assert len(ends) == len(set(ends))


def test_open_vswitch_runs_where_there_are_vlans(plan: wiring.Plan) -> None:
    without = {node.name for node in plan.nodes if node.kind is NodeKind.MACHINE and not node.switched}
    assert without == {"rr-mbeya", "rr-arusha", "isp-1"}


def test_the_jump_host_has_its_address_and_its_default_route(plan: wiring.Plan) -> None:
    jump = plan.node("jump-1")
    assert (jump.addresses, jump.gateways, jump.ports) == (("10.10.0.10/24",), ("10.10.0.1",), ("eth0",))


def test_an_institution_answers_behind_its_port_with_its_router_as_gateway(plan: wiring.Plan) -> None:
    ncaa = plan.node("ncaa")
    assert ncaa.addresses == ("10.20.23.10/24", "fd47:4f56:5401:2023::a/64")
    assert ncaa.gateways == ("10.20.23.1", "fd47:4f56:5401:2023::1")
    assert ncaa.behind == ("10.20.24.1/24",)
    assert set(map(str, plan.wire("ncaa").ends)) == {"sw-ngorongoro:eth2", "ncaa:eth0"}
    assert plan.node("mof").gateways == ("10.20.1.1", "fd47:4f56:5401:2001::1")


def test_a_wire_is_known_by_its_name_and_by_its_ends(plan: wiring.Plan) -> None:
    assert plan.wire("dr-rungwe:eth1") == plan.wire("rr-mbeya:eth3") == plan.wire("rr-mbeya--dr-rungwe")
    with pytest.raises(NotInLab, match="dr-mars"):
        plan.wire("dr-mars:eth1")
    with pytest.raises(NotInLab, match="core-1"):
        plan.node("dr-mars")


def test_one_name_for_a_device_and_an_institution_is_refused(demo: Inventory) -> None:
    small = cut(demo)
    twice = small.model_copy(
        update={"institutions": tuple(one.model_copy(update={"name": "core-1"}) for one in small.institutions[:1])}
    )
    with pytest.raises(LabProblem, match="both called core-1: rename one"):
        wiring.plan(twice)


def test_the_record_is_read_back_as_it_was_written(plan: wiring.Plan, tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    written = record.LabRecord(world="demo", image=Path("/somewhere"), plan=plan)
    record.write(lab, written)
    assert record.read(lab) == written
    assert [path.name for path in lab.record.parent.iterdir()] == ["record.json"]
    lab.record.write_text("{}")
    with pytest.raises(LabProblem, match="not a lab's record"):
        record.read(lab)


def test_two_folders_are_two_labs_and_no_name_begins_another(tmp_path: Path) -> None:
    names = [Lab(tmp_path / name).name for name in ("a", "b", "A", "Ab", "state", ".state")]
    assert len(set(names)) == len(names)
    assert not [one for one in names for other in names if one != other and other.startswith(one)]
    assert Lab(tmp_path / "x" / ".." / "a").name == Lab(tmp_path / "a").name
