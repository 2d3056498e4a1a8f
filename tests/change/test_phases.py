"""Proof 3: of a wave of n targets the k-th fails, for every k, every phase and every kind of fault.

All of the wave goes back, or stays where the fault was overcome, or the k-th is said to be unknown, and it alone; where
another had failed before, so that it fails as it is taken back, its company too. What is said of a box is what it holds
and what its latch says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import pytest

from change.model import LatchState, Outcome, Plan, Probe
from change.plan import Relations
from change.run import ProbeResult
from change.target import HostKeyRefused, TargetError, TargetUnreachable
from tests.change.fake_target import FakeBox, FakeProcess, Fault
from tests.change.memory import memory_folder
from tests.change.swift_world import SwiftWorld, without_threads

LATCH = {
    Outcome.CONFIRMED: {LatchState.CONFIRMED},
    Outcome.REVERTED: {LatchState.REVERTED, LatchState.CONFIRMED},  # confirmed: and then its inverse was
    Outcome.REFUSED: {LatchState.ABSENT, LatchState.REVERTED},
    Outcome.UNKNOWN: set(LatchState),
}
ANSWERS: Mapping[Fault, TargetError | None] = {
    Fault.SAYS_NO: TargetError("no"),
    Fault.LOST_BEFORE: TargetUnreachable("no session"),
    Fault.LOST_AFTER: TargetUnreachable("the session was lost"),
    Fault.SILENT: TargetUnreachable("no session"),
    Fault.CUT: TargetUnreachable("no session"),
    Fault.OTHER_KEY: HostKeyRefused("another key"),
    Fault.SLOW: None,
}
"""What a probe meets on a machine that fails so."""


def in_phase(phase: str) -> Callable[[SwiftWorld, FakeBox, Fault], None]:
    def fail(world: SwiftWorld, box: FakeBox, fault: Fault) -> None:
        box.faults[phase] = fault

    return fail


def in_probe(world: SwiftWorld, box: FakeBox, fault: Fault) -> None:
    def ask(probe: Probe) -> ProbeResult:
        if probe.subject != box.name or box.content == "old":
            return ProbeResult(ok=True, detail="seen")
        if fault is Fault.SLOW:
            world.clock.advance(60)
        if (problem := ANSWERS[fault]) is not None:
            raise problem
        return ProbeResult(ok=True, detail="seen at last")

    world.probe_says = ask


def in_read_back(world: SwiftWorld, box: FakeBox, fault: Fault) -> None:
    def heard(phase: str, step: str) -> None:
        world.laws.hear(phase, step)
        if phase == "confirm":
            box.faults["read"] = fault

    box.on_hear = heard


def in_revert(world: SwiftWorld, box: FakeBox, fault: Fault) -> None:
    box.sick = True
    box.faults["revert"] = fault


def in_inverse(world: SwiftWorld, box: FakeBox, fault: Fault) -> None:
    """The last of the wave does not confirm, and the box fails as it is taken back."""
    next(reversed(world.boxes.values())).faults["confirm"] = Fault.SAYS_NO

    def heard(phase: str, step: str) -> None:
        world.laws.hear(phase, step)
        if phase == "confirm":
            box.faults["arm"] = fault

    box.on_hear = heard


PHASES: Mapping[str, Callable[[SwiftWorld, FakeBox, Fault], None]] = {
    **{phase: in_phase(phase) for phase in ("read", "arm", "try", "verify", "confirm", "inspect", "close")},
    "probe": in_probe,
    "read-back": in_read_back,
    "revert": in_revert,
    "inverse": in_inverse,
}


def probed(plan: Plan) -> Plan:
    """The same, with a probe of each target's own."""
    steps = (
        step.model_copy(update={"probes": (Probe(kind="reach", subject=step.target, expect="answers"),)})
        for step in plan.steps
    )
    return plan.model_copy(update={"steps": tuple(steps)})


def fails(number: int, which: int, phase: str, fault: Fault) -> Iterator[Outcome]:
    """The outcomes of a wave of so many, of which one fails so; all that must hold of them is checked."""
    names = [f"box-{place}" for place in range(number)]
    with memory_folder() as folder:
        world = SwiftWorld(folder, {name: number - place for place, name in enumerate(names)})
        plan = probed(world.plan(Relations(together={"all": tuple(names)})))
        PHASES[phase](world, world.boxes[names[which]], fault)
        result = world.apply(plan, FakeProcess())
        for box in world.boxes.values():
            box.silent = False
        world.settle()
        assert world.journal().verify() == ()
        assert world.journal().open_plans() == ()
        world.end()
    for end in result.ends:
        box = world.boxes[end.target]
        state = box.records[end.step].state if end.step in box.records else LatchState.ABSENT
        assert state in LATCH[end.outcome], f"{end.target} is said to be {end.outcome}, and its latch says {state}"
        alone = end.target == names[which] or phase == "inverse"
        assert alone or end.outcome is not Outcome.UNKNOWN, f"{end.target}: {end.reason}"
        kept = state is LatchState.CONFIRMED and end.outcome is not Outcome.REVERTED
        assert end.outcome is Outcome.UNKNOWN or box.content == ("new" if kept else "old")
        yield end.outcome
    told = {end.outcome for end in result.ends} - {Outcome.UNKNOWN}
    assert told == {Outcome.CONFIRMED} or Outcome.CONFIRMED not in told
    if fault in (Fault.SAYS_NO, Fault.OTHER_KEY) and phase not in ("close", "inspect", "read-back"):
        assert Outcome.CONFIRMED not in told, "a failure that nothing overcomes, and something stays"


def all_fail(places: list[tuple[int, int]]) -> int:
    """How many cases were tried; every outcome is seen among them."""
    cases = list(product(places, PHASES, Fault))
    with without_threads():
        seen = {outcome for (n, k), phase, fault in cases for outcome in fails(n, k, phase, fault)}
    assert seen == set(Outcome)
    return len(cases)


def test_one_of_a_wave_fails_in_every_phase() -> None:
    assert all_fail([(3, 1)]) == len(PHASES) * len(Fault)


@pytest.mark.prove
def test_each_of_a_wave_of_up_to_five_fails_in_every_phase() -> None:
    assert all_fail([(n, k) for n in range(1, 6) for k in range(n)]) == 15 * len(PHASES) * len(Fault)
