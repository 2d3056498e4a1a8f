"""Change windows, as whoever applies a plan meets them: refused outside, paused at their end, continued in the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from change.chain import Head
from change.clock import moment
from change.journal import Event, Note
from change.longest import longest_s
from change.model import OnFailure, Outcome, Plan, Step
from change.permits import Limits
from change.plan import PlanRefused, Relations, digest
from change.result import Result
from change.watch import Unwatched
from change.window import Calendar, Dated, Period
from tests.change.fake_target import FakeBox, FakeProcess, Fault, Killed
from tests.change.fake_world import ALWAYS, PACE, FakeWorld

CHAIN = {"far": 3, "middle": 2, "near": 1}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, CHAIN)


def windows(world: FakeWorld, *from_to_s: tuple[float, float]) -> Calendar:
    """Each open from so many seconds from now to so many."""
    now = world.clock.utc().replace(tzinfo=None)
    spans = [(now + timedelta(seconds=start), now + timedelta(seconds=end)) for start, end in from_to_s]
    periods = [
        Period(name=f"window-{number}", title="Night", when=Dated(start=start, end=end), zone="UTC")
        for number, (start, end) in enumerate(spans, 1)
    ]
    return Calendar(windows=tuple(periods))


def three_waves(world: FakeWorld) -> Plan:
    return world.plan(wave_size=1)


def one_wave_s(plan: Plan) -> float:
    return longest_s(plan, plan.waves[0], PACE)


def two_windows(world: FakeWorld, plan: Plan) -> Calendar:
    """The first has room for one wave and not for two, the second for all; an hour lies between."""
    fits_s = one_wave_s(plan) + 1
    return windows(world, (0, fits_s), (fits_s + 3600, fits_s + 80000))


def outcomes(result: Result) -> dict[str, Outcome]:
    return {end.target: end.outcome for end in result.ends}


def events(world: FakeWorld) -> list[str]:
    about_plan = {Event.PLAN_OPENED, Event.PLAN_PAUSED, Event.PLAN_CONTINUED, Event.PLAN_CLOSED}
    return [entry.event for entry in world.journal().entries() if entry.event in about_plan]


def paused(world: FakeWorld) -> Plan:
    """A plan whose first wave stands and whose other two are left, in the hour between the windows."""
    plan = three_waves(world)
    world.calendar = two_windows(world, plan)
    result = world.apply(plan)
    assert result.paused is not None
    world.clock.advance(1800)
    return plan


def into_next(world: FakeWorld) -> None:
    world.clock.advance(1900)


def test_outside_a_window_nothing_is_sent_and_the_next_one_is_told(world: FakeWorld) -> None:
    plan = three_waves(world)
    world.calendar = windows(world, (3600, 7200)).model_copy(update={"zone": "Africa/Dar_es_Salaam"})
    with pytest.raises(PlanRefused) as caught:
        world.apply(plan)
    assert str(caught.value) == (
        "no change window is open; the next one that is long enough opens on Mon 2026-11-23 10:00 Africa/Dar_es_Salaam"
    )
    assert world.sent() == [] and world.journal().entries() == ()
    world.clock.advance(3600)
    assert world.apply(plan).exit_status == 0


def test_a_freeze_refuses_by_its_name(world: FakeWorld) -> None:
    freeze = windows(world, (-10, 3600)).windows[0].model_copy(update={"name": "budget", "title": "The budget"})
    world.calendar = ALWAYS.model_copy(update={"freezes": (freeze,)})
    with pytest.raises(PlanRefused, match=r"frozen: budget \(The budget\); the next one"):
        world.apply(three_waves(world))
    assert world.sent() == []


def test_a_first_wave_that_could_outlast_the_window_is_not_begun(world: FakeWorld) -> None:
    plan = three_waves(world)
    world.calendar = windows(world, (0, one_wave_s(plan) - 1))
    with pytest.raises(PlanRefused, match=r"window-1 closes on .*, and this may take .*; none that is long enough"):
        world.apply(plan)
    assert world.sent() == [] and world.journal().entries() == ()


def test_a_later_wave_that_could_outlast_the_window_is_left_for_the_next(world: FakeWorld) -> None:
    plan = three_waves(world)
    world.calendar = two_windows(world, plan)
    opens = world.calendar.windows[1].when
    assert isinstance(opens, Dated)
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED}
    assert result.paused is not None
    assert result.paused.left == ("middle", "near")
    assert result.paused.opens == moment(opens.start.replace(tzinfo=world.clock.utc().tzinfo))
    assert "window-1 closes on" in result.paused.why
    assert result.exit_status == 4
    journal = world.journal()
    assert journal.paused_plans() == (digest(plan),) and journal.open_plans() == ()
    assert world.locks(journal, FakeProcess()).held() == ()
    assert journal.entries()[-1].detail == f"{result.paused.why}; left: middle and near"


def test_it_goes_on_in_the_next_window_and_does_nothing_twice(world: FakeWorld) -> None:
    plan = paused(world)
    with pytest.raises(PlanRefused, match="no change window is open"):
        world.apply(plan)
    into_next(world)
    result = world.apply(plan)
    assert outcomes(result) == dict.fromkeys(CHAIN, Outcome.CONFIRMED)
    assert result.exit_status == 0
    assert events(world) == [Event.PLAN_OPENED, Event.PLAN_PAUSED, Event.PLAN_CONTINUED, Event.PLAN_CLOSED]
    assert all(box.tried.total() == 1 for box in world.boxes.values())
    with pytest.raises(PlanRefused, match="applied already"):
        world.apply(plan)


def test_a_wave_says_in_which_window_it_began(world: FakeWorld) -> None:
    plan = paused(world)
    into_next(world)
    world.apply(plan)
    began = {entry.target: entry.detail for entry in world.journal().entries() if entry.event == Event.WINDOW}
    first, second = (one.when.end for one in world.calendar.windows if isinstance(one.when, Dated))
    assert began == {
        "far": f"window-1: closes at {moment(first.replace(tzinfo=world.clock.utc().tzinfo))}",
        "middle": f"window-2: closes at {moment(second.replace(tzinfo=world.clock.utc().tzinfo))}",
        "near": f"window-2: closes at {moment(second.replace(tzinfo=world.clock.utc().tzinfo))}",
    }


def change_base(world: FakeWorld) -> None:
    world.boxes["near"].content = "what another plan made of it"


def change_intent(world: FakeWorld) -> None:
    world.wants = {"near": "newer"}


def expire(world: FakeWorld) -> None:
    """Whether a window is open by then or not: what has expired waits for none."""
    world.calendar = windows(world, (-3600, 0))
    world.clock.advance(24 * 3600)


@pytest.mark.parametrize(
    ("meddle", "confirmed", "why"),
    [
        (change_base, {"far"}, "is no longer as the plan was made for"),
        (change_intent, {"far", "middle"}, "the inventory wants something else of near"),
        (expire, {"far"}, "the plan expired at"),
    ],
)
def test_what_no_longer_holds_is_refused_and_the_plan_is_closed(
    world: FakeWorld, meddle: Callable[[FakeWorld], None], confirmed: set[str], why: str
) -> None:
    plan = paused(world)
    into_next(world)
    meddle(world)
    result = world.apply(plan)
    refused = {end.target for end in result.ends if end.outcome is Outcome.REFUSED}
    assert (set(CHAIN) - refused, result.exit_status, result.paused) == (confirmed, 4, None)
    assert why in {end.target: end.reason for end in result.ends}["near"]
    assert world.journal().paused_plans() == world.journal().open_plans() == ()
    assert "near arm" not in world.sent()


def test_what_a_paused_plan_left_another_may_change(world: FakeWorld) -> None:
    plan = paused(world)
    into_next(world)
    other = world.plan()
    assert {step.target for step in other.steps} == {"middle", "near"}
    assert world.apply(other).exit_status == 0
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REFUSED, "near": Outcome.REFUSED}


def test_a_failure_after_the_pause_refuses_the_rest(world: FakeWorld) -> None:
    plan = paused(world)
    into_next(world)
    world.boxes["middle"].sick = True
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REVERTED, "near": Outcome.REFUSED}
    assert world.journal().paused_plans() == ()


def test_it_may_be_paused_again_and_again(world: FakeWorld) -> None:
    plan = three_waves(world)
    room_s = one_wave_s(plan) + 1
    world.calendar = windows(world, *((number * 3600, number * 3600 + room_s) for number in range(3)))
    statuses: list[int] = []
    for _ in plan.waves:
        statuses.append(world.apply(plan).exit_status)
        world.clock.advance(3600 - (world.clock.now - 1000) % 3600)
    assert statuses == [4, 4, 0]
    assert all(box.tried.total() == 1 for box in world.boxes.values())


def test_resume_has_nothing_to_do_with_a_paused_plan(world: FakeWorld) -> None:
    plan = paused(world)
    entries, sent = world.journal().entries(), world.sent()
    assert world.resume() == ()
    assert (world.journal().entries(), world.sent()) == (entries, sent)
    into_next(world)
    assert world.apply(plan).exit_status == 0


def test_a_paused_plan_is_given_up_and_what_it_confirmed_stands(world: FakeWorld) -> None:
    plan = paused(world)
    result = world.give_up(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REFUSED, "near": Outcome.REFUSED}
    assert result.exit_status == 4
    journal = world.journal()
    assert journal.paused_plans() == journal.open_plans() == ()
    assert world.locks(journal, FakeProcess()).held() == ()
    into_next(world)
    with pytest.raises(PlanRefused, match="applied already"):
        world.apply(plan)
    with pytest.raises(PlanRefused, match="is paused"):
        world.give_up(plan)


def test_nobody_gives_up_what_somebody_goes_on_with(world: FakeWorld) -> None:
    plan = paused(world)
    world.locks(world.journal(), FakeProcess()).take(["middle"], digest(plan), ())
    with pytest.raises(PlanRefused, match="is being changed by"):
        world.give_up(plan)
    assert world.journal().paused_plans() == (digest(plan),)


class FakeHangUp(Unwatched):
    """A terminal that is lost at a phase of a target."""

    def __init__(self, target: str, phase: Event) -> None:
        super().__init__()
        self.at, self.unattended = (target, phase), threading.Event()

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        if (step.target, phase) == self.at:
            self.unattended.set()


@pytest.mark.parametrize("phase", [Event.CHECKED, Event.TRYING, Event.CONFIRMED])
def test_a_lost_terminal_ends_no_wave_and_begins_no_other(world: FakeWorld, phase: Event) -> None:
    plan = three_waves(world)
    hang_up = FakeHangUp("far", phase)
    result = world.apply(plan, watcher=hang_up, unattended=hang_up.unattended)
    assert outcomes(result) == {"far": Outcome.CONFIRMED}
    assert result.paused is not None
    assert (result.paused.why, result.paused.left) == ("the terminal was lost", ("middle", "near"))
    assert world.apply(plan).exit_status == 0
    assert all(box.tried.total() == 1 for box in world.boxes.values())


def test_a_terminal_that_is_lost_before_anything_began_leaves_it_all(world: FakeWorld) -> None:
    plan = three_waves(world)
    lost = threading.Event()
    lost.set()
    result = world.apply(plan, unattended=lost)
    assert (result.ends, result.exit_status, world.sent()) == ((), 3, [])
    assert world.journal().paused_plans() == (digest(plan),)
    assert world.apply(plan).exit_status == 0


def test_a_person_who_stops_it_means_more_than_a_lost_terminal(world: FakeWorld) -> None:
    stop, lost = threading.Event(), threading.Event()
    stop.set()
    lost.set()
    result = world.apply(three_waves(world), stop=stop, unattended=lost)
    assert result.paused is None
    assert set(outcomes(result).values()) == {Outcome.REFUSED}


def test_a_failed_wave_is_never_a_pause(world: FakeWorld) -> None:
    world.boxes["far"].sick = True
    plan = three_waves(world)
    world.calendar = two_windows(world, plan)
    result = world.apply(plan)
    assert result.paused is None
    assert result.exit_status == 4


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SILENT, Fault.SAYS_NO, Fault.LOST_AFTER])
@pytest.mark.parametrize("phase", ["arm", "try", "verify", "confirm", "revert"])
def test_no_wave_takes_longer_than_its_longest_time(folder: Path, phase: str, fault: Fault) -> None:
    """Whatever goes wrong with one of it, and how long that one is waited for."""
    world = FakeWorld(folder, {"one": 1, "two": 1})
    plan = world.plan(Relations(together={"link": ("one", "two")}))
    world.boxes["two"].faults[phase] = fault
    world.boxes["one"].sick = phase == "revert"
    began = world.clock.now
    world.apply(plan)
    assert world.clock.now - began <= longest_s(plan, plan.waves[0], PACE)


class FakeSilence(Unwatched):
    """Boxes that fall silent for good in the try of their inverse steps."""

    def __init__(self, boxes: Iterable[FakeBox]) -> None:
        super().__init__()
        self.boxes = tuple(boxes)

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        if phase == Event.UNDOING:
            for box in self.boxes:
                box.faults["try"] = Fault.SILENT


@pytest.mark.parametrize(("size", "at_once"), [(2, 2), (20, 1)])
def test_no_wave_takes_longer_though_both_its_ways_end_in_silence(folder: Path, size: int, at_once: int) -> None:
    """All but one were confirmed, and fall silent on their way back; that one could not be, and answers no more.

    Where they are asked one after the other, each of the silent ones is given its time.
    """
    names = [f"box-{number:02}" for number in range(size)]
    world = FakeWorld(folder, dict.fromkeys(names, 1), hold_s=9)
    world.pace = PACE.model_copy(update={"limits": Limits(at_once=at_once)})
    plan = world.plan(Relations(together={"link": tuple(names)}))
    *others, last = world.boxes.values()
    last.faults["confirm"] = Fault.SILENT
    began = world.clock.now
    result = world.apply(plan, watcher=FakeSilence(others))
    assert set(outcomes(result).values()) == {Outcome.UNKNOWN}
    took_s, longest = world.clock.now - began, longest_s(plan, plan.waves[0], world.pace)
    assert took_s <= longest
    assert took_s > (longest / 2 if at_once > 1 else 2 * (plan.steps[0].timer_s + 2 * PACE.settle_s)), "nor much less"


def test_where_a_failure_takes_all_back_a_later_wave_needs_the_time_of_those_before(world: FakeWorld) -> None:
    plan = three_waves(world)
    back = plan.model_copy(update={"on_failure": OnFailure.TAKE_BACK})
    first, second, third = (longest_s(back, wave, PACE) for wave in back.waves)
    assert first == longest_s(plan, plan.waves[0], PACE)
    assert first < second < third


def test_a_plan_that_was_refused_as_a_whole_and_is_applied_again_keeps_no_memory_of_it(world: FakeWorld) -> None:
    """Killed then, its boxes are asked; they are not taken for refused because they once were."""
    plan = three_waves(world)
    world.boxes["near"].content = "another"
    assert world.apply(plan).exit_status == 3
    world.boxes["near"].content = "old"
    with pytest.raises(Killed):
        world.apply(plan, FakeProcess(40))
    assert world.boxes["far"].content == "new"
    (result,) = world.resume()
    assert outcomes(result)["far"] is Outcome.REVERTED
    assert world.boxes["far"].content == "old"


def test_a_promise_of_what_was_made_before_the_pause_is_asked_for_after_it(world: FakeWorld) -> None:
    world.born_of = {"middle": "far"}
    plan = paused(world)
    world.boxes["middle"].content = "born as another"
    into_next(world)
    result = world.apply(plan)
    ends = {end.target: end for end in result.ends}
    assert ends["middle"].outcome is Outcome.REFUSED
    assert "was not born as it was promised" in ends["middle"].reason
    assert world.boxes["middle"].calls.count("arm") == 0


def test_what_stood_before_the_pause_stands_in_the_result_though_the_journal_fails(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = paused(world)
    into_next(world)

    def full(path: Path, head: Head) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("change.journal.keep_head", full)
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REFUSED, "near": Outcome.REFUSED}


def test_a_giving_up_says_who_began_it_before_anything_else(world: FakeWorld) -> None:
    plan = paused(world)
    before = len(world.journal().entries())
    world.give_up(plan)
    first = world.journal().entries()[before]
    assert (first.event, first.plan) == (Event.GIVING_UP, digest(plan))
    assert first.detail.startswith("process ")


def test_who_comes_too_late_to_give_up_leaves_no_lock(world: FakeWorld) -> None:
    """Between its first look and its locks somebody else gave it up; no box had heard of it."""
    plan, lost = three_waves(world), threading.Event()
    lost.set()
    assert world.apply(plan, unattended=lost).paused

    class Late(FakeProcess):
        def boundary(self, name: str) -> None:
            super().boundary(name)
            if name == "locks taken":
                world.journal().append(Note(event=Event.PLAN_CLOSED, plan=digest(plan)))

    with pytest.raises(PlanRefused, match="is paused"):
        world.give_up(plan, Late())
    assert world.locks(world.journal(), FakeProcess()).held() == ()
