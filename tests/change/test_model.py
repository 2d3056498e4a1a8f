"""Boxes that fail, hang, start again and lie at random, among people who change, kill, stop and resume: the laws hold.

A run of the machine is one jump host with three boxes. Its laws (tests/change/laws.py) are checked at each entry of the
journal and every command that a box hears; after each step, what only a quiet moment can show.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from change.chain import GENESIS
from change.clock import moment
from change.model import Digest, OnFailure, Outcome, Plan
from change.plan import PlanRefused, Relations, digest, seal
from change.result import Result
from change.store import StoreError
from change.window import Calendar, Dated, Period
from tests.change.fake_target import FakeProcess, Fault, Killed, Lie
from tests.change.fake_world import ALWAYS
from tests.change.memory import memory_folder
from tests.change.swift_world import BusyProcess, Disk, SwiftWorld, without_threads

BOXES = {"far": 2, "middle": 1, "near": 1}
PHASES = ("read", "arm", "try", "verify", "confirm", "revert", "inspect", "close")
CONTENTS = ("old", "new", "other")
GROUPS: tuple[Relations | None, ...] = (
    None,
    Relations(together={"link": ("far", "near")}),
    Relations(together={"all": tuple(BOXES)}),
    Relations(apart=(("middle", "near"),), after={"near": ("middle",)}),
)

Act = tuple[str, str, int]
"""What happens, to which box (if to one), and which of its kinds."""


class Sealed(NamedTuple):
    plan: Plan
    digest: Digest
    file: bytes


def closing_in(seconds: float, now: datetime) -> Calendar:
    """One window that is open, and closes then."""
    when = Dated(
        start=(now - timedelta(hours=1)).replace(tzinfo=None),
        end=(now + timedelta(seconds=seconds)).replace(tzinfo=None),
    )
    return Calendar(windows=(Period(name="tonight", title="Tonight", when=when, zone="UTC"),))


def tampered(sealed: bytes, place: int, mask: int) -> bytes:
    """One byte of it is another."""
    changed = bytearray(sealed)
    changed[place % len(changed)] ^= mask
    return bytes(changed)


class Country(RuleBasedStateMachine):
    steps = 0
    """Of all runs so far."""

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()
        folder = self.ending.enter_context(memory_folder())
        self.world = SwiftWorld(folder, BOXES, hold_s=1)
        self.ending.callback(self.world.end)
        self.plans: list[Sealed] = []
        self.stop, self.unattended = threading.Event(), threading.Event()
        self.since_peace = 0

    # What happens, whoever is at work

    def fault(self, name: str, kind: int) -> None:
        faults = list(Fault)
        self.world.boxes[name].faults[PHASES[kind % len(PHASES)]] = faults[kind // len(PHASES) % len(faults)]

    def lie(self, name: str, kind: int) -> None:
        self.world.boxes[name].tell(list(Lie)[kind % len(Lie)])

    def ail(self, name: str, kind: int) -> None:
        box = self.world.boxes[name]
        box.sick, box.breaks, box.silent = kind % 2 == 0, kind % 3 == 0, kind % 5 == 0

    def heal(self, name: str, _: int) -> None:
        self.world.boxes[name].heal()

    def reboot(self, name: str, _: int) -> None:
        self.world.boxes[name].reboot()

    def by_hand(self, name: str, kind: int) -> None:
        self.world.boxes[name].by_hand(CONTENTS[kind % len(CONTENTS)])

    def want(self, _: str, kind: int) -> None:
        self.world.wanted = CONTENTS[kind % len(CONTENTS)]

    def wait(self, _: str, kind: int) -> None:
        self.world.clock.advance(2.0 ** (kind % 12) / 4)

    def step_clock(self, _: str, kind: int) -> None:
        self.world.clock.stepped_s += (-3600, 3600, 86400, -86400)[kind % 4]

    def break_disk(self, _: str, kind: int) -> None:
        self.world.disk = list(Disk)[kind % len(Disk)]

    def say_stop(self, _: str, __: int) -> None:
        self.stop.set()

    def lose_terminal(self, _: str, __: int) -> None:
        self.unattended.set()

    def set_calendar(self, _: str, kind: int) -> None:
        now = self.world.clock.utc()
        calendars = (ALWAYS, Calendar(), closing_in(20, now), closing_in(60, now), closing_in(200, now))
        self.world.calendar = calendars[kind % len(calendars)]

    def another_applies(self, _: str, kind: int) -> None:
        if self.plans:
            self.run_apply(self.plans[kind % len(self.plans)], BusyProcess())

    def another_resumes(self, _: str, __: int) -> None:
        self.run_resume(BusyProcess())

    def another_gives_up(self, _: str, kind: int) -> None:
        if self.plans:
            with suppress(PlanRefused, StoreError):
                self.world.give_up(self.plans[kind % len(self.plans)].plan)

    ACTS: ClassVar[dict[str, Callable[[Country, str, int], None]]] = {
        "fault": fault,
        "lie": lie,
        "ail": ail,
        "heal": heal,
        "reboot": reboot,
        "by hand": by_hand,
        "want": want,
        "wait": wait,
        "step the clock": step_clock,
        "break the disk": break_disk,
        "stop": say_stop,
        "lose the terminal": lose_terminal,
        "set the calendar": set_calendar,
        "another gives up": another_gives_up,
        "another applies": another_applies,
        "another resumes": another_resumes,
    }
    acts = st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(sorted(BOXES)), st.integers(0, 55))
    to_boxes = st.tuples(
        st.sampled_from(["fault", "lie", "ail", "heal", "reboot"]), st.sampled_from(sorted(BOXES)), st.integers(0, 55)
    )
    schedules = st.dictionaries(st.integers(1, 90), acts, max_size=3)
    deaths = st.none() | st.integers(1, 120)

    def act(self, what: Act) -> None:
        kind, name, number = what
        self.ACTS[kind](self, name, number)

    def process(self, dies_at: int | None, schedule: dict[int, Act]) -> BusyProcess:
        return BusyProcess(dies_at, schedule={at: lambda what=what: self.act(what) for at, what in schedule.items()})

    # Runs

    def run_apply(self, sealed: Sealed, process: BusyProcess) -> None:
        self.stop, self.unattended = threading.Event(), threading.Event()
        with suppress(Killed):
            try:
                result = self.world.apply(sealed.file, process, stop=self.stop, unattended=self.unattended)
            except PlanRefused:
                assert process.sent == [], "refused, and something was sent"
            else:
                self.agrees(result, process)

    def run_resume(self, process: BusyProcess) -> None:
        self.stop = threading.Event()
        with suppress(Killed, StoreError):
            for result in self.world.resume(process, stop=self.stop):
                self.agrees(result, process)

    def agrees(self, result: Result, process: BusyProcess) -> None:
        """What a person is told is what the journal says, and what the exit status promises is so."""
        for end in result.ends:
            if not result.problem:
                assert end.outcome is self.world.laws.end(end.step)
            if result.exit_status == 3:
                assert self.world.boxes[end.target].tried[end.step] == 0

    def must_refuse(self, sealed: Sealed) -> bool:
        """By law 1, as far as an outsider can tell before."""
        world, plan, laws = self.world, sealed.plan, self.world.laws
        now = moment(world.clock.utc())
        paused = sealed.digest in laws.plans and laws.plans[sealed.digest].paused
        left = [step for step in plan.steps if not (paused and step.id in laws.outcomes)]
        lies = any(box.lie is Lie.READ for box in world.boxes.values())
        return (
            (laws.used(sealed.digest) and not paused)
            or (any(world.boxes[step.target].content != step.inverse for step in left) and not lies)
            or any(step.payload != world.wanted for step in left)
            or not plan.created <= now < plan.expires
            or world.calendar == Calendar()
        )

    # Steps

    @rule(what=to_boxes)
    def something_happens_to_a_box(self, what: Act) -> None:
        self.act(what)

    @rule(what=acts)
    def something_happens(self, what: Act) -> None:
        self.act(what)

    @rule(
        kind=st.integers(0, 55),
        relations=st.sampled_from(GROUPS),
        size=st.sampled_from([1, 6]),
        on_failure=st.sampled_from(OnFailure),
    )
    def a_plan_is_made(self, kind: int, relations: Relations | None, size: int, on_failure: OnFailure) -> None:
        self.want("", kind)
        self.world.on_failure = on_failure
        with suppress(PlanRefused):
            self.world.clock.advance(1.37)  # names of steps hold the moment of their making
            plan = self.world.plan(relations, size)
            if plan.steps:
                self.plans = [*self.plans[-2:], Sealed(plan, digest(plan), seal(plan))]

    @precondition(lambda self: self.plans)
    @rule(which=st.integers(0, 2), dies_at=deaths, schedule=schedules)
    def a_plan_is_applied(self, which: int, dies_at: int | None, schedule: dict[int, Act]) -> None:
        sealed = self.plans[-1 - which % len(self.plans)]
        refusing = self.must_refuse(sealed) and not schedule
        process = self.process(dies_at, schedule)
        self.run_apply(sealed, process)
        assert not (refusing and process.sent), f"law 1: nothing may be sent, and {process.sent} was"

    @precondition(lambda self: self.plans)
    @rule(place=st.integers(0, 10**6), mask=st.integers(1, 255))
    def a_changed_plan_is_applied(self, place: int, mask: int) -> None:
        process = BusyProcess()
        with pytest.raises(PlanRefused):
            self.world.apply(tampered(self.plans[-1].file, place, mask), process)
        assert process.sent == []

    @precondition(lambda self: self.plans)
    @rule(dies_at=deaths, schedule=schedules)
    def somebody_resumes(self, dies_at: int | None, schedule: dict[int, Act]) -> None:
        self.run_resume(self.process(dies_at, schedule))

    @precondition(lambda self: self.since_peace > 9)
    @rule(kind=st.integers(0, 55))
    def all_is_well_for_once(self, kind: int) -> None:
        """One resume ends all that is open, and then a change goes through: law 4."""
        world, self.since_peace = self.world, 0
        world.disk, world.calendar = Disk.WORKS, ALWAYS
        for box in world.boxes.values():
            box.heal()
        world.settle()
        world.clock.advance(1.37)
        world.resume()
        assert world.journal().open_plans() == ()
        assert world.locks(world.journal(), FakeProcess()).held() == ()
        self.want("", kind)
        plan = world.plan()
        if plan.steps:
            result = world.apply(plan)
            assert {end.outcome for end in result.ends} == {Outcome.CONFIRMED}
            assert world.plan().steps == ()
        assert {box.content for box in world.boxes.values()} == {world.wanted}

    # After each step

    @invariant()
    def the_journal_has_it_on_disk(self) -> None:
        type(self).steps += 1
        self.since_peace += 1
        head = self.world.journal().head()
        assert self.world.laws.head == ((head.number, head.digest) if head else (0, GENESIS))

    @invariant()
    def a_lock_is_of_a_plan_that_is_open_or_of_the_dead(self) -> None:
        for lock in self.world.locks(self.world.journal(), FakeProcess()).held():
            assert lock.plan in self.world.laws.open or self.world.processes[lock.owner.token].dead

    def teardown(self) -> None:
        with self.ending:
            assert self.world.journal().verify() == ()


def run(examples: int) -> None:
    with without_threads():
        run_state_machine_as_test(
            Country,
            settings=settings(
                max_examples=examples,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_the_laws_hold_whatever_happens() -> None:
    """The laws are asserted at every entry of the journal and every command: tests/change/laws.py."""
    before = Country.steps
    run(examples=20)
    assert Country.steps > before


@pytest.mark.prove
def test_the_laws_hold_for_a_hundred_thousand_steps() -> None:
    Country.steps = 0
    while Country.steps < 100_000:
        run(examples=100)
    print(f"{Country.steps} steps")
