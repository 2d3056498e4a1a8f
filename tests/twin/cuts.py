"""One round of self-cut-offs: each router of a lane is told, in one wave, to cut our own way in, and left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from difflib import unified_diff
from ipaddress import ip_interface
from itertools import chain, count
from pathlib import Path

from change.model import LatchState, Step
from change.plan import unseal
from inventory.model import Device, Interface, InterfaceAddress, Inventory, Link
from tests.twin.field import Field, Lane, Standing

HOLD_S, TIMER_S = 5, 25
BACK_WITHIN_S = TIMER_S + 30.0
"""From the arming, by the promise."""
ROUTES_S = 30.0
"""How long OSPF may take to have every route again, once both ends speak as before."""
AWAY = 2000
"""Added to both ends of an uplink: planned at one end, it is a network that the other end does not know."""
OTHER_KEY = "ospf-arusha"
BY_ITSELF = "nobody confirmed in time"
ROUNDS = count(1)


def renumbered(inventory: Inventory, link: Link, versions: tuple[int, ...]) -> Inventory:
    """Cut off at once."""

    def moved(address: InterfaceAddress) -> InterfaceAddress:
        there = address.ip + AWAY
        return ip_interface((there, address.network.prefixlen)) if address.version in versions else address

    def port(device: Device, interface: Interface) -> Interface:
        own = any((end.device, end.interface) == (device.name, interface.name) for end in link.ends)
        return interface.model_copy(update={"addresses": tuple(map(moved, interface.addresses))}) if own else interface

    devices = (
        each.model_copy(update={"interfaces": tuple(port(each, one) for one in each.interfaces)})
        for each in inventory.devices
    )
    return inventory.model_copy(update={"devices": tuple(devices)})


def rekeyed(inventory: Inventory, link: Link) -> Inventory:
    """Cut off when the dead timer has run out."""
    links = (one.model_copy(update={"auth_secret": OTHER_KEY}) if one == link else one for one in inventory.links)
    return inventory.model_copy(update={"links": tuple(links)})


CUTS: tuple[Callable[[Inventory, Link], Inventory], ...] = (
    lambda inventory, link: renumbered(inventory, link, (4,)),
    rekeyed,
    lambda inventory, link: renumbered(inventory, link, (4, 6)),
)


@dataclass(frozen=True)
class CutOff:
    """One router's part of a round."""

    router: str
    by_itself: bool
    """Its latch says that it went back because nobody confirmed. False where it was never tried: then it is no cut."""
    back_s: float
    """From the arming to the latch's record of the end."""
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """A lane's part of a round, once its apply has ended."""

    lane: Lane
    steps: tuple[Step, ...]
    before: Mapping[str, Standing]
    armed: Mapping[str, datetime]


def cut_all(field: Field) -> list[CutOff]:
    """One round in every lane at once. Nobody is looked at while another is cut off: their routes come and go too.

    All routes must be there before; they are again afterwards.
    """
    number = next(ROUNDS)
    tried = {one.lane.region: one for one in field.side_by_side(lambda lane: cut_lane(lane, number))}
    field.converge()
    return list(chain.from_iterable(field.side_by_side(lambda lane: looked_at(tried[lane.region]))))


def cut_lane(lane: Lane, number: int) -> Tried:
    before = {router.name: lane.field.stands(router.name) for router in lane.routers}
    lane.want(with_cuts(lane, number))
    path = in_one_wave(lane, lane.plan(lane.selector))
    since = lane.last_entry()
    lane.expect(4, "apply", str(path))
    return Tried(lane, unseal(path.read_bytes()).steps, before, lane.moments("armed", since))


def looked_at(tried: Tried) -> list[CutOff]:
    return [cut_off(tried.lane, step, tried.before[step.target], tried.armed.get(step.target)) for step in tried.steps]


def with_cuts(lane: Lane, number: int) -> Inventory:
    """The inventory with one kind of cut or another for each router, and other ones in each round."""
    inventory = lane.field.inventory
    for place, router in enumerate(lane.routers):
        (uplink,) = inventory.links_of[router.name]
        inventory = CUTS[(place + number) % len(CUTS)](inventory, uplink)
    return inventory


def in_one_wave(lane: Lane, path: Path) -> Path:
    """The same steps side by side, so that one failed canary does not spare the rest; sealed and approved anew."""
    plan = unseal(path.read_bytes())
    update = {"wave": 0, "hold_s": HOLD_S, "timer_s": TIMER_S}
    steps = sorted((step.model_copy(update=update) for step in plan.steps), key=lambda step: step.target)
    lane.reseal(path, plan.model_copy(update={"steps": tuple(steps)}))
    return path


def cut_off(lane: Lane, step: Step, before: Standing, armed: datetime | None) -> CutOff:
    """What became of one router; asked of the box, once the apply has ended."""
    told = lane.field.latch_says(step)
    by_itself = (told.state, told.detail) == (LatchState.REVERTED, BY_ITSELF)
    back_s = (lane.field.latch_wrote(step.target) - armed).total_seconds() if armed else 0.0
    faults = [] if told.state in (LatchState.REVERTED, LatchState.ABSENT) else [f"its latch says {told.state}"]
    if by_itself and not TIMER_S - 1.0 <= back_s <= BACK_WITHIN_S:
        faults.append(f"it was back after {back_s:.1f} s")
    faults += differences(before, await_routes(lane, step.target, before))
    if left := lane.field.left_by_the_latch(step.target):
        faults.append(f"its latch left {left}")
    return CutOff(step.target, by_itself, back_s, tuple(faults))


def await_routes(lane: Lane, router: str, before: Standing) -> Standing:
    """How it stands, as soon as its kernel has the routes of before; at the latest after ROUTES_S."""
    ends = time.monotonic() + ROUTES_S
    while (now := lane.field.stands(router)).routes != before.routes and time.monotonic() < ends:
        time.sleep(0.5)  # routes of another namespace appear without an event for us
    return now


def differences(before: Standing, now: Standing) -> list[str]:
    """To the byte."""
    pairs = zip(fields(before), astuple(before), astuple(now), strict=True)
    return [f"{part.name} is not as before:\n{changed(old, new)}" for part, old, new in pairs if old != new]


def changed(old: str, new: str) -> str:
    return "\n".join(unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))
