"""What may happen to a change, one scene each: its transcript stands in tests/change/transcripts.

`python -m tests.change.scenes` writes them all anew; what differs then is to be read before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from change.approval import Approved
from change.guards.surroundings import Surroundings
from change.journal import Event, Note
from change.locks import Locks, Owner
from change.model import (
    Diff,
    DiffLine,
    Digest,
    Effect,
    Level,
    OnFailure,
    PartDiff,
    Plan,
    Probe,
    RevertStrength,
    Risk,
    Step,
)
from change.plan import Relations
from change.run import ProbeResult
from change.target import TargetError
from change.terrain import Down, Terrain
from change.window import Calendar, Dated, Period
from tests.change.fake_approvals import fake_approvals
from tests.change.fake_target import FakeBox, FakeProcess, Fault, Lie
from tests.change.fake_world import PACE
from tests.change.memory import memory_folder
from tests.change.swift_world import without_threads
from tests.change.transcript import ToldWorld

TRANSCRIPTS = Path(__file__).parent / "transcripts"
TWO = {"far": 2, "near": 1}
THREE = {"far": 3, "middle": 2, "near": 1}
FOUR = {"a": 4, "b": 3, "c": 2, "d": 1}
LINK = Relations(together={"link": ("far", "near")})
IN_TURN = Relations(after={"b": ("a",), "c": ("b",), "d": ("c",)})
REACH = Probe(kind="institution", subject="rungwe-dc", expect="answers")
SERVES = Probe(kind="service", subject="mail", expect="220")
LAND = Terrain(
    ways={
        "core": (("c--far", "far"), ("c--near", "near")),
        "far": (("c--far", "core"), ("far--edge", "edge")),
        "near": (("c--near", "core"), ("near--edge", "edge")),
        "edge": (("far--edge", "far"), ("near--edge", "near")),
    },
    centres=("core",),
    here="core",
    site_of={name: name for name in ("core", "far", "near", "edge")},
)
WELL = Surroundings(terrain=LAND)
ANOTHER: Digest = "sha256:" + "0" * 64
CUT = replace(WELL, now=Down(links=frozenset({"far--edge"})))


def at(world: ToldWorld, name: str, phase: str, act: Callable[[], object]) -> None:
    """The first time that a box hears of a phase, before it acts."""
    done = False

    def hear(heard: str, step: str) -> None:
        nonlocal done
        if heard == phase and not done:
            done = True
            act()

    world.boxes[name].on_hear = hear


def waited(world: ToldWorld, acts: Mapping[int, Callable[[], object]]) -> None:
    """After so many waits."""
    waits = 0

    def wait() -> None:
        nonlocal waits
        waits += 1
        acts.get(waits, lambda: None)()

    world.clock.on_wait = wait


# One wave of two, which goes through or does not


def all_is_well(world: ToldWorld) -> None:
    world.probes = (REACH, SERVES)
    world.sub_steps = {"near": ("create a", "create b")}
    world.do(world.plan())


def one_that_is_not_healthy(world: ToldWorld) -> None:
    world.boxes["far"].sick = True
    world.do(world.plan(LINK))


def both_are_not_healthy(world: ToldWorld) -> None:
    world.boxes["far"].sick = world.boxes["near"].sick = True
    world.do(world.plan(LINK))


def sick_first_and_then_silent(world: ToldWorld) -> None:
    far = world.boxes["far"]
    far.sick = True
    waited(world, {1: lambda: far.faults.update({"verify": Fault.LOST_BEFORE, "inspect": Fault.LOST_BEFORE})})
    world.do(world.plan(LINK))


def well_again_within_the_hold(world: ToldWorld) -> None:
    far = world.boxes["far"]
    far.sick = True
    waited(world, {1: lambda: setattr(far, "sick", False)})
    world.do(world.plan(LINK))


def given_up_by_the_box_within_the_hold(world: ToldWorld) -> None:
    world.hold_s = 50
    far = world.boxes["far"]
    waited(world, {2: lambda: gives_up(far)})
    world.do(world.plan(LINK))


def gives_up(box: FakeBox) -> None:
    for step in box.records:
        box.go_back(step)


def held_for_longer_than_a_few_rounds(world: ToldWorld) -> None:
    world.pace = PACE.model_copy(update={"poll_s": 3.0})
    world.hold_s = 7
    world.do(world.plan(LINK))


def answers_late(hold_s: int, *names: str) -> Callable[[ToldWorld], None]:
    """These take two seconds for each verify."""

    def scene(world: ToldWorld) -> None:
        world.hold_s = hold_s
        plan = world.plan(LINK)
        for name in names:
            world.boxes[name].faults["verify"] = Fault.LATE
        world.do(plan)

    return scene


def armed_a_little_later_than_we_reckon(world: ToldWorld) -> None:
    world.boxes["far"].faults["arm"] = Fault.LATE
    waited(world, {1: lambda: world.clock.advance(13.5)})
    world.do(world.plan(LINK))


def its_latch_forgets_it(world: ToldWorld) -> None:
    far = world.boxes["far"]
    at(world, "near", "try", far.records.clear)
    far.sick = True
    world.do(world.plan(LINK))


def a_host_key_changes_in_the_hold(world: ToldWorld) -> None:
    world.hold_s = 50
    plan = world.plan(LINK)
    waited(world, {2: lambda: world.boxes["near"].faults.update(verify=Fault.OTHER_KEY)})
    world.do(plan)


def so_long_takes_a_wait(seconds: float) -> Callable[[ToldWorld], None]:
    """Of the timer of 18 s."""

    def scene(world: ToldWorld) -> None:
        waited(world, {1: lambda: world.clock.advance(seconds)})
        world.do(world.plan(LINK))

    return scene


def a_box_that_was_long_in_arming_says_that_it_has_more(world: ToldWorld) -> None:
    world.boxes["far"].faults["arm"] = Fault.SLOW
    world.do(world.plan(LINK))


def fails(name: str, phase: str, fault: Fault, probes: tuple[Probe, ...] = ()) -> Callable[[ToldWorld], None]:
    def scene(world: ToldWorld) -> None:
        world.probes = probes
        plan = world.plan(LINK)
        world.boxes[name].faults[phase] = fault
        world.do(plan)

    return scene


def lost_before_the_confirm_and_then_back(world: ToldWorld) -> None:
    faults = world.boxes["near"].faults
    plan = world.plan(LINK)
    faults["confirm"] = Fault.LOST_BEFORE
    waited(world, {4: faults.clear})
    world.do(plan)


def silent_before_the_confirm_until_its_timer_ended(world: ToldWorld) -> None:
    at(world, "near", "confirm", lambda: setattr(world.boxes["near"], "cut", True))
    near = world.boxes["near"]
    near.faults["confirm"] = Fault.LOST_BEFORE
    plan = world.plan(LINK)
    waited(world, {2: lambda: near.faults.update(inspect=Fault.LOST_BEFORE), 4: lambda: near.faults.pop("inspect")})
    world.do(plan)


def it_is_not_healthy_and_the_revert(fault: Fault) -> Callable[[ToldWorld], None]:
    def scene(world: ToldWorld) -> None:
        far = world.boxes["far"]
        far.sick = True
        far.faults["revert"] = fault
        world.do(world.plan(LINK))

    return scene


def a_revert_that_breaks(world: ToldWorld) -> None:
    far = world.boxes["far"]
    far.sick = far.breaks = True
    far.latch_says = "vtysh ended with 1"
    world.do(world.plan(LINK))


def a_revert_that_breaks_in_silence(world: ToldWorld) -> None:
    far = world.boxes["far"]
    far.sick = far.breaks = True
    world.do(world.plan(LINK))


def it_only_says_that_it_went_back(world: ToldWorld) -> None:
    world.boxes["far"].sick = True
    world.boxes["far"].tell(Lie.REVERT)
    world.do(world.plan(LINK))


def it_only_says_that_it_is_confirmed(world: ToldWorld) -> None:
    world.boxes["far"].tell(Lie.CONFIRM)
    plan = world.plan(LINK)
    world.do(plan)


def confirmed_and_lost_again(world: ToldWorld) -> None:
    far = world.boxes["far"]
    at(world, "near", "confirm", lambda: setattr(far, "content", "lost"))
    world.do(world.plan(LINK))


def confirmed_and_not_to_be_read(world: ToldWorld) -> None:
    far = world.boxes["far"]
    at(world, "near", "confirm", lambda: far.faults.update(read=Fault.LOST_BEFORE))
    world.do(world.plan(LINK))


def confirmed_and_read_after_a_while(world: ToldWorld) -> None:
    far = world.boxes["far"]
    at(world, "near", "confirm", lambda: far.faults.update(read=Fault.LOST_BEFORE))
    waited(world, {2: far.faults.clear})
    world.do(world.plan(LINK))


def one_probe_says(world: ToldWorld, ok: Callable[[], bool]) -> None:
    world.probes = (REACH, SERVES)
    world.asked = lambda probe: ProbeResult(ok=probe != SERVES or ok(), detail="seen" if ok() else "silence")


def a_probe_fails_in_the_hold(world: ToldWorld) -> None:
    one_probe_says(world, lambda: world.boxes["near"].content == "old")
    world.do(world.plan(LINK))


def a_probe_failed_before_and_is_well_after(world: ToldWorld) -> None:
    one_probe_says(world, lambda: world.boxes["near"].content == "new")
    world.do(world.plan(LINK))


def a_probe_cannot_be_asked(world: ToldWorld) -> None:
    def unasked(probe: Probe) -> ProbeResult:
        raise TargetError("nobody to ask")

    world.probes = (REACH,)
    world.asked = unasked
    world.do(world.plan(LINK))


def a_probe_is_lost_after_the_confirm(world: ToldWorld) -> None:
    one_probe_says(world, lambda: "confirm" not in world.boxes["near"].calls)
    world.do(world.plan(LINK))


def a_probe_is_lost_after_the_confirm_and_found_again(world: ToldWorld) -> None:
    one_probe_says(world, lambda: "confirm" not in world.boxes["near"].calls or world.clock.now > 1005)
    world.do(world.plan(LINK))


# What goes back by its inverse


def half_confirmed(world: ToldWorld, more: Callable[[], object]) -> None:
    """The far one stays and the near one says no; then something happens, and it goes back by its inverse."""
    plan = world.plan(LINK)
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    at(world, "near", "revert", more)
    world.do(plan)


def its_inverse_is_not_begun_where_it_was_changed_since(world: ToldWorld) -> None:
    half_confirmed(world, lambda: setattr(world.boxes["far"], "content", "meddled"))


def its_inverse_does_not_become_healthy(world: ToldWorld) -> None:
    half_confirmed(world, lambda: setattr(world.boxes["far"], "sick", True))


def its_inverse_falls_silent(world: ToldWorld) -> None:
    half_confirmed(world, lambda: world.boxes["far"].faults.update({"try": Fault.SILENT}))


def its_inverse_is_said_no_to(world: ToldWorld) -> None:
    half_confirmed(world, lambda: world.boxes["far"].faults.update({"confirm": Fault.SAYS_NO}))


def its_inverse_is_not_accepted(world: ToldWorld) -> None:
    half_confirmed(world, lambda: world.boxes["far"].faults.update({"arm": Fault.SAYS_NO}))


# A person who stops it, and a terminal that is lost


def stopped_at(phase: str) -> Callable[[ToldWorld], None]:
    def scene(world: ToldWorld) -> None:
        at(world, "far", phase, world.stop.set)
        world.do(world.plan())

    return scene


def stopped_before_it_began(world: ToldWorld) -> None:
    world.stop.set()
    world.do(world.plan())


def stopped_while_it_was_looked_at_before(world: ToldWorld) -> None:
    def answers(probe: Probe) -> ProbeResult:
        world.stop.set()
        return ProbeResult(ok=True, detail="seen")

    world.probes, world.asked = (REACH,), answers
    world.do(world.plan())


@dataclass
class ActsAt(FakeProcess):
    """Something happens when it first comes to a boundary of this name."""

    name: str = ""
    act: Callable[[], object] = lambda: None

    def boundary(self, name: str) -> None:
        if name == self.name and name not in self.names:
            self.act()
        super().boundary(name)


def stopped_at_the_last_moment(world: ToldWorld) -> None:
    """When its box is asked how long its timer still runs."""
    world.boxes["far"].faults["arm"] = Fault.SLOW
    world.do(world.plan(LINK), ActsAt(name="far inspect before", act=world.stop.set))


def stopped_in_the_hold(world: ToldWorld) -> None:
    waited(world, {1: world.stop.set})
    world.do(world.plan())


def the_terminal_is_lost(world: ToldWorld) -> None:
    at(world, "far", "try", world.unattended.set)
    plan = world.plan()
    world.do(plan)
    world.unattended.clear()
    world.do(plan)


# Wave by wave


def stops_after_a_failed_wave(world: ToldWorld) -> None:
    world.boxes["b"].sick = True
    world.do(world.plan(Relations(after={"c": ("b",)}), wave_size=1))


def between_waves(act: Callable[[ToldWorld], None]) -> Callable[[ToldWorld], None]:
    """Something happens while the first wave is confirmed."""

    def scene(world: ToldWorld) -> None:
        plan = world.plan(wave_size=1)
        at(world, "far", "confirm", lambda: act(world))
        world.do(plan)

    return scene


def it_expires(world: ToldWorld) -> None:
    world.clock.stepped_s = 24 * 3600


def it_is_signed_no_more(world: ToldWorld) -> None:
    def revoked(plan: Plan, now: datetime) -> Approved:
        return replace(fake_approvals(plan, now), problems=("one signature is missing", "juma's key was revoked"))

    world.signed = revoked


def one_is_changed_by_hand(world: ToldWorld) -> None:
    world.boxes["near"].by_hand("meddled")


def one_answers_no_more(world: ToldWorld) -> None:
    world.boxes["middle"].faults["read"] = Fault.LOST_BEFORE


def unsigned(world: ToldWorld) -> None:
    it_is_signed_no_more(world)
    world.do(world.plan())


def a_link_goes_down(world: ToldWorld) -> None:
    world.around = lambda: WELL
    plan = world.plan(Relations(after={"near": ("far",)}), wave_size=1)
    world.around = lambda: CUT if "confirm" in world.boxes["far"].calls else WELL
    world.do(plan)
    world.around = lambda: WELL
    world.do(plan)


def a_link_is_back_in_time(world: ToldWorld) -> None:
    world.around = lambda: WELL
    plan = world.plan(Relations(after={"near": ("far",)}), wave_size=1)
    world.around = lambda: CUT if "confirm" in world.boxes["far"].calls and world.clock.now < 1006 else WELL
    world.do(plan)


def what_is_wanted_of_one_is_another_by_now(world: ToldWorld) -> None:
    plan = world.plan(Relations(after={"c": ("b",)}), wave_size=1)
    world.wants = {"b": "newer"}
    world.do(plan)


def a_base_was_changed_by_hand(world: ToldWorld) -> None:
    plan = world.plan()
    world.boxes["near"].by_hand("meddled")
    world.boxes["middle"].faults["read"] = Fault.LOST_BEFORE
    world.do(plan)


def born_as_promised(world: ToldWorld) -> None:
    world.born_of = {"near": "far"}
    world.do(world.plan())


def born_as_another(world: ToldWorld) -> None:
    """Its creator made it otherwise than promised."""
    world.born_of = {"near": "far"}
    at(world, "far", "confirm", lambda: world.boxes["near"].by_hand("born as another"))
    world.do(world.plan())


# Windows


def windows(world: ToldWorld, *from_to_s: tuple[float, float]) -> Calendar:
    """Each open from so many seconds from now to so many."""
    now = world.clock.utc().replace(tzinfo=None)
    periods = [
        Period(
            name=f"window-{number}",
            title="Night",
            when=Dated(start=now + timedelta(seconds=start), end=now + timedelta(seconds=end)),
            zone="UTC",
        )
        for number, (start, end) in enumerate(from_to_s, 1)
    ]
    return Calendar(windows=tuple(periods))


def paused_until_the_next_window(world: ToldWorld) -> None:
    plan = paused(world)
    world.do(plan)
    world.clock.advance(3600)
    world.do(plan)
    world.do(plan)


def paused(world: ToldWorld) -> Plan:
    """Where the first window has room for one wave, and the next is in an hour."""
    plan = world.plan(wave_size=1)
    world.calendar = windows(world, (0, 85), (3600, 80000))
    world.do(plan)
    return plan


def paused_and_given_up(world: ToldWorld) -> None:
    plan = paused(world)
    world.leave(plan)
    world.leave(plan)


def paused_and_no_window_to_come(world: ToldWorld) -> None:
    plan = world.plan(wave_size=1)
    world.calendar = windows(world, (0, 85))
    world.do(plan)


def paused_with_one_refused_already(world: ToldWorld) -> None:
    """When it goes on, that one is no more to come."""
    plan = world.plan(wave_size=1)
    world.calendar = windows(world, (0, 85), (3600, 80000))
    world.wants = {"near": "newer"}
    world.do(plan)
    world.wants = {}
    world.clock.advance(3600)
    world.do(plan)


def paused_and_then_nobody_wants_it(world: ToldWorld) -> None:
    plan = paused(world)
    world.clock.advance(3600)
    world.wants = {"near": "newer"}
    world.boxes["middle"].sick = True
    world.do(plan)


def no_window_is_open(world: ToldWorld) -> None:
    plan = world.plan()
    world.calendar = windows(world, (3600, 80000))
    world.do(plan)


# A plan that takes back


def taking_back(more: Callable[[ToldWorld], None]) -> Callable[[ToldWorld], None]:
    """The third of four fails; then something happens before the second is taken back."""

    def scene(world: ToldWorld) -> None:
        world.on_failure = OnFailure.TAKE_BACK
        plan = world.plan(IN_TURN)
        world.boxes["c"].sick = True
        at(world, "c", "revert", lambda: more(world))
        world.do(plan)

    return scene


def nothing_more(world: ToldWorld) -> None:
    pass


def one_refuses_its_inverse(world: ToldWorld) -> None:
    world.boxes["b"].faults["confirm"] = Fault.SAYS_NO


def one_is_changed_meanwhile(world: ToldWorld) -> None:
    world.boxes["b"].by_hand("meddled")


def taken_back_but_for_what_an_unknown_one_stands_on(world: ToldWorld) -> None:
    world.on_failure = OnFailure.TAKE_BACK
    plan = world.plan(IN_TURN)
    world.boxes["c"].faults["try"] = Fault.SILENT
    world.do(plan)


# Interrupted, and resumed


@dataclass
class KilledAt(FakeProcess):
    """Ends when it comes to a boundary of this name for the so-manieth time."""

    name: str = ""
    times: int = 1

    def boundary(self, name: str) -> None:
        if not self.dead and name == self.name and self.names.count(name) == self.times - 1:
            self.dies_at = self.passed + 1
        super().boundary(name)


def killed(name: str, meanwhile: Callable[[ToldWorld], None] = nothing_more) -> Callable[[ToldWorld], None]:
    """One wave of two ends at a boundary; something happens, and it is resumed."""

    def scene(world: ToldWorld) -> None:
        plan = world.plan(LINK)
        world.do(plan, KilledAt(name=name))
        meanwhile(world)
        world.go_on()

    return scene


def a_while_passes(world: ToldWorld) -> None:
    world.settle()


def the_latch_of_near_forgets_it(world: ToldWorld) -> None:
    world.boxes["near"].records.clear()


def near_falls_silent(world: ToldWorld) -> None:
    world.boxes["near"].silent = True


def near_is_silent_for_a_while(world: ToldWorld) -> None:
    near = world.boxes["near"]
    near.silent = True
    waited(world, {3: lambda: setattr(near, "silent", False)})


def near_gave_it_up(world: ToldWorld) -> None:
    gives_up(world.boxes["near"])


def near_is_sick(world: ToldWorld) -> None:
    world.boxes["near"].sick = True


def left(seconds: float) -> Callable[[ToldWorld], None]:
    """Of the first timer to end."""

    def meanwhile(world: ToldWorld) -> None:
        deadline = min(one.deadline for box in world.boxes.values() for one in box.pending())
        world.clock.advance(deadline - world.clock.now - seconds)

    return meanwhile


def five_seconds_are_left_and_near_is_silent(world: ToldWorld) -> None:
    """As long as one more question and the confirm may take."""
    left(5)(world)
    near_falls_silent(world)


def a_person_stops_the_resume(world: ToldWorld) -> None:
    world.stop.set()


def killed_between_waves(world: ToldWorld) -> None:
    plan = world.plan()
    world.do(plan, KilledAt(name="journal window,window before"))
    world.stop.set()
    world.go_on()
    world.stop.clear()
    world.go_on()


def killed_undoing(name: str, times: int = 1) -> Callable[[ToldWorld], None]:
    """The far one stays and the near one says no; the far one is being taken back by its inverse."""

    def scene(world: ToldWorld) -> None:
        plan = world.plan(LINK)
        world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
        world.do(plan, KilledAt(name=name, times=times))
        world.go_on()

    return scene


def killed_while_taking_back(world: ToldWorld) -> None:
    world.on_failure = OnFailure.TAKE_BACK
    plan = world.plan(IN_TURN)
    world.boxes["c"].sick = True
    world.do(plan, KilledAt(name="a arm before", times=2))
    world.go_on()


def resumed_while_it_runs(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    at(world, "far", "try", world.go_on)
    world.do(plan)


def resumed_by_two(world: ToldWorld) -> None:
    """The other has ended it just before the locks are taken."""
    world.do(world.plan(LINK), KilledAt(name="near try after"))
    world.before_locks = world.go_on
    world.go_on()


def applied_by_two(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    world.before_locks = lambda: world.do(plan)
    world.do(plan)
    world.holds()


def given_up_by_two(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    world.unattended.set()
    world.do(plan)
    world.before_locks = lambda: world.leave(plan)
    world.leave(plan)
    world.holds()


def its_target_is_gone_when_it_is_resumed(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    world.do(plan, KilledAt(name="near try after"))
    del world.boxes["near"]
    world.go_on()


# Beside another plan, which is opened and closed while this one is interrupted or paused


def another_comes_and_goes(world: ToldWorld) -> None:
    journal = world.journal()
    journal.append(Note(event=Event.PLAN_OPENED, plan=ANOTHER), Note(event=Event.PLAN_CLOSED, plan=ANOTHER))
    journal.close()


def interrupted_beside_another(world: ToldWorld) -> None:
    """While the far one was being taken back by its inverse."""
    plan = world.plan(LINK)
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    world.do(plan, KilledAt(name="far try after", times=2))
    another_comes_and_goes(world)
    world.go_on()


def taken_back_beside_another(world: ToldWorld) -> None:
    world.on_failure = OnFailure.TAKE_BACK
    plan = world.plan(IN_TURN)
    world.boxes["c"].sick = True
    world.do(plan, KilledAt(name="a arm before", times=2))
    another_comes_and_goes(world)
    world.go_on()


def paused_beside_another(world: ToldWorld) -> None:
    plan = paused(world)
    another_comes_and_goes(world)
    world.clock.advance(3600)
    world.do(plan)


# What is refused before anything is sent


def refused(edit: Callable[[ToldWorld, Plan], Plan]) -> Callable[[ToldWorld], None]:
    def scene(world: ToldWorld) -> None:
        world.do(edit(world, world.plan()))

    return scene


def used_already(world: ToldWorld) -> None:
    plan = world.plan()
    world.do(plan)
    world.transcript.lines.clear()
    world.do(plan)


def being_applied(world: ToldWorld) -> None:
    plan = world.plan()
    world.do(plan, KilledAt(name="far try before"))
    world.transcript.lines.clear()
    world.do(plan)


def weaker_targets(world: ToldWorld, plan: Plan) -> Plan:
    world.strengths = {"far": RevertStrength.NONE, "near": RevertStrength.MANUAL}
    return plan


def strange_targets(world: ToldWorld, plan: Plan) -> Plan:
    del world.boxes["near"]
    far, middle, near = plan.steps
    moved = (far.model_copy(update={"site": "there"}), middle.model_copy(update={"plane": "other"}), near)
    return plan.model_copy(update={"steps": moved})


def understated(world: ToldWorld, plan: Plan) -> Plan:
    """Who made it says less of its risk than its own lines do, or what no plan may do."""
    effects = {
        "far": (Effect.FILTER_LOOSENED,),
        "middle": (Effect.DEFAULT_ROUTE,),
        "near": (Effect.MANAGEMENT_PATH, Effect.OWN_ACCESS),
    }
    world.strengths = {"near": RevertStrength.MANUAL}

    def saying_less(step: Step) -> Step:
        lines = (DiffLine(sign="-", text="a line", effects=effects[step.target]),)
        diff = Diff(parts=(PartDiff(part="content", lines=lines),))
        return step.model_copy(update={"diff": diff, "effects": diff.effects})

    far, *others = (saying_less(step) for step in plan.steps)
    high = far.model_copy(update={"risk": Risk(level=Level.HIGH)})
    return plan.model_copy(update={"steps": (high, *others)})


def expired(world: ToldWorld, plan: Plan) -> Plan:
    world.clock.advance(24 * 3600)
    return plan


def empty(world: ToldWorld, plan: Plan) -> Plan:
    return plan.model_copy(update={"steps": ()})


# The journal or the locks fail


def the_disk_is_full_at(name: str, phase: str) -> Callable[[ToldWorld], None]:
    """And has room again when it is resumed."""

    def scene(world: ToldWorld) -> None:
        plan = world.plan(wave_size=1)
        at(world, name, phase, lambda: setattr(world, "full", True))
        world.do(plan)
        world.go_on()
        world.full = False
        world.go_on()

    return scene


def the_disk_is_full_from_the_beginning(world: ToldWorld) -> None:
    world.full = True
    world.do(world.plan())


def the_disk_is_full_while_it_is_taken_back(world: ToldWorld) -> None:
    world.on_failure = OnFailure.TAKE_BACK
    plan = world.plan(IN_TURN)
    world.boxes["c"].sick = True

    def wait_for_the_inverse() -> None:
        at(world, "b", "try", lambda: setattr(world, "full", True))

    at(world, "c", "revert", wait_for_the_inverse)
    world.do(plan)
    world.full = False
    world.go_on()


def somebody_takes_it_over(world: ToldWorld) -> None:
    """Who takes us for dead."""
    journal = world.journal()
    other = Owner(host="there", pid=7, started="now", token="other")
    world.processes[other.token] = FakeProcess()
    Locks(journal.store, world.clock, other, lambda owner: False).take(["near"], ANOTHER, ())
    journal.close()


def a_lock_is_lost_in_an_apply(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    at(world, "far", "try", lambda: somebody_takes_it_over(world))
    world.do(plan)


def a_lock_is_lost_in_a_resume(world: ToldWorld) -> None:
    plan = world.plan(LINK)
    world.do(plan, KilledAt(name="near try after"))
    at(world, "far", "revert", lambda: somebody_takes_it_over(world))
    world.go_on()


SCENES: Mapping[str, tuple[Mapping[str, int], Callable[[ToldWorld], None]]] = {
    "well": (THREE, all_is_well),
    "empty": (TWO, refused(empty)),
    "sick": (TWO, one_that_is_not_healthy),
    "sick-both": (TWO, both_are_not_healthy),
    "sick-then-silent": (TWO, sick_first_and_then_silent),
    "sick-then-well": (TWO, well_again_within_the_hold),
    "hold-given-up": (TWO, given_up_by_the_box_within_the_hold),
    "hold-rounds": (TWO, held_for_longer_than_a_few_rounds),
    "hold-late": (TWO, answers_late(2, "far", "near")),
    "hold-late-by-one": (TWO, answers_late(8, "far")),
    "hold-other-key": (TWO, a_host_key_changes_in_the_hold),
    "timer-too-short": (TWO, so_long_takes_a_wait(16.1)),
    "timer-just-enough": (TWO, so_long_takes_a_wait(16)),
    "timer-late-arming": (TWO, a_box_that_was_long_in_arming_says_that_it_has_more),
    "timer-a-little-late": (TWO, armed_a_little_later_than_we_reckon),
    "latch-forgets": (TWO, its_latch_forgets_it),
    "arm-says-no": (TWO, fails("near", "arm", Fault.SAYS_NO, (REACH,))),
    "arm-lost-before": (TWO, fails("near", "arm", Fault.LOST_BEFORE)),
    "arm-lost-after": (TWO, fails("near", "arm", Fault.LOST_AFTER)),
    "try-says-no": (TWO, fails("near", "try", Fault.SAYS_NO)),
    "try-far-says-no": (TWO, fails("far", "try", Fault.SAYS_NO)),
    "try-lost-after": (TWO, fails("near", "try", Fault.LOST_AFTER)),
    "try-lost-before": (TWO, fails("near", "try", Fault.LOST_BEFORE)),
    "try-cut": (TWO, fails("near", "try", Fault.CUT)),
    "try-silent": (TWO, fails("near", "try", Fault.SILENT)),
    "confirm-says-no": (TWO, fails("near", "confirm", Fault.SAYS_NO)),
    "confirm-far-says-no": (TWO, fails("far", "confirm", Fault.SAYS_NO)),
    "confirm-lost-before": (TWO, fails("near", "confirm", Fault.LOST_BEFORE)),
    "confirm-lost-after": (TWO, fails("near", "confirm", Fault.LOST_AFTER)),
    "confirm-silent": (TWO, fails("near", "confirm", Fault.SILENT)),
    "confirm-heals": (TWO, lost_before_the_confirm_and_then_back),
    "confirm-cut": (TWO, silent_before_the_confirm_until_its_timer_ended),
    "revert-says-no": (TWO, it_is_not_healthy_and_the_revert(Fault.SAYS_NO)),
    "revert-lost-before": (TWO, it_is_not_healthy_and_the_revert(Fault.LOST_BEFORE)),
    "revert-silent": (TWO, it_is_not_healthy_and_the_revert(Fault.SILENT)),
    "revert-breaks": (TWO, a_revert_that_breaks),
    "revert-breaks-in-silence": (TWO, a_revert_that_breaks_in_silence),
    "revert-lie": (TWO, it_only_says_that_it_went_back),
    "confirm-lie": (TWO, it_only_says_that_it_is_confirmed),
    "read-back-lost": (TWO, confirmed_and_lost_again),
    "read-back-silent": (TWO, confirmed_and_not_to_be_read),
    "read-back-late": (TWO, confirmed_and_read_after_a_while),
    "probe-fails": (TWO, a_probe_fails_in_the_hold),
    "probe-failed-before": (TWO, a_probe_failed_before_and_is_well_after),
    "probe-unasked": (TWO, a_probe_cannot_be_asked),
    "probe-lost-after": (TWO, a_probe_is_lost_after_the_confirm),
    "probe-found-again": (TWO, a_probe_is_lost_after_the_confirm_and_found_again),
    "inverse-changed-since": (TWO, its_inverse_is_not_begun_where_it_was_changed_since),
    "inverse-sick": (TWO, its_inverse_does_not_become_healthy),
    "inverse-silent": (TWO, its_inverse_falls_silent),
    "inverse-says-no": (TWO, its_inverse_is_said_no_to),
    "inverse-not-armed": (TWO, its_inverse_is_not_accepted),
    "stop-before": (THREE, stopped_before_it_began),
    "stop-probing": (THREE, stopped_while_it_was_looked_at_before),
    "stop-arm": (THREE, stopped_at("arm")),
    "stop-try": (THREE, stopped_at("try")),
    "stop-hold": (THREE, stopped_in_the_hold),
    "stop-last-moment": (TWO, stopped_at_the_last_moment),
    "stop-confirm": (THREE, stopped_at("confirm")),
    "hang-up": (THREE, the_terminal_is_lost),
    "waves-failed": (FOUR, stops_after_a_failed_wave),
    "waves-expired": (THREE, between_waves(it_expires)),
    "waves-unsigned": (THREE, between_waves(it_is_signed_no_more)),
    "waves-changed": (THREE, between_waves(one_is_changed_by_hand)),
    "waves-unread": (THREE, between_waves(one_answers_no_more)),
    "waves-cut-off": (TWO, a_link_goes_down),
    "waves-not-cut-off": (TWO, a_link_is_back_in_time),
    "unsigned": (THREE, unsigned),
    "intent": (FOUR, what_is_wanted_of_one_is_another_by_now),
    "stale": (THREE, a_base_was_changed_by_hand),
    "born": (TWO, born_as_promised),
    "born-as-another": (TWO, born_as_another),
    "window-shut": (TWO, no_window_is_open),
    "window-paused": (THREE, paused_until_the_next_window),
    "window-one-refused": (THREE, paused_with_one_refused_already),
    "window-given-up": (THREE, paused_and_given_up),
    "window-none-to-come": (THREE, paused_and_no_window_to_come),
    "window-then-refused": (THREE, paused_and_then_nobody_wants_it),
    "take-back": (FOUR, taking_back(nothing_more)),
    "take-back-refused": (FOUR, taking_back(one_refuses_its_inverse)),
    "take-back-changed": (FOUR, taking_back(one_is_changed_meanwhile)),
    "take-back-unknown": (FOUR, taken_back_but_for_what_an_unknown_one_stands_on),
    "killed-before-armed": (TWO, killed("near arm before")),
    "killed-trying": (TWO, killed("near try before")),
    "killed-late": (TWO, killed("near try after", a_while_passes)),
    "killed-latch-forgets": (TWO, killed("near try after", the_latch_of_near_forgets_it)),
    "killed-silent": (TWO, killed("near try after", near_falls_silent)),
    "killed-confirming": (TWO, killed("far confirm before")),
    "killed-confirming-five-left": (TWO, killed("far confirm before", five_seconds_are_left_and_near_is_silent)),
    "killed-half-confirmed": (TWO, killed("near confirm before")),
    "killed-half-confirmed-late": (TWO, killed("near confirm before", a_while_passes)),
    "killed-half-confirmed-silent": (TWO, killed("near confirm before", near_falls_silent)),
    "killed-half-confirmed-silent-for-a-while": (TWO, killed("near confirm before", near_is_silent_for_a_while)),
    "killed-half-confirmed-given-up": (TWO, killed("near confirm before", near_gave_it_up)),
    "killed-half-confirmed-sick": (TWO, killed("near confirm before", near_is_sick)),
    "killed-half-confirmed-little-left": (TWO, killed("near confirm before", left(0.5))),
    "killed-half-confirmed-enough-left": (TWO, killed("near confirm before", left(1))),
    "killed-confirmed": (TWO, killed("journal outcome,outcome before")),
    "killed-and-stopped": (TWO, killed("near try after", a_person_stops_the_resume)),
    "killed-between-waves": (THREE, killed_between_waves),
    "killed-undoing": (TWO, killed_undoing("journal undoing after")),
    "killed-undoing-armed": (TWO, killed_undoing("far arm after", 2)),
    "killed-undoing-tried": (TWO, killed_undoing("far try after", 2)),
    "killed-undoing-confirming": (TWO, killed_undoing("far confirm before", 2)),
    "killed-undoing-confirmed": (TWO, killed_undoing("far confirm after", 2)),
    "killed-undoing-undone": (TWO, killed_undoing("far close before")),
    "killed-taking-back": (FOUR, killed_while_taking_back),
    "beside-another-interrupted": (TWO, interrupted_beside_another),
    "beside-another-taken-back": (FOUR, taken_back_beside_another),
    "beside-another-paused": (THREE, paused_beside_another),
    "resumed-while-it-runs": (TWO, resumed_while_it_runs),
    "resumed-by-two": (TWO, resumed_by_two),
    "applied-by-two": (TWO, applied_by_two),
    "given-up-by-two": (TWO, given_up_by_two),
    "resumed-without-its-target": (TWO, its_target_is_gone_when_it_is_resumed),
    "refused-used": (TWO, used_already),
    "refused-open": (TWO, being_applied),
    "refused-weaker": (THREE, refused(weaker_targets)),
    "refused-strange": (THREE, refused(strange_targets)),
    "refused-understated": (THREE, refused(understated)),
    "refused-expired": (THREE, refused(expired)),
    "disk-full": (THREE, the_disk_is_full_from_the_beginning),
    "disk-full-arm": (THREE, the_disk_is_full_at("middle", "arm")),
    "disk-full-confirm": (THREE, the_disk_is_full_at("middle", "confirm")),
    "disk-full-taking-back": (FOUR, the_disk_is_full_while_it_is_taken_back),
    "lock-lost": (TWO, a_lock_is_lost_in_an_apply),
    "lock-lost-resuming": (TWO, a_lock_is_lost_in_a_resume),
}
"""By the name of its transcript: boxes with their distances, and what happens."""


def told(name: str) -> str:
    """The transcript of a scene, played in a world of its own."""
    distances, scene = SCENES[name]
    with memory_folder() as folder, without_threads():
        world = ToldWorld(folder, distances)
        scene(world)
    return world.transcript.text()


if __name__ == "__main__":
    for old in TRANSCRIPTS.iterdir():
        old.unlink()
    for name in SCENES:
        (TRANSCRIPTS / f"{name}.txt").write_text(told(name))
