"""The inventory's `rollout` as change/ takes it: rings of roles and devices, and who shares a site or a narrow link."""

from __future__ import annotations

from change.model import OnFailure
from change.permits import admitted
from govnet import rollout
from inventory.load import load
from inventory.model import Inventory, Role, Rollout
from inventory.narrow import narrow_ways
from tests.inventory.worlds import DEMO


def demo(over: Rollout, **sessions: int) -> Inventory:
    """The demo with that rollout, and sessions by link name (`_` for `-`)."""
    found = load(DEMO)
    limits = {name.replace("_", "-"): number for name, number in sessions.items()}
    links = tuple(link.model_copy(update={"sessions": limits.get(link.name)}) for link in found.links)
    return found.model_copy(update={"world": found.world.model_copy(update={"rollout": over}), "links": links})


def test_rings_are_of_roles_and_a_device_may_be_in_another() -> None:
    inventory = demo(Rollout(rings=((Role.ACCESS_SWITCH,), (Role.DISTRICT_ROUTER, Role.SERVER))))
    early = tuple(
        device.model_copy(update={"ring": 0}) if device.name == "core-2" else device for device in inventory.devices
    )
    found = rollout.rings(inventory.model_copy(update={"devices": early}))
    names = ("sw-rungwe", "dr-rungwe", "rr-mbeya", "core-1", "core-2", "web-1", "stack-dodoma-dc")
    assert [found[name] for name in names] == [0, 1, 2, 2, 0, 1, 1]
    assert set(rollout.rings(demo(Rollout())).values()) == {0}


def test_the_size_of_waves_and_the_policy() -> None:
    inventory = demo(Rollout(canary=2, wave=20, on_failure="take-back"))
    order = rollout.order(inventory)
    assert (order.canary, order.wave) == (2, 20)
    assert rollout.on_failure(inventory) is OnFailure.TAKE_BACK


def test_a_narrow_link_limits_what_is_behind_it_and_nothing_else() -> None:
    inventory = demo(Rollout(at_once=9), rr_mbeya__dr_chunya=1)
    limits = rollout.limits(inventory)
    assert limits.sizes == {"link rr-mbeya--dr-chunya": 1}
    assert admitted(("dr-chunya", "sw-chunya", "dr-rungwe"), (), limits) == ("dr-chunya", "dr-rungwe")


def test_all_narrow_links_count_where_ways_cost_the_same() -> None:
    """Each region router has a link to either core, at one cost."""
    both = narrow_ways(demo(Rollout(), core_1__rr_mbeya=3, core_2__rr_mbeya=3))
    assert both["dr-rungwe"] == {"core-1--rr-mbeya", "core-2--rr-mbeya"}
    assert both["core-1"] == frozenset()
    assert "isp-1" in both and not [name for name, links in both.items() if "arusha" in name and links]


def test_a_site_bears_so_many() -> None:
    limits = rollout.limits(demo(Rollout(at_once=9, per_site=1)))
    assert admitted(("dr-rungwe", "sw-rungwe", "dr-kyela"), (), limits) == ("dr-rungwe", "dr-kyela")
