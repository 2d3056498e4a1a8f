"""How many targets are spoken to side by side: in all, and through each place they share (a site, a narrow link)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from math import ceil
from typing import TypeVar

from pydantic import Field

from change.model import Record

T = TypeVar("T")


class Limits(Record):
    """`sizes`: by the name of a shared place, how many sessions it bears; `through`: by target, the places on its way.

    A place without a size, and a target without places, is limited by `at_once` alone.
    """

    at_once: int = Field(default=8, ge=1)
    sizes: Mapping[str, int] = {}
    through: Mapping[str, tuple[str, ...]] = {}

    def places(self, target: str) -> tuple[str, ...]:
        return tuple(place for place in self.through.get(target, ()) if place in self.sizes)

    def turns(self, targets: Collection[str]) -> int:
        """How often at least somebody is waited for until all of these were spoken to once, the first turn included."""
        crowd = Counter(place for target in targets for place in self.places(target))
        waits = [ceil(number / self.sizes[place]) for place, number in crowd.items()]
        return max([ceil(len(targets) / self.at_once), *waits])


def admitted(waiting: Collection[str], busy: Collection[str], limits: Limits) -> tuple[str, ...]:
    """Those of the waiting targets, in their order, that may be spoken to now beside the busy ones."""
    taken = Counter(place for target in busy for place in limits.places(target))
    free = limits.at_once - len(busy)
    chosen: list[str] = []
    for target in waiting:
        places = limits.places(target)
        if len(chosen) < free and all(taken[place] < limits.sizes[place] for place in places):
            chosen.append(target)
            taken.update(places)
    return tuple(chosen)


def side_by_side(work: Mapping[str, Callable[[], T]], limits: Limits) -> Iterator[tuple[str, Future[T]]]:
    """Do what there is to do for each target as the limits admit it; each is told of when it has ended."""
    waiting = dict.fromkeys(work)
    busy: dict[Future[T], str] = {}
    with ThreadPoolExecutor(max_workers=limits.at_once) as pool:
        while waiting or busy:
            for target in admitted(waiting, busy.values(), limits):
                del waiting[target]
                busy[pool.submit(work[target])] = target
            done, _ = wait(busy, return_when=FIRST_COMPLETED)
            for one in done:
                yield busy.pop(one), one
