"""The terrain that changes are judged on is the intended topology: what it says is cut off is what failing it shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from change.terrain import Cut, Down
from inventory.model import Inventory
from network.terrain import terrain
from network.topology import blast
from tests.network_topology.test_topology import DEMO, worlds

LAND = terrain(DEMO)
EVERYWHERE = {LAND.site_of[name] for name in LAND.ways}


def cut(*nodes: str, now: Down | None = None) -> Cut:
    return LAND.cut(frozenset(nodes), now or Down())


@given(worlds(), st.data())
def test_who_is_cut_off_is_what_failing_the_same_shows(inventory: Inventory, data: st.DataObject) -> None:
    names = st.frozensets(st.sampled_from([device.name for device in inventory.devices]))
    links = [link.name for link in inventory.links]
    changing, away = data.draw(names), data.draw(names)
    down = Down(away, data.draw(st.frozensets(st.sampled_from(links))) if links else frozenset())
    lost = blast(inventory, changing | down.nodes | down.links)
    assert terrain(inventory).cut(changing, down).institutions == set(lost.institutions)


@given(worlds(), st.data())
def test_what_changes_beside_never_brings_anyone_back(inventory: Inventory, data: st.DataObject) -> None:
    names = st.frozensets(st.sampled_from([device.name for device in inventory.devices]))
    land, few, more, away = terrain(inventory), data.draw(names), data.draw(names), Down(data.draw(names))
    less, all_of_them = land.cut(few, away), land.cut(few | more, away)
    assert less.sites <= all_of_them.sites
    assert less.institutions <= all_of_them.institutions
    assert all_of_them.pathless <= all_of_them.sites


def test_a_site_is_cut_off_when_none_of_its_boxes_is_reached() -> None:
    assert cut("sw-rungwe") == Cut(institutions=frozenset({"rungwe-dc"}))
    assert cut("dr-rungwe").sites == {"rungwe"}
    assert cut(now=Down(links=frozenset({"rr-mbeya--dr-rungwe"}))) == Cut()
    assert cut("core-1") == Cut()
    assert cut("core-1", "core-2").sites == EVERYWHERE


def test_the_path_to_a_site_stands_whatever_happens_to_its_own_boxes() -> None:
    assert cut("dr-rungwe", "sw-rungwe").pathless == frozenset()
    assert cut("rr-mbeya").pathless == {"rungwe", "kyela", "chunya"}
    one_way_left = Down(links=frozenset({"rr-mbeya--dr-rungwe"}))
    both = cut("dr-kyela", now=one_way_left)
    assert (both.sites, both.pathless) == ({"kyela", "rungwe"}, {"rungwe"})
    assert cut("core-1", "core-2").pathless == EVERYWHERE - {"dodoma-dc"}
    assert "rungwe" in cut("sw-rungwe", now=Down(frozenset({"dr-rungwe"}))).pathless


def test_an_upstream_is_no_path_of_ours() -> None:
    assert "isp-1" not in LAND.ways


def test_our_own_way_to_the_data_centres() -> None:
    assert LAND.severed(frozenset({"sw-dodoma"}))
    assert LAND.severed(frozenset({"core-1", "core-2"}))
    assert not LAND.severed(frozenset({"core-1", "rr-mbeya"}))
    assert not LAND.severed(frozenset())


def test_who_carries_others() -> None:
    assert LAND.carries("dr-rungwe")
    assert not LAND.carries("sw-rungwe")
    assert not LAND.carries("isp-1")
