"""The windows and freezes of an inventory as the calendar that waves are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, get_args

from change.window import Calendar, Dated, Period, Weekly
from inventory import model
from inventory.hours import DAY_MIN, local_moment, minutes


class Placed(Protocol):
    """What a window may be for: a target, or a step of a plan that is on it."""

    @property
    def plane(self) -> str: ...

    @property
    def site(self) -> str: ...


DAYS: dict[model.Weekday, int] = {day: number for number, day in enumerate(get_args(model.Weekday))}


def calendar_of(
    inventory: model.Inventory, targets: Mapping[str, Placed], named: Callable[[str], Iterable[str]]
) -> Calendar:
    """Of a checked inventory. `named`: the names of the targets that a selector means."""

    def period(one: model.Window | model.Freeze, when: Weekly | Dated) -> Period:
        zone = one.zone or inventory.world.timezone
        return Period(name=one.name, title=one.title.en, when=when, zone=zone, targets=whom(one, targets, named))

    return Calendar(
        windows=tuple(period(window, weekly(window) if window.days else dated(window)) for window in inventory.windows),
        freezes=tuple(period(freeze, dated(freeze)) for freeze in inventory.freezes),
        zone=inventory.world.timezone,
    )


def whom(
    period: model.Period, targets: Mapping[str, Placed], named: Callable[[str], Iterable[str]]
) -> frozenset[str] | None:
    """The targets that all of its selector, sites and planes name; None where it has none of these."""
    if period.selector is None and not period.sites and not period.planes:
        return None
    chosen = set(targets if period.selector is None else named(period.selector))
    return frozenset(
        name
        for name, target in targets.items()
        if name in chosen
        and (not period.sites or target.site in period.sites)
        and (not period.planes or target.plane in period.planes)
    )


def weekly(window: model.Window) -> Weekly:
    """An end that is not after the start is on the next day."""
    start, end = minutes(window.start), minutes(window.end)
    if start is None or end is None:
        raise ValueError(f"{window.name}: {window.start} to {window.end} is no time of day")
    return Weekly(
        days=frozenset(DAYS[day] for day in window.days),
        start_min=start,
        end_min=end if end > start else end + DAY_MIN,
    )


def dated(period: model.Period) -> Dated:
    start, end = local_moment(period.start), local_moment(period.end)
    if start is None or end is None:
        raise ValueError(f"{period.name}: {period.start} to {period.end} is no local time")
    return Dated(start=start, end=end)
