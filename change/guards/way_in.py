"""Our own way: from where we apply to the data centres, and what we know of the network just now."""

from __future__ import annotations

from collections.abc import Iterable

from change.guards.finding import Finding
from change.guards.surroundings import Surroundings
from change.model import Level, Reason, RevertStrength, Step


def only_way_in(step: Step, around: Surroundings) -> Iterable[Finding]:
    """A target that we reach everything through: only one that undoes itself."""
    if not around.terrain.severed(frozenset({step.target})):
        return
    if step.strength is RevertStrength.TIMED:
        says = "it stands on our only way in: while it changes we may reach nothing"
        yield Finding(target=step.target, verdict=Level.MEDIUM, reason=Reason(guard="only-way-in", says=says))
    else:
        says = "it stands on our only way in and does not undo itself: a mistake would lock us out of everything"
        yield Finding(target=step.target, verdict="refuse", reason=Reason(guard="only-way-in-weak", says=says))


def blind(step: Step, around: Surroundings) -> Iterable[Finding]:
    """Where nobody measures, who would be cut off is known for a network that is whole, and for no other."""
    if around.now is None and around.terrain.carries(step.target):
        says = "others are reached through it, and what is down now is not known: nobody polls"
        yield Finding(target=step.target, verdict=Level.MEDIUM, reason=Reason(guard="blind", says=says))
