"""The terrain that changes are judged on is the intended topology: what it says is cut off is what failing it shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from change.terrain import ALL_UP, Cut, Down
from inventory.model import Inventory
from network.terrain import terrain
from network.topology import blast
from tests.network_topology.test_topology import DEMO, worlds

LAND = terrain(DEMO)


@given(worlds(), st.data())
def test_who_is_cut_off_is_what_failing_the_same_shows(inventory: Inventory, data: st.DataObject) -> None:
    nodes = data.draw(st.sets(st.sampled_from([device.name for device in inventory.devices])))
    links = data.draw(st.sets(st.sampled_from([link.name for link in inventory.links]))) if inventory.links else set()
    land = terrain(inventory)
    down = Down(frozenset(nodes), frozenset(links))
    lost = blast(inventory, nodes | links)
    ours = set(lost.devices) & set(land.ways)
    served = set(land.reached(ALL_UP, land.centres))
    assert served - set(land.reached(down, land.centres)) == ours
    assert land.cut(down).institutions == set(lost.institutions)


@given(worlds(), st.data())
def test_what_is_away_beside_never_brings_anyone_back(inventory: Inventory, data: st.DataObject) -> None:
    names = st.sets(st.sampled_from([device.name for device in inventory.devices]))
    land, few, more = terrain(inventory), data.draw(names), data.draw(names)
    less, all_of_them = land.cut(Down(frozenset(few))), land.cut(Down(frozenset(few | more)))
    assert less.beyond(all_of_them) == Cut()


def test_a_site_is_cut_off_when_none_of_its_boxes_is_reached() -> None:
    assert LAND.cut(Down(frozenset({"sw-rungwe"}))) == Cut(institutions=frozenset({"rungwe-dc"}))
    assert LAND.cut(Down(frozenset({"dr-rungwe"}))).sites == {"rungwe"}
    assert LAND.cut(Down(links=frozenset({"rr-mbeya--dr-rungwe"}))) == Cut()
    assert LAND.cut(Down(frozenset({"dr-kyela"}), frozenset({"rr-mbeya--dr-rungwe"}))).sites == {"kyela", "rungwe"}
    assert LAND.cut(Down(frozenset({"core-1"}))) == Cut()
    assert LAND.cut(Down(frozenset({"core-1", "core-2"}))).sites == {*LAND.site_of.values()}


def test_an_upstream_is_no_path_of_ours() -> None:
    assert "isp-1" not in LAND.ways


def test_our_own_way_to_the_data_centres() -> None:
    assert LAND.severed(Down(frozenset({"sw-dodoma"})))
    assert LAND.severed(Down(frozenset({"core-1", "core-2"})))
    assert not LAND.severed(Down(frozenset({"core-1", "rr-mbeya"})))
    assert not LAND.severed(ALL_UP)
