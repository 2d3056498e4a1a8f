"""In which order and company steps are taken: a canary first, then ring by ring, each ring region by region.

A wave holds steps of one ring and few regions, the farthest of those that are left before the near; the canary's are of
one ring. `after` and `apart` are kept, and come before rings: where nothing of a ring can go, the next ring does. Pure.
A unit is what must be tried jointly: one step, or all steps of one `together` group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from change.model import Plan, Record, RevertStrength, Step


class Order(Record):
    """How large waves are."""

    canary: int = Field(default=1, ge=0)
    """Steps (or groups) of each plane that go first, before all others; 0 where nothing is to go first."""
    wave: int = Field(default=6, ge=1)
    """Steps a wave: large enough for few waves, small enough that a failed one undoes little. A group is not split."""
    regions: int = Field(default=1, ge=1)
    """Regions that a wave may change in: what goes wrong everywhere at once is then seen in so many alone."""


class Unorderable(Exception):
    """No order of these steps keeps all of their relations. The text is one sentence that names the steps."""


@dataclass(frozen=True)
class Unit:
    steps: tuple[Step, ...]
    after: frozenset[str]
    apart: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(step.id for step in self.steps)

    @property
    def ring(self) -> int:
        """A group goes with the last of its own."""
        return max(step.standing.ring for step in self.steps)

    @property
    def regions(self) -> frozenset[str]:
        return frozenset(step.standing.region for step in self.steps)

    @property
    def timed(self) -> bool:
        return all(step.strength is RevertStrength.TIMED for step in self.steps)

    @property
    def planes(self) -> frozenset[str]:
        return frozenset(step.plane for step in self.steps)


def try_order(step: Step) -> tuple[int, str, str]:
    """Sorts the steps of a wave: farthest first, then by name."""
    return (-step.distance, step.target, step.id)


def rings(steps: Iterable[Step]) -> tuple[tuple[Step, ...], ...]:
    """The steps by distance, farthest first: one ring is tried side by side, and only then the next nearer one."""
    found: dict[int, list[Step]] = {}
    for step in sorted(steps, key=try_order):
        found.setdefault(step.distance, []).append(step)
    return tuple(tuple(ring) for ring in found.values())


DEFAULT_ORDER = Order()
Fits = Callable[[Sequence[Step]], bool]
"""Whether steps may change at once; what does not fit even alone stands alone, for others to refuse."""


def anything_fits(_: Sequence[Step]) -> bool:
    """Of a caller who knows no terrain."""
    return True


def into_waves(
    steps: Sequence[Step], order: Order = DEFAULT_ORDER, fits: Fits = anything_fits
) -> tuple[tuple[Step, ...], ...]:
    """The steps, unchanged, wave by wave in the order that they are tried. Raises Unorderable."""
    remaining = sorted(units_of(steps), key=lambda unit: try_order(min(unit.steps, key=try_order)))
    done: set[str] = set()
    waves: list[tuple[Step, ...]] = []
    while remaining:
        ready = ready_units(remaining, done)
        if order.canary and not waves and len(remaining) > 1:
            wave = canary_wave(ready, order, fits)
        else:
            wave = next_wave(ready, order, fits)
        taken = frozenset(id_ for unit in wave for id_ in unit.ids)
        remaining = [unit for unit in remaining if not unit.ids & taken]
        done |= taken
        waves.append(tuple(sorted((step for unit in wave for step in unit.steps), key=try_order)))
    return tuple(waves)


def ready_units(remaining: Sequence[Unit], done: set[str]) -> list[Unit]:
    """Of those that can go now the ones of the lowest ring; where none of them undoes itself, one alone."""
    ready = [unit for unit in remaining if unit.after <= done]
    if not ready:
        names = ", ".join(sorted(step.target for unit in remaining for step in unit.steps))
        raise Unorderable(f"these steps wait for one another in a circle: {names}")
    candidates = [unit for unit in ready if unit.timed] or ready
    lowest = min(unit.ring for unit in candidates)
    chosen = [unit for unit in candidates if unit.ring == lowest]
    return chosen if chosen[0].timed else chosen[:1]


def canary_wave(ready: Sequence[Unit], order: Order, fits: Fits) -> list[Unit]:
    """So many of each plane, whatever their region."""
    wave: list[Unit] = []
    planes: Counter[str] = Counter()
    for unit in ready:
        if all(planes[plane] < order.canary for plane in unit.planes) and joins(unit, wave, order.wave, fits):
            wave.append(unit)
            planes.update(unit.planes)
    return wave


def next_wave(ready: Sequence[Unit], order: Order, fits: Fits) -> list[Unit]:
    """Of the region of the first one as many as there is room for, then of others while the wave may have more."""
    first, *others = ready
    wave, regions = [first], first.regions
    most = max(order.regions, len(regions))
    for unit in sorted(others, key=lambda unit: not unit.regions <= first.regions):
        if len(regions | unit.regions) <= most and joins(unit, wave, order.wave, fits):
            wave.append(unit)
            regions |= unit.regions
    return wave


def joins(unit: Unit, wave: Sequence[Unit], size: int, fits: Fits) -> bool:
    """Whether a unit may stand in one wave with those: room for it, none of them apart from it, and all of them fit."""
    if not wave:
        return True
    room = sum(len(other.steps) for other in wave) + len(unit.steps) <= size
    apart = any(unit.ids & other.apart or other.ids & unit.apart for other in wave)
    return room and not apart and fits([step for other in (*wave, unit) for step in other.steps])


def units_of(steps: Sequence[Step]) -> list[Unit]:
    """The steps as units. Raises Unorderable where a relation names no step, or a group contradicts itself."""
    known = {step.id: step for step in steps}
    groups: dict[str, list[Step]] = {}
    for step in steps:
        for other in (*step.after, *step.apart):
            if other not in known:
                raise Unorderable(f"the step of {step.target} relates to {other}, which is no step of this plan")
        groups.setdefault(f"group {step.together}" if step.together else f"step {step.id}", []).append(step)
    return [unit_of(group, known) for group in groups.values()]


def unit_of(group: Sequence[Step], known: Mapping[str, Step]) -> Unit:
    unit = Unit(
        tuple(group),
        frozenset(other for step in group for other in step.after),
        frozenset(other for step in group for other in step.apart),
    )
    names = ", ".join(step.target for step in group)
    if unit.ids & unit.apart:
        raise Unorderable(f"{names}: to be tried together, and never in one wave: both cannot be")
    if unit.ids & unit.after:
        raise Unorderable(f"{names}: to be tried together, and one after the other: both cannot be")
    if len(group) > 1 and not unit.timed:
        raise Unorderable(f"{names}: to be tried together, and one of them cannot undo itself, so it must stand alone")
    return unit


def earlier(steps: Sequence[Step]) -> dict[str, frozenset[str]]:
    """By id of steps that stand in the order of their waves: all that must be confirmed before it, near and far."""
    found: dict[str, frozenset[str]] = {}
    for step in steps:
        company = [other for other in steps if other.together == step.together] if step.together else [step]
        near = frozenset(other for one in company for other in one.after)
        found[step.id] = near.union(*(found[other] for other in near))
    return found


def order_problems(plan: Plan) -> tuple[str, ...]:
    """Why a plan's waves do not keep the relations of its steps; empty where they do."""
    wave = {step.id: step.wave for step in plan.steps}
    problems: list[str] = []
    if len(wave) < len(plan.steps):
        problems.append("two steps of the plan have one id")
    if len({step.target for step in plan.steps}) < len(plan.steps):
        problems.append("two steps of the plan have one target")
    if [step.wave for step in plan.steps] != sorted(step.wave for step in plan.steps):
        problems.append("the plan's steps do not stand in the order of its waves")
    for step in plan.steps:
        company = [other for other in plan.steps if other.wave == step.wave]
        if any(wave.get(other, step.wave) >= step.wave for other in step.after):
            problems.append(f"{step.target} stands before a step that must be confirmed first")
        if any(other.id in step.apart for other in company):
            problems.append(f"{step.target} shares a wave with a step that it must stay apart from")
        if step.together and any(other.together == step.together and other.wave != step.wave for other in plan.steps):
            problems.append(f"{step.target} is in another wave than the group {step.together} that it belongs to")
        if step.strength is not RevertStrength.TIMED and len(company) > 1:
            problems.append(f"{step.target} does not undo itself and does not stand alone in its wave")
    return tuple(problems)
