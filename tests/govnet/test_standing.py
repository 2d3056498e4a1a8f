"""Where targets stand: their region, and by name who loses service with them."""

from __future__ import annotations

from govnet.standing import standings
from inventory.load import load_before_keys
from network.terrain import terrain
from tests.inventory.worlds import DEMO

WORLD = load_before_keys(DEMO)
FOUND = standings(WORLD, terrain(WORLD), {"rr-mbeya": 2})


def test_who_is_behind_a_router_that_is_the_only_way() -> None:
    assert FOUND["rr-mbeya"].institutions == ("chunya-dc", "kyela-dc", "rungwe-dc")
    assert FOUND["dr-rungwe"].institutions == ("rungwe-dc",)
    assert FOUND["core-1"].institutions == ()


def test_who_is_served_by_a_server_and_by_the_stack_of_its_machine() -> None:
    served = {service.institution for service in WORLD.services if service.server == "web-1"}
    assert set(FOUND["web-1"].institutions) == served
    assert set(FOUND["stack-dodoma-dc"].institutions) >= served


def test_every_target_has_its_region_and_its_ring() -> None:
    assert {device.name for device in WORLD.managed} < FOUND.keys()
    assert FOUND["sw-chunya"].region == FOUND["rr-mbeya"].region == "mbeya"
    assert (FOUND["rr-mbeya"].ring, FOUND["sw-chunya"].ring) == (2, 0)
    assert FOUND["core-1"].region == "dodoma-dc", "a site that lies in no region is its own"
