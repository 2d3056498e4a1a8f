"""In which order and company steps are taken: a canary first, the farthest before the near, `after` and `apart` kept.

Pure. A unit is what must be tried jointly: one step, or all steps of one `together` group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from change.model import Plan, RevertStrength, Step

WAVE_SIZE = 6
"""Steps a wave by default: large enough for few waves, small enough that a failed one undoes little."""


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
    def distance(self) -> int:
        return max(step.distance for step in self.steps)

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


Fits = Callable[[Sequence[Step]], bool]
"""Whether steps may change at once; what does not fit even alone stands alone, for others to refuse."""


def anything_fits(_: Sequence[Step]) -> bool:
    """Of a caller who knows no terrain."""
    return True


def into_waves(
    steps: Sequence[Step], size: int = WAVE_SIZE, fits: Fits = anything_fits
) -> tuple[tuple[Step, ...], ...]:
    """The steps, unchanged, wave by wave in the order that they are tried. Raises Unorderable."""
    remaining = sorted(units_of(steps), key=lambda unit: try_order(min(unit.steps, key=try_order)))
    done: set[str] = set()
    waves: list[tuple[Step, ...]] = []
    while remaining:
        wave = next_wave(remaining, done, canary=None if waves or len(remaining) == 1 else 1, size=size, fits=fits)
        taken = frozenset(id_ for unit in wave for id_ in unit.ids)
        remaining = [unit for unit in remaining if not unit.ids & taken]
        done |= taken
        waves.append(tuple(sorted((step for unit in wave for step in unit.steps), key=try_order)))
    return tuple(waves)


def next_wave(remaining: Sequence[Unit], done: set[str], canary: int | None, size: int, fits: Fits) -> list[Unit]:
    """What can go now. A canary wave takes that many units of each plane; a step weaker than timed stands alone."""
    ready = [unit for unit in remaining if unit.after <= done]
    if not ready:
        names = ", ".join(sorted(step.target for unit in remaining for step in unit.steps))
        raise Unorderable(f"these steps wait for one another in a circle: {names}")
    timed = [unit for unit in ready if unit.timed]
    if not timed:
        return ready[:1]
    wave: list[Unit] = []
    planes: Counter[str] = Counter()
    for unit in timed:
        if wave and not joins(unit, wave, size):
            continue
        if canary is not None and any(planes[plane] >= canary for plane in unit.planes):
            continue
        if wave and not fits([step for other in (*wave, unit) for step in other.steps]):
            continue
        wave.append(unit)
        planes.update(unit.planes)
    return wave


def joins(unit: Unit, wave: Sequence[Unit], size: int) -> bool:
    """Whether a unit may stand in one wave with those: room for it, and none of them apart from it."""
    room = sum(len(other.steps) for other in wave) + len(unit.steps) <= size
    return room and not any(unit.ids & other.apart or other.ids & unit.apart for other in wave)


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
