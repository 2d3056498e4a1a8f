"""Who would be cut off while a wave changes: all of its targets count as away at once, beside what is down now.

What one unit cuts off alone, in a network that is whole, is inherent in changing it: a district's only router, or a
region's. It is named and raises the risk. What else a wave cuts off is refused: sites that have another way as long as
not all of it changes at once, or because something is down; and more institutions at once than the world allows.
A unit is what must be tried jointly: a group whose members all undo themselves, or a single step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from change.guards.finding import Finding
from change.guards.surroundings import Surroundings
from change.model import Level, Reason, RevertStrength, Step
from change.terrain import ALL_UP, NOTHING, Cut

Unit = tuple[Step, ...]


def isolation(wave: Sequence[Step], around: Surroundings) -> Iterable[Finding]:
    """Of each target of the wave whom it cuts off by itself, and what forbids the wave."""
    for unit in units(wave):
        yield from inherent(unit, around)
    for reason in forbidden(wave, around):
        yield from (Finding(target=step.target, verdict="refuse", reason=reason) for step in wave)


def fits(wave: Sequence[Step], around: Surroundings) -> bool:
    """Whether these steps may change at once."""
    return next(iter(forbidden(wave, around)), None) is None


def forbidden(wave: Sequence[Step], around: Surroundings) -> Iterable[Reason]:
    """Why these steps may not change at once."""
    changing, now, terrain = targets(wave), around.now or ALL_UP, around.terrain
    alone = tuple(terrain.cut(targets(unit)) for unit in units(wave))
    planned = terrain.cut(changing).beyond(*alone)
    if away := planned.sites | planned.pathless:
        names = listed(away)
        says = f"it would change every way to a site at once: {names}"
        yield Reason(guard="all-ways", about=(names,), says=says)
    whole = terrain.cut(changing, now).beyond(terrain.cut(NOTHING, now))
    today = whole.beyond(*alone, planned)
    if away := today.sites | today.pathless:
        names, down = listed(away), listed(now.nodes | now.links)
        says = f"it would cut off {names}, while these are down: {down}"
        yield Reason(guard="while-down", about=(names, down), says=says)
    allowed = around.limits.isolated_institutions
    if len(whole.institutions) > allowed:
        about = (str(len(whole.institutions)), str(allowed), listed(whole.institutions))
        says = f"it would cut off {about[0]} institutions at once, and the inventory allows {allowed}: {about[2]}"
        yield Reason(guard="too-many", about=about, says=says)


def inherent(unit: Unit, around: Surroundings) -> Iterable[Finding]:
    """Whom each step cuts off alone; and whom a group cuts off beyond that, because its steps are tried jointly."""
    each = {step.target: around.terrain.cut(targets((step,))) for step in unit}
    for target, cut in each.items():
        yield from (Finding(target=target, verdict=Level.MEDIUM, reason=reason) for reason in named(cut))
    jointly = around.terrain.cut(targets(unit)).beyond(*each.values())
    for reason in named(jointly):
        yield from (Finding(target=target, verdict=Level.HIGH, reason=reason) for target in each)


def named(cut: Cut) -> Iterable[Reason]:
    if cut.sites:
        sites = listed(cut.sites)
        yield Reason(guard="cuts-sites", about=(sites,), says=f"while it changes, sites may be cut off: {sites}")
    if cut.institutions:
        names = listed(cut.institutions)
        says = f"while it changes, institutions may be cut off: {names}"
        yield Reason(guard="cuts-institutions", about=(names,), says=says)


def units(wave: Sequence[Step]) -> tuple[Unit, ...]:
    """A group is a unit only where all of its members undo themselves."""
    grouped: dict[str, list[Step]] = {}
    for step in wave:
        grouped.setdefault(f"group {step.together}" if step.together else f"step {step.id}", []).append(step)
    return tuple(unit for members in grouped.values() for unit in as_units(members))


def as_units(members: Sequence[Step]) -> Iterable[Unit]:
    if all(step.strength is RevertStrength.TIMED for step in members):
        return (tuple(members),)
    return ((step,) for step in members)


def targets(steps: Iterable[Step]) -> frozenset[str]:
    return frozenset(step.target for step in steps)


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
