"""SELECTOR, through `select`, on the demonstration world."""

from __future__ import annotations

import pytest

from inventory.load import load
from inventory.select import BadSelector, select
from tests.inventory.worlds import DEMO

WORLD = load(DEMO)
MBEYA = ("rr-mbeya", "dr-rungwe", "sw-rungwe", "dr-kyela", "sw-kyela", "dr-chunya", "sw-chunya")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", tuple(device.name for device in WORLD.devices)),
        ("core-1", ("core-1",)),
        (" core-1 ", ("core-1",)),
        ("rungwe", ("dr-rungwe", "sw-rungwe")),
        ("mbeya", MBEYA),
        ("region=mbeya", MBEYA),
        ("site=mbeya", ("rr-mbeya",)),
        ("region=mbeya,role=access-switch", ("sw-rungwe", "sw-kyela", "sw-chunya")),
        ("role=core, platform=frr", ("core-1", "core-2")),
        ("institution=mof", ("core-1", "core-2", "sw-dodoma")),
        ("ncaa", ("dr-ngorongoro", "sw-ngorongoro")),
        ("device=isp-1", ("isp-1",)),
        ("platform=none", ("jump-1", "isp-1")),
    ],
)
def test_selects(text: str, names: tuple[str, ...]) -> None:
    assert tuple(device.name for device in select(WORLD, text)) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rol=core", "`rol` is no key of a selector; did you mean `role`?"),
        ("role=cor", "no role is `cor`; did you mean `core`?"),
        ("region=rungwe", "no region is `rungwe`; known: arusha, mbeya"),
        ("mbea", "no device, site or institution is named `mbea`; did you mean `mbeya`?"),
        ("role=core,site=mbeya", "no device is all of `role=core,site=mbeya`; leave one part out"),
        ("role=core,role=core", "`role` stands twice in `role=core,role=core`; every part must hold, so name it once"),
        ("role=core,", "`` is not a part of a selector; write key=value"),
        ("role=", "`role=` is not a part of a selector; write key=value"),
    ],
)
def test_says_what_would_be_right(text: str, message: str) -> None:
    with pytest.raises(BadSelector) as raised:
        select(WORLD, text)
    assert str(raised.value) == message


def test_a_name_of_two_things_must_say_which() -> None:
    twice = WORLD.institutions[0].model_copy(update={"name": "mbeya"})
    world = load(DEMO).model_copy(update={"institutions": (*WORLD.institutions, twice)})
    with pytest.raises(
        BadSelector, match="`mbeya` is a site and an institution; write site=mbeya or institution=mbeya"
    ):
        select(world, "mbeya")
