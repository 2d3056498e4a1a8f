"""Kill -9 before any line of the latch, then a timer or a restart of the box: all old or all new, and nothing is left.

By default at each line that writes, once; `make prove` takes every line, each time that it runs.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.latch.toy import Line, Toy, assert_whole, far_future, kill_at, lines_of

WRITES = re.compile(
    r"write|replace\(|unlink|fsync|fchown|fchmod|save\(|sync\(|stage\(|Popen|subprocess.run|mkdir|handler\("
)
STEP: dict[str, object] = {"step": "step-1"}
BEFORE: dict[str, tuple[str, ...]] = {"arm": (), "try": ("arm",), "confirm": ("arm", "try"), "revert": ("arm", "try")}


def timer(toy: Toy) -> None:
    toy.overdue()


def restart(toy: Toy) -> None:
    toy.reboot()
    toy.call("recover", {})


Ending = Callable[[Toy], None]
Points = Callable[[list[Line]], list[int]]
"""Of the lines that ran, in their order: the places at which to kill."""


def ends_of(toy: Toy, verb: str, ending: Ending, points_of: Points) -> set[str]:
    """Kill the verb at each of the points among the lines that it runs; returns the states that it ended in.

    Absolute paths stand in step.json, so every box is put where the prepared one was.
    """
    for earlier in BEFORE[verb]:
        toy.call(earlier, request_of(toy, earlier))
    kept = toy.root.with_name("prepared")
    shutil.copytree(toy.root, kept)
    lines = lines_of(toy, verb, request_of(toy, verb))
    ends = set()
    for point in points_of(lines):
        again(toy, kept)
        killed = toy.call(verb, request_of(toy, verb), kill_at(point))
        assert killed.status is None, f"it should have been killed at line {lines[point]}"
        ending(toy)
        ends.add(assert_whole(toy))
        assert toy.call("arm", toy.arm_request("step-2")).status == 0, "the next step finds the box ready"
    return ends


def request_of(toy: Toy, verb: str) -> dict[str, object]:
    return toy.arm_request() if verb == "arm" else dict(STEP)


EXPECTED = {
    "arm": {"absent", "reverted"},
    "try": {"reverted"},
    "confirm": {"reverted", "confirmed"},
    "revert": {"reverted"},
}


ENDINGS = pytest.mark.parametrize("ending", [timer, restart])
VERBS = pytest.mark.parametrize("verb", list(BEFORE))


@ENDINGS
@VERBS
def test_killed_at_a_line(toy: Toy, verb: str, ending: Ending) -> None:
    assert ends_of(toy, verb, ending, at_writes) == EXPECTED[verb]


@pytest.mark.prove
@ENDINGS
@VERBS
def test_killed_at_a_line_each_time_that_it_runs(toy: Toy, verb: str, ending: Ending) -> None:
    assert ends_of(toy, verb, ending, all_of) == EXPECTED[verb]


def at_writes(lines: list[Line]) -> list[int]:
    """The first time of each line that writes or starts a program, of each that follows one, and the last line."""
    source = {file: ["", *Path(file).read_text().splitlines()] for file in {file for file, _ in lines}}
    marked = [bool(WRITES.search(source[file][number])) for file, number in lines]
    near = {line: place for place, line in reversed([*enumerate(lines)]) if marked[place] or marked[place - 1]}
    return sorted({*near.values(), len(lines) - 1})


def all_of(lines: list[Line]) -> list[int]:
    return list(range(len(lines)))


def overdue(toy: Toy) -> None:
    toy.call("try")


def not_confirmed_before_a_restart(toy: Toy) -> None:
    toy.call("try")
    toy.reboot()


def confirmed_but_not_finished(toy: Toy) -> None:
    toy.call("try")
    toy.refuse("a", "release")
    assert toy.call("confirm").status == 5
    toy.path("a.refuse-release").unlink()


@pytest.mark.parametrize("before", [overdue, not_confirmed_before_a_restart, confirmed_but_not_finished])
def test_killed_while_it_recovers(toy: Toy, before: Ending) -> None:
    """What must end is ended by the next call, wherever the one before was killed."""
    toy.call("arm", toy.arm_request())
    before(toy)
    kept = toy.root.with_name("prepared")
    shutil.copytree(toy.root, kept)
    toy.overdue()
    expected = assert_whole(toy)
    again(toy, kept)
    points = at_writes(lines_of(toy, "recover", {}, far_future))
    assert len(points) > 5
    for point in points:
        again(toy, kept)
        assert toy.call("recover", {}, far_future, kill_at(point)).status is None
        toy.overdue()
        assert assert_whole(toy) == expected


def again(toy: Toy, kept: Path) -> None:
    shutil.rmtree(toy.root)
    shutil.copytree(kept, toy.root)
