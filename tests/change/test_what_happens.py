"""What happens when: the table of docs/promises.md, row by row, on a pretended plane."""

from __future__ import annotations

import errno
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from change.journal import Event, JournalError
from change.model import LatchState, Outcome, Step
from change.watch import Unwatched
from tests.change.fake_target import FakeProcess, Fault
from tests.change.fake_world import FakeWorld

PHASES = ("read", "arm", "try", "verify", "confirm", "revert", "inspect", "close")
MOMENTS = (Event.CHECKED, Event.INTENT, Event.ARMED, Event.TRYING, Event.TRIED, Event.HOLDING, Event.CONFIRMING)
SENDS = {Event.INTENT: "arm", Event.TRYING: "try", Event.CONFIRMING: "confirm"}
"""What is sent right after an entry, without another one between."""


SAYS = {Event.CHECKED: (False, False), Event.CONFIRMING: (True, False)}
"""Of the box that heard it last: whether it was told to keep the change, and whether it goes back by itself."""


class At(Unwatched):
    """Does something at the first time that this is written."""

    def __init__(self, event: Event, act: Callable[[], object]) -> None:
        self.event, self.act, self.done = event, act, False

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        if phase == self.event and not self.done:
            self.done = True
            self.act()


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, {"far": 2, "near": 1})


def whole(world: FakeWorld) -> None:
    """Nothing half-done, nothing open, nothing done twice, and a journal that says so."""
    journal = world.journal()
    assert journal.verify() == ()
    assert journal.open_plans() == ()
    assert world.locks(journal, FakeProcess()).held() == ()
    for box in world.boxes.values():
        assert all(count == 1 for count in box.tried.values())
        assert {record.state for record in box.records.values()} <= {LatchState.CONFIRMED, LatchState.REVERTED}


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_jump_hosts_clock_is_stepped_in_the_middle(world: FakeWorld, moment: Event, hours: int) -> None:
    """All is confirmed, after the same time as without: no timer is reckoned from a date."""
    undisturbed = FakeWorld(world.folder / "undisturbed", world.distances)
    undisturbed.folder.mkdir()
    stepped = At(moment, lambda: setattr(world.clock, "stepped_s", hours * 3600))
    for one, watcher in ((undisturbed, Unwatched()), (world, stepped)):
        plan = one.plan()
        one.clock.advance(7200)
        result = one.apply(plan, watcher=watcher)
    assert stepped.done
    assert result.exit_status == 0
    assert world.clock.now == undisturbed.clock.now
    whole(world)


def test_a_clock_that_is_set_back_to_before_the_plan_was_made_begins_no_further_wave(world: FakeWorld) -> None:
    """The wave under way ends as it would; what a date decides is asked anew before each wave, and dates are wrong."""
    back = At(Event.TRIED, lambda: setattr(world.clock, "stepped_s", -3600))
    result = world.apply(world.plan(), watcher=back)
    assert [end.outcome for end in result.ends] == [Outcome.CONFIRMED, Outcome.REFUSED]
    assert "a clock is wrong" in result.ends[1].reason
    whole(world)


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_is_stepped_between_a_kill_and_the_resume(world: FakeWorld, hours: int) -> None:
    process = FakeProcess()
    plan = world.plan()
    with pytest.raises(Exception, match="killed"):
        world.apply(plan, process, watcher=At(Event.TRIED, kill))
    world.clock.stepped_s = hours * 3600
    (result,) = world.resume()
    assert {end.outcome for end in result.ends} == {Outcome.REVERTED, Outcome.REFUSED}
    whole(world)


def kill() -> None:
    raise RuntimeError("killed")


@pytest.mark.parametrize("phase", PHASES)
def test_each_answer_of_a_phase_is_late_by_seconds(world: FakeWorld, phase: str) -> None:
    for box in world.boxes.values():
        box.faults[phase] = Fault.LATE
    assert world.apply(world.plan()).exit_status == 0
    whole(world)


def test_every_answer_is_so_late_that_the_timers_cannot_be_met(world: FakeWorld) -> None:
    """Then it goes back, and is not raced."""
    for box in world.boxes.values():
        box.faults.update(dict.fromkeys(PHASES, Fault.SLOW))
    result = world.apply(world.plan())
    assert result.exit_status == 4
    assert {box.content for box in world.boxes.values()} == {"old"}
    whole(world)


ONCE_BEFORE = {"read": 3, "arm": 3, "try": 4, "verify": 4, "confirm": 4, "revert": 0, "inspect": 0, "close": 0}
"""The exit status where no command of a phase reaches the box that is farther away, and all else does."""
ONCE_AFTER = ONCE_BEFORE | {"arm": 4, "try": 0, "confirm": 0}
"""Where they reach it, and no answer comes back."""


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("fault", "ends"), [(Fault.LOST_BEFORE, ONCE_BEFORE), (Fault.LOST_AFTER, ONCE_AFTER)])
def test_the_session_is_cut_in_a_phase(world: FakeWorld, phase: str, fault: Fault, ends: dict[str, int]) -> None:
    plan = world.plan()
    world.boxes["far"].faults[phase] = fault
    result = world.apply(plan)
    assert result.exit_status == ends[phase], result
    whole(world)
    wanted = "new" if result.exit_status == 0 else "old"
    assert world.boxes["far"].content == wanted


def test_a_device_starts_anew_between_try_and_confirm(world: FakeWorld) -> None:
    """Its boot undoes what was not confirmed; that is noticed, and nothing is confirmed."""

    def reboot() -> None:
        for step in tuple(world.boxes["far"].records):
            world.boxes["far"].go_back(step)

    result = world.apply(world.plan(), watcher=At(Event.HOLDING, reboot))
    assert result.exit_status == 4
    assert world.boxes["far"].content == "old"
    whole(world)


@contextmanager
def no_room() -> Iterator[None]:
    """Every write of this process to a file is refused by the kernel (setrlimit(2), RLIMIT_FSIZE)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_disk_is_full_from_a_moment_on(world: FakeWorld, moment: Event) -> None:
    """No box hears more than what was written; what it heard it undoes by itself; resume ends it when there is room."""
    sent: list[str] = []
    limits = no_room()

    def fill() -> None:
        sent.extend(world.sent())
        limits.__enter__()

    try:
        result = world.apply(world.plan(), watcher=At(moment, fill))
    finally:
        limits.__exit__(None, None, None)
    assert result.problem
    assert result.exit_status == (3 if moment is Event.CHECKED else 5)
    said = next(end.reason for end in result.ends if end.target == "far")
    assert ("told to keep" in said, "goes back by itself" in said) == SAYS.get(moment, (False, True))
    after = world.sent()
    assert [call for call in after if call not in sent] == ([f"far {SENDS[moment]}"] if moment in SENDS else [])
    world.resume()
    whole(world)


@pytest.mark.twin
def test_a_real_disk_is_full_from_a_moment_on(tmp_path: Path) -> None:
    """A small tmpfs, filled to the last octet."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "govnet-test", str(tmp_path)], check=True)
    try:
        world = FakeWorld(tmp_path, {"far": 2, "near": 1})
        filler = tmp_path / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError) as refused:
                while True:
                    file.write(b"x" * 4096)
            assert refused.value.errno == errno.ENOSPC

        result = world.apply(world.plan(), watcher=At(Event.TRYING, fill))
        assert result.exit_status == 5
        assert "full" in result.problem or "No space" in result.problem
        filler.unlink()
        world.resume()
        whole(world)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.twin
def test_a_journal_that_is_read_only_lets_nothing_be_sent(tmp_path: Path) -> None:
    world = FakeWorld(tmp_path, {"far": 2, "near": 1})
    plan = world.plan()
    world.journal().close()
    subprocess.run(["mount", "--bind", str(tmp_path), str(tmp_path)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(tmp_path)], check=True)
        with pytest.raises(JournalError, match="could not be written"):
            world.apply(plan)
        assert world.sent() == []
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
    assert world.apply(plan).exit_status == 0


def test_an_unknown_is_settled_by_planning_anew(world: FakeWorld) -> None:
    """The plan is closed and holds no lock; once the box answers again, what it is now is the base of the next plan."""
    world.boxes["far"].faults["try"] = Fault.SILENT
    assert world.apply(world.plan()).exit_status == 5
    assert world.resume() == ()
    world.boxes["far"].silent = False
    world.boxes["far"].faults.clear()
    world.settle()
    assert world.apply(world.plan()).exit_status == 0
    assert world.boxes["far"].content == "new"
    whole(world)
