"""A world's windows and freezes as the calendar of its targets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from change.calendar import calendar_of
from change.window import Calendar, Dated, Open, Shut, Weekly, ask
from inventory.load import load
from inventory.select import select
from tests.change.fake_target import FakeBox, FakeClock, FakeTarget

WORLDS = Path(__file__).parents[2] / "inventory"
INVENTORY = load(WORLDS / "tanzania")
PLACES = {"core-1.dar-dc": ("network", "dar-dc"), "web-1": ("deploys", "dar-dc"), "rtr": ("network", "mbeya")}
TARGETS = {
    name: FakeTarget(FakeBox(name, FakeClock()), plane=plane, site=site) for name, (plane, site) in PLACES.items()
}


def named(selector: str) -> Iterable[str]:
    return {device.name for device in select(INVENTORY, selector)}


def state(target: str, at: str) -> Open | Shut:
    """At a time of Dar es Salaam, which is three hours ahead of UTC all year."""
    return ask(calendar_of(INVENTORY, TARGETS, named), [target], datetime.fromisoformat(f"{at}:00+03:00"))


@pytest.mark.parametrize(
    ("at", "windows"),
    [
        ("2026-11-24T21:59", ()),  # a Tuesday
        ("2026-11-24T22:00", ("weeknights",)),
        ("2026-11-25T03:59", ("weeknights",)),
        ("2026-11-25T04:00", ()),
        ("2026-11-27T03:59", ("weeknights",)),  # the night of a Thursday
        ("2026-11-27T22:30", ()),
        ("2026-11-29T05:59", ("saturday-night",)),
        ("2026-11-29T09:00", ()),
    ],
)
def test_the_nights_of_the_country(at: str, windows: tuple[str, ...]) -> None:
    found = state("rtr", at)
    assert (found.windows if isinstance(found, Open) else ()) == windows


def test_the_data_centres_servers_have_a_window_of_their_own() -> None:
    assert isinstance(state("web-1", "2026-11-29T09:00"), Open)
    assert isinstance(state("core-1.dar-dc", "2026-11-29T09:00"), Shut), "of another plane"


@pytest.mark.parametrize(
    ("at", "freeze", "opens"),
    [
        ("2027-06-15T23:00", "budget-2027", "2027-07-06T19:00"),
        ("2030-10-29T23:00", "general-election-2030", "2030-11-14T21:00"),
    ],
)
def test_freezes_of_years_to_come(at: str, freeze: str, opens: str) -> None:
    found = state("rtr", at)
    assert isinstance(found, Shut)
    assert freeze in found.why
    assert found.opens == datetime.fromisoformat(f"{opens}:00").replace(tzinfo=UTC)


SELECTED = {"a and b": ("core-1.dar-dc", "web-1", "unknown")}


@pytest.mark.parametrize(
    ("whom", "targets"),
    [
        ({}, None),
        ({"sites": ("dar-dc",)}, {"core-1.dar-dc", "web-1"}),
        ({"sites": ("mbeya", "mwanza")}, {"rtr"}),
        ({"planes": ("network",)}, {"core-1.dar-dc", "rtr"}),
        ({"planes": ("deploys",), "sites": ("mbeya",)}, set()),
        ({"selector": "a and b"}, {"core-1.dar-dc", "web-1"}),
        ({"selector": "a and b", "planes": ("deploys",)}, {"web-1"}),
        ({"selector": "a and b", "sites": ("mbeya",)}, set()),
        ({"selector": "a and b", "sites": ("dar-dc",), "planes": ("network",)}, {"core-1.dar-dc"}),
    ],
)
def test_a_selector_a_site_and_a_plane_must_all_hold(whom: dict[str, object], targets: set[str] | None) -> None:
    """Of a window and of a freeze alike."""
    (window, *_), (freeze, *_) = INVENTORY.windows, INVENTORY.freezes
    world = INVENTORY.model_copy(
        update={"windows": (window.model_copy(update=whom),), "freezes": (freeze.model_copy(update=whom),)}
    )
    calendar = calendar_of(world, TARGETS, SELECTED.__getitem__)
    assert [one.targets for one in (*calendar.windows, *calendar.freezes)] == [targets] * 2


@pytest.mark.parametrize(
    ("days", "start", "end", "when"),
    [
        (("mon", "sun"), "22:00", "04:00", Weekly(days=frozenset({0, 6}), start_min=1320, end_min=1680)),
        (("tue",), "00:00", "24:00", Weekly(days=frozenset({1}), start_min=0, end_min=1440)),
        (("wed",), "06:30", "06:30", Weekly(days=frozenset({2}), start_min=390, end_min=1830)),
        (("thu",), "06:30", "06:31", Weekly(days=frozenset({3}), start_min=390, end_min=391)),
        (
            (),
            "2026-12-20T22:00",
            "2026-12-21T04:00",
            Dated(start=datetime(2026, 12, 20, 22), end=datetime(2026, 12, 21, 4)),
        ),
    ],
)
def test_a_window_s_times_are_those_of_the_file(
    days: tuple[str, ...], start: str, end: str, when: Weekly | Dated
) -> None:
    (window, *_) = INVENTORY.windows
    one = window.model_copy(update={"days": days, "start": start, "end": end})
    world = INVENTORY.model_copy(update={"windows": (one,)})
    (found,) = calendar_of(world, TARGETS, named).windows
    assert (found.name, found.title, found.when) == (window.name, window.title.en, when)


@pytest.mark.parametrize("edge", ["start", "end"])
@pytest.mark.parametrize(
    ("days", "kind"), [(("mon",), "is no time of day"), ((), "is no local time")], ids=["weekly", "dated"]
)
def test_what_an_unchecked_inventory_says_wrongly_opens_nothing(days: tuple[str, ...], kind: str, edge: str) -> None:
    (window, *_) = INVENTORY.windows
    good = "20:00" if days else "2026-12-20T20:00"
    times = {"start": good, "end": good} | {edge: "noon"}
    world = INVENTORY.model_copy(update={"windows": (window.model_copy(update={"days": days, **times}),)})
    with pytest.raises(ValueError) as caught:
        calendar_of(world, TARGETS, named)
    assert str(caught.value) == f"{window.name}: {times['start']} to {times['end']} {kind}"


def test_a_zone_of_its_own_is_its_own_and_people_are_told_the_worlds() -> None:
    (first, *_) = INVENTORY.windows
    world = INVENTORY.model_copy(
        update={"windows": (first.model_copy(update={"zone": "Europe/London"}), first), "freezes": ()}
    )
    calendar: Calendar = calendar_of(world, TARGETS, named)
    assert [one.zone for one in calendar.windows] == ["Europe/London", "Africa/Dar_es_Salaam"]
    assert {one.zone for one in calendar_of(INVENTORY, TARGETS, named).freezes} == {"Africa/Dar_es_Salaam"}
    assert calendar.zone == "Africa/Dar_es_Salaam"


def test_the_demonstration_is_open_at_any_time() -> None:
    demo = load(WORLDS / "demo")
    calendar = calendar_of(demo, TARGETS, named)
    assert ask(calendar, TARGETS, datetime(2026, 11, 24, tzinfo=UTC), 10**6) == Open(("always",), None)
