"""One owner a target; a dead owner's lock is taken over only when its plan has no open step."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from change.clock import SystemClock
from change.journal import Event, Journal, Note
from change.locks import Lock, Locked, LockLost, Locks, Owner, runs_here, started, this_process
from change.model import Step
from change.plan import digest
from change.store import LOCKS, Store
from change.watch import Unwatched
from tests.change.fake_file_box import FakeFileTarget
from tests.change.fake_target import FakeClock, fingerprint
from tests.change.fake_world import FakeWorld
from tests.change.memory import memory_folder
from tests.change.test_kill import DISTANCES, ROOT, make_world

PLAN, OTHER = fingerprint("plan"), fingerprint("other plan")


class FakeHosts:
    """Which owners run, by token; None: of another host, nobody can ask."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store = Store(folder / "journal.db")
        self.running: dict[str, bool | None] = {}

    def locks(self, token: str, running: bool | None = True) -> Locks:
        self.running[token] = running
        owner = Owner(host="here", pid=1, started="then", token=token)
        return Locks(self.store, self.clock, owner, lambda other: self.running[other.token], lease_s=60, watch_s=30)


@pytest.fixture
def hosts(folder: Path) -> FakeHosts:
    return FakeHosts(folder)


def test_all_or_none(hosts: FakeHosts) -> None:
    hosts.locks("one").take(["a"], PLAN, ())
    two = hosts.locks("two")
    with pytest.raises(Locked, match="a is being changed by process 1 on here"):
        two.take(["b", "a"], OTHER, ())
    assert [lock.target for lock in two.held()] == ["a"]
    two.take(["b"], OTHER, ())
    assert [(lock.target, lock.plan) for lock in two.held()] == [("a", PLAN), ("b", OTHER)]


def test_a_dead_owner_must_have_been_resolved(hosts: FakeHosts) -> None:
    hosts.locks("one").take(["a"], PLAN, ())
    hosts.running["one"] = False
    two = hosts.locks("two")
    with pytest.raises(Locked, match="govnet resume"):
        two.take(["a"], OTHER, {PLAN})
    two.take(["a"], OTHER, ())
    assert two.held()[0].owner.token == "two"


def test_another_hosts_lock_stands_until_its_lease_ran_out(hosts: FakeHosts) -> None:
    one, two = hosts.locks("one", None), hosts.locks("two")
    one.take(["a"], PLAN, ())
    hosts.clock.advance(50)
    one.beat()
    hosts.clock.advance(59)
    with pytest.raises(Locked, match="being changed"):
        two.take(["a"], OTHER, ())
    hosts.clock.advance(2)
    two.take(["a"], OTHER, ())


@pytest.mark.parametrize("stepped_s", [-3600, 3600])
def test_a_stepped_clock_takes_no_living_owners_lock(hosts: FakeHosts, stepped_s: int) -> None:
    """The other host's clock, or ours, is an hour off: its owner is watched, and beats."""
    one, two = hosts.locks("one", None), hosts.locks("two")
    one.take(["a"], PLAN, ())
    hosts.clock.stepped_s = stepped_s
    one.beat()
    hosts.clock.stepped_s = -stepped_s
    hosts.clock.on_wait = one.beat
    for ask in (lambda: two.take(["a"], OTHER, ()), lambda: two.sweep(())):
        with suppress(Locked):
            ask()
        assert [lock.owner.token for lock in two.held()] == ["one"]


def test_what_was_taken_over_is_noticed_before_anything_more_is_written(hosts: FakeHosts) -> None:
    """An owner that was stopped for longer than its lease, and goes on."""
    one, two = hosts.locks("one", None), hosts.locks("two")
    journal = Journal(hosts.store.path, hosts.clock)
    journal.fence(one.must_hold)
    one.take(["a", "b"], PLAN, ())
    journal.append(Note(event=Event.TRYING))
    hosts.clock.advance(61)
    two.take(["a"], OTHER, ())
    with pytest.raises(LockLost, match="process 1 on here took over a from us"):
        one.beat()
    with pytest.raises(LockLost, match="nothing more was sent"):
        journal.append(Note(event=Event.TRIED))
    assert len(journal.entries()) == 1
    one.release(PLAN)
    journal.append(Note(event=Event.RESUMED))
    assert [lock.owner.token for lock in two.held()] == ["two"]


class Thief(Unwatched):
    """Takes every lock over once so many phases were written, and looks what had been sent by then."""

    def __init__(self, world: FakeWorld, after: int) -> None:
        self.world, self.after = world, after
        self.phases: list[str] = []
        self.sent: list[str] | None = None

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self.phases.append(phase)
        if len(self.phases) == self.after:
            with Store(self.world.folder / "journal.db").writing() as connection:
                connection.execute(update(LOCKS).values(token="thief", host="there", pid=7))
            self.sent = self.world.sent()


@pytest.mark.parametrize("after", range(1, 11))
def test_an_apply_that_lost_its_lock_sends_at_most_what_it_had_just_written(folder: Path, after: int) -> None:
    world = FakeWorld(folder, {"near": 1})
    plan = world.plan()
    thief = Thief(world, after)
    result = world.apply(plan, watcher=thief)
    assert thief.sent is not None
    written = {"intent": "arm", "trying": "try", "confirming": "confirm"}.get(thief.phases[after - 1])
    assert world.sent() == [*thief.sent, *([f"near {written}"] if written else [])]
    assert "process 7 on there took over near" in result.problem
    assert world.journal().open_plans() == (digest(plan),)


def test_a_beat_goes_on_however_long_an_answer_takes(folder: Path) -> None:
    store = Store(folder / "journal.db")
    locks = Locks(store, SystemClock())
    locks.take(["a"], PLAN, ())
    seen = {locks.held()[0].heartbeat}
    with locks.beating(every_s=0.01):
        while len(seen) < 4:
            seen.add(locks.held()[0].heartbeat)
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}
    locks.release(PLAN)


def test_release_gives_back_only_ones_own(hosts: FakeHosts) -> None:
    one, two = hosts.locks("one"), hosts.locks("two")
    one.take(["a"], PLAN, ())
    two.release(PLAN)
    one.release(OTHER)
    assert len(one.held()) == 1
    one.release(PLAN)
    assert one.held() == ()


def test_a_sweep_removes_what_the_dead_left_of_ended_plans_alone(hosts: FakeHosts) -> None:
    for token, target, plan in (("dead", "a", PLAN), ("dead-open", "b", OTHER), ("alive", "c", PLAN)):
        hosts.locks(token).take([target], plan, ())
    hosts.running["dead"] = hosts.running["dead-open"] = False
    hosts.locks("me").sweep({OTHER})
    assert [lock.target for lock in hosts.locks("me").held()] == ["b", "c"]


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    me = this_process()
    assert runs_here(me) is True
    assert runs_here(me.model_copy(update={"started": "before"})) is False
    assert runs_here(me.model_copy(update={"host": "elsewhere"})) is None
    with subprocess.Popen(["sleep", "60"]) as child:
        owner = me.model_copy(update={"pid": child.pid, "started": started(child.pid)})
        assert runs_here(owner) is True
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert started(child.pid) == ""
        assert runs_here(owner) is False  # it is dead, and its parent has not yet looked
    assert runs_here(owner) is False
    assert runs_here(owner.model_copy(update={"started": ""})) is False


def test_after_a_reboot_of_the_jump_host_no_owner_of_before_runs() -> None:
    """Its boot id is another, also where a process has the old number and the old start in jiffies."""
    me = this_process()
    boot, _, began = me.started.partition("/")
    assert runs_here(me.model_copy(update={"started": f"{boot[::-1]}/{began}"})) is False


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.prove)])
def test_two_operators_at_once_never_write_one_device_together(rounds: int) -> None:
    """Two real processes begin at the same moment; each has a plan of its own for the same boxes."""
    for _ in range(rounds):
        with memory_folder() as folder:
            plans = [make_world(folder, name) for name in ("asha", "juma")]
            go = folder / "go"
            command = [sys.executable, "-m", "tests.change.fake_file_box", "apply", str(folder)]
            operators = [
                subprocess.Popen([*command, name, str(go)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
                for name in ("asha", "juma")
            ]
            for operator in operators:
                assert operator.stdout is not None
                assert operator.stdout.readline() == "ready\n"
            go.touch()
            said = [operator.communicate(timeout=60)[0] for operator in operators]
            applied = [index for index, text in enumerate(said) if "plan-closed" in text and "armed" in text]
            assert len(applied) == 1, said
            journal = Journal(folder / "journal.db", SystemClock())
            assert journal.verify() == ()
            assert journal.open_plans() == ()
            heard = {entry.plan for entry in journal.entries() if entry.event == Event.INTENT}
            assert heard == {digest(plans[applied[0]])}
            journal.close()
            for name in DISTANCES:
                with FakeFileTarget(folder, name, DISTANCES[name]).opened() as box:
                    assert [record["tries"] for record in box["records"].values()] == [1]


def test_a_lock_says_who_holds_it_since_when_and_for_how_long(hosts: FakeHosts) -> None:
    one = hosts.locks("one")
    one.take(["b"], PLAN, ())
    hosts.clock.advance(1)
    one.take(["a"], OTHER, ())
    assert one.held() == (
        Lock(target="a", plan=OTHER, owner=one.owner, heartbeat="2026-11-23T06:00:01.000Z", lease_s=60),
        Lock(target="b", plan=PLAN, owner=one.owner, heartbeat="2026-11-23T06:00:00.000Z", lease_s=60),
    )
    one.release(PLAN)
    assert [lock.target for lock in one.held()] == ["a"]
    one.take(["a"], OTHER, {OTHER})


def test_each_target_that_is_locked_is_a_sentence(hosts: FakeHosts) -> None:
    hosts.locks("one").take(["a", "c"], PLAN, ())
    hosts.locks("dead").take(["b"], OTHER, ())
    hosts.running["dead"] = False
    two = hosts.locks("two")
    with pytest.raises(Locked) as raised:
        two.take(["c", "b", "a", "b"], OTHER, {OTHER})
    assert raised.value.problems == (
        "a is being changed by process 1 on here",
        "b: a change of it was interrupted: run govnet resume",
        "c is being changed by process 1 on here",
    )
    assert str(raised.value) == "; ".join(raised.value.problems)
    assert hosts.clock.now == 1000, "nobody of another host was watched"


def test_a_lease_lasts_to_its_last_moment(hosts: FakeHosts) -> None:
    one, two = hosts.locks("one", None), hosts.locks("two")
    one.take(["a"], PLAN, ())
    hosts.clock.advance(60)
    with pytest.raises(Locked):
        two.take(["a"], OTHER, ())
    assert hosts.clock.now == 1060
    hosts.clock.advance(0.001)
    two.take(["a"], OTHER, ())
    assert hosts.clock.now == 1090.001, "it was watched for as long as was said"


def test_a_sweep_watches_other_hosts_and_leaves_what_is_not_resolved(hosts: FakeHosts) -> None:
    for token, target, plan in (("gone", "a", PLAN), ("gone-open", "b", OTHER), ("there", "c", PLAN)):
        hosts.locks(token, None).take([target], plan, ())
        hosts.clock.advance(40)
    me = hosts.locks("me")
    me.sweep({PLAN, OTHER})
    assert (len(me.held()), hosts.clock.now) == (3, 1120)
    me.sweep({OTHER})
    assert ([lock.target for lock in me.held()], hosts.clock.now) == (["b", "c"], 1150)


def test_a_beat_is_of_ones_own_locks_alone_and_of_none_where_none_is_held(hosts: FakeHosts) -> None:
    one, two = hosts.locks("one"), hosts.locks("two")
    one.take(["a"], PLAN, ())
    two.take(["b"], OTHER, ())
    hosts.clock.advance(5)
    one.beat()
    hosts.locks("three").beat()
    assert [lock.heartbeat for lock in one.held()] == ["2026-11-23T06:00:05.000Z", "2026-11-23T06:00:00.000Z"]


@pytest.mark.parametrize(
    ("takes", "says"),
    [
        ({"a": "two", "b": "three"}, "process 1 on here, process 7 on there took over a, b"),
        ({"b": "two"}, "process 1 on here took over b"),
        ({"a": ""}, "somebody took over a"),
        ({"a": "", "b": "two"}, "process 1 on here took over a, b"),
    ],
)
def test_who_took_over_and_what(hosts: FakeHosts, takes: dict[str, str], says: str) -> None:
    one = hosts.locks("one")
    one.take(["b", "a"], PLAN, ())
    one.take(["c"], OTHER, ())
    hosts.locks("other").take(["d"], OTHER, ())
    with hosts.store.writing() as connection:
        for target, token in takes.items():
            row = LOCKS.c.target == target
            pid, host = (7, "there") if token == "three" else (1, "here")
            taken = update(LOCKS).where(row).values(token=token, pid=pid, host=host)
            connection.execute(taken if token else delete(LOCKS).where(row))
    with pytest.raises(LockLost) as raised:
        one.beat()
    assert str(raised.value) == f"{says} from us: nothing more was sent"


def test_a_process_began_when_its_machine_says_whatever_it_is_called(tmp_path: Path) -> None:
    program = tmp_path / "a) Z (x"
    program.symlink_to(Path("/bin/sleep").resolve())
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with subprocess.Popen([str(program), "60"]) as child:
        stat = Path(f"/proc/{child.pid}/stat").read_text()
        assert started(child.pid) == f"{boot}/{stat.split(f'({program.name}) ')[1].split()[19]}"
        child.kill()
    assert started(child.pid) == ""
    assert this_process().started == started(os.getpid()) != ""
    assert len({this_process().token for _ in range(3)}) == 3
