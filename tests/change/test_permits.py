"""Who may be spoken to side by side: never more through a place than it bears, and nobody waits for nothing."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from change.permits import Limits, admitted, side_by_side

PLACES = ("site mbeya", "site arusha", "satellite")
TARGETS = tuple(f"box-{number}" for number in range(12))
limits_ = st.builds(
    Limits,
    at_once=st.integers(1, 6),
    sizes=st.dictionaries(st.sampled_from(PLACES), st.integers(1, 3)),
    through=st.dictionaries(st.sampled_from(TARGETS), st.lists(st.sampled_from(PLACES), unique=True).map(tuple)),
)


def crowded(busy: set[str], limits: Limits) -> bool:
    crowd = Counter(place for target in busy for place in limits.places(target))
    return len(busy) > limits.at_once or any(number > limits.sizes[place] for place, number in crowd.items())


@given(limits_, st.data())
def test_no_place_is_ever_crowded_and_whoever_fits_is_let_in(limits: Limits, data: st.DataObject) -> None:
    waiting, busy, order = list(TARGETS), set[str](), []
    while waiting or busy:
        chosen = admitted(waiting, busy, limits)
        busy |= set(chosen)
        order += chosen
        waiting = [target for target in waiting if target not in chosen]
        assert busy and not crowded(busy, limits)
        assert all(crowded(busy | {target}, limits) for target in waiting)
        busy.remove(data.draw(st.sampled_from(sorted(busy))))
    assert sorted(order) == sorted(TARGETS)


@given(limits_)
def test_in_as_many_turns_as_said_all_have_been_spoken_to_through_every_single_place(limits: Limits) -> None:
    turns = limits.turns(TARGETS)
    for place, size in limits.sizes.items():
        assert size * turns >= sum(place in limits.places(target) for target in TARGETS)
    assert limits.at_once * turns >= len(TARGETS)


def test_a_narrow_link_is_kept_free_while_others_go_on() -> None:
    limits = Limits(at_once=4, sizes={"satellite": 1}, through={"far-1": ("satellite",), "far-2": ("satellite",)})
    assert admitted(("far-1", "far-2", "near"), (), limits) == ("far-1", "near")
    assert admitted(("far-2",), ("far-1", "near"), limits) == ()
    assert admitted(("far-2",), ("near",), limits) == ("far-2",)


def test_real_threads_keep_the_limits_and_each_answer_comes_once() -> None:
    limits = Limits(at_once=3, sizes={"satellite": 1}, through=dict.fromkeys(TARGETS[:6], ("satellite",)))
    inside: set[str] = set()
    crowds: list[bool] = []
    lock = threading.Lock()
    three = threading.Barrier(3, timeout=5)

    def work(name: str) -> str:
        with lock:
            inside.add(name)
            crowds.append(crowded(inside, limits))
        if name in ("box-0", "box-6", "box-7"):  # the first three: they are in there together
            three.wait()
        with lock:
            inside.remove(name)
        return name.upper()

    ended = {name: one.result() for name, one in side_by_side({n: partial(work, n) for n in TARGETS}, limits)}
    assert ended == {name: name.upper() for name in TARGETS}
    assert not any(crowds)
