"""One owner a target; a dead owner's lock is taken over only when its plan has no open step."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from change.locks import Locked, Locks, Owner, runs_here, started, this_process
from change.store import Store
from tests.change.fake_target import FakeClock, fingerprint

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
        return Locks(self.store, self.clock, owner, lambda other: self.running[other.token], lease_s=60)


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
        assert runs_here(owner) is False  # it is dead, and its parent has not yet looked
    assert runs_here(owner) is False
    assert runs_here(owner.model_copy(update={"started": ""})) is False
