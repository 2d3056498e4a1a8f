"""The hypervisor that is this host: real machines, real volumes, the real engine; and nothing left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from change.model import LatchState
from change.target import TargetError
from inventory.model import Inventory, Volume
from lab import claims, image, remains
from lab.leaks import leaks
from lab.names import Lab
from stacks.backend import BackendError
from stacks.birth import birth_digest
from stacks.engine import find
from stacks.nspawn import cgroups, host, limits
from stacks.nspawn.backend import NspawnBackend
from stacks.resources import Machine, Mount
from stacks.resources import Volume as StackVolume
from stacks.target import StackTarget
from tests.stacks.world import PASSPHRASE, PLAN, SITE, birth, inventory_of, machine, server, step_of

pytestmark = pytest.mark.twin
DATA = Volume(name="data-1", machine="web-1", mount="/srv/www", size_mib=100)


@dataclass
class Ground:
    """A host with the namespaces of two servers and nothing in them."""

    folder: Path
    lab: Lab

    @property
    def facts(self) -> Path:
        return self.folder / "lab" / "host.json"

    @property
    def host(self) -> host.Host:
        return host.read(self.facts)

    def backend(self, stack: str = SITE) -> NspawnBackend:
        return NspawnBackend.opened(f"{stack}:{self.facts}")

    def target(self, inventory: Inventory) -> StackTarget:
        folder = self.folder / "stacks" / SITE
        return StackTarget(inventory, SITE, self.backend(), find, folder, birth, lambda: PASSPHRASE)

    def inside(self, node: str, *words: str) -> str:
        leader = cgroups.leader(self.host.group(node))
        assert leader is not None, f"{node} has no power"
        line = ["nsenter", "--target", str(leader), "--all", "--", *words]
        return subprocess.run(line, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    lab = Lab(tmp_path)
    made = Ground(tmp_path, lab)
    host.write(lab.host(image.path()), made.facts)
    claims.claim(lab)
    try:
        for name in ("web-1", "web-2"):
            subprocess.run(["ip", "netns", "add", lab.of(name)], check=True)
        yield made
    finally:
        remains.remove(lab)
    assert leaks(lab.name) == ()


def one(name: str = "web-1", mounts: tuple[Mount, ...] = ()) -> Machine:
    device = server(name, 10)
    return Machine(
        name=name,
        cpus=1,
        memory_mib=512,
        addresses=("10.9.0.10/24",),
        gateway="10.9.0.1",
        mounts=mounts,
        image=image.path().name,
        birth=birth_digest(birth(device)),
    )


def test_made_changed_set_aside_brought_back_and_forgotten(ground: Ground) -> None:
    backend = ground.backend()
    volume = StackVolume(name="data-1", size_mib=10)
    bare = one()
    backend.create(volume, ())
    backend.create(bare, birth(server("web-1", 10)))
    assert backend.look().machines == (bare,)
    assert ground.inside("web-1", "hostname") == "web-1"
    ground.inside("web-1", "sh", "-c", "echo kept >/root/kept; sync")
    mounted = one(mounts=(Mount(volume="data-1", path="/srv/www"),))
    backend.update(bare, mounted)
    ground.inside("web-1", "sh", "-c", "echo page >/srv/www/index.html")
    assert ground.inside("web-1", "cat", "/root/kept") == "kept"
    backend.delete(mounted)
    assert backend.look().machines == ()
    assert cgroups.leader(ground.host.group("web-1")) is None
    backend.create(mounted, ())
    assert ground.inside("web-1", "cat", "/root/kept", "/srv/www/index.html") == "kept\npage"
    off = mounted.model_copy(update={"power": "off"})
    backend.update(mounted, off)
    assert backend.look().machines == (off,)
    backend.delete(off)
    backend.delete(volume)
    backend.forget()
    assert backend.look().by_key == {}
    assert [path.name for path in ground.host.disks.iterdir()] == [".volumes"]


def test_what_cannot_be_made_leaves_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ground.folder / "machine.sh"
    broken.write_text("echo this image does not boot\nexit 1\n")
    monkeypatch.setattr("stacks.nspawn.machines.SCRIPT", broken)
    with pytest.raises(BackendError, match="this image does not boot"):
        ground.backend().create(one(), birth(server("web-1", 10)))
    with pytest.raises(BackendError, match="no longer what the plan says"):
        ground.backend().create(one(), ())
    with pytest.raises(BackendError, match="no namespace"):
        ground.backend().create(one("web-9"), birth(server("web-9", 10)))
    assert not list(ground.host.disks.iterdir())
    assert cgroups.processes(ground.host.name) == ()


def test_stacks_of_two_sites_share_a_host(ground: Ground) -> None:
    ground.backend("here").create(StackVolume(name="data-1", size_mib=10), ())
    assert ground.backend("there").look().by_key == {}
    with pytest.raises(BackendError, match="not of this stack"):
        ground.backend("there").create(StackVolume(name="data-1", size_mib=10), ())


def test_a_look_beside_sub_steps_sees_each_volume_or_not_and_never_fails(ground: Ground) -> None:
    backend = ground.backend()
    stays, comes_and_goes = StackVolume(name="stays", size_mib=10), StackVolume(name="goes", size_mib=10)
    backend.create(stays, ())
    done = threading.Event()

    def come_and_go() -> None:
        for _ in range(300):
            backend.create(comes_and_goes, ())
            backend.delete(comes_and_goes)
        done.set()

    with ThreadPoolExecutor() as beside:
        work = beside.submit(come_and_go)
        while not done.is_set() and not work.done():
            assert stays in ground.backend().look().volumes
        work.result()


def test_a_whole_stack(ground: Ground) -> None:
    inventory = inventory_of((machine("web-1"), machine("web-2")), (DATA,))
    target = ground.target(inventory)
    step = step_of(target, "one")
    announced: list[str] = []
    target.arm(step, PLAN, step.timer_s)
    target.try_(step, announced.append)
    target.verify(step)
    target.confirm(step)
    assert ground.target(inventory).preview() is None
    assert ground.inside("web-2", "hostname") == "web-2"
    cgroups.kill(ground.host.group("web-2"))
    drifted = step_of(ground.target(inventory), "two")
    assert [part.part for part in drifted.diff.parts] == ["machine web-2"]


TRIES = """
import sys
from pathlib import Path
from change.model import Step
from lab.names import Lab
from tests.stacks.test_nspawn import DATA, PLAN, Ground, inventory_of, machine

folder = Path(sys.argv[1])
target = Ground(folder, Lab(folder)).target(inventory_of((machine("web-1"), machine("web-2")), (DATA,)))
step = Step.model_validate_json((folder / "step").read_text())
target.arm(step, PLAN, step.timer_s)
target.try_(step, lambda _: None)
"""


@pytest.mark.prove
def test_killed_while_its_machines_boot_leaves_none(ground: Ground) -> None:
    inventory = inventory_of((machine("web-1"), machine("web-2")), (DATA,))
    step = step_of(ground.target(inventory), "one")
    (ground.folder / "step").write_text(step.model_dump_json())
    line = [sys.executable, "-c", TRIES, str(ground.folder)]
    with subprocess.Popen(line, env={**os.environ, "PYTHONPATH": os.getcwd()}) as program:
        deadline = time.monotonic() + 60
        while (booting := cgroups.leader(ground.host.group("web-1"))) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(program.pid, signal.SIGKILL)
    assert booting is not None, "it never came to booting"
    assert cgroups.processes(ground.host.name), "the kill came too early to prove anything"
    target = ground.target(inventory)
    assert target.inspect(step).state is LatchState.TRYING
    announced: list[str] = []
    target.revert(step, announced.append)
    assert target.inspect(step).state is LatchState.REVERTED
    assert "remove machine web-1, which is half made" in announced
    assert cgroups.processes(ground.host.name) == ()
    assert ground.backend().look().by_key == {}
    assert not list(ground.host.disks.glob("web-*"))


def test_where_no_lab_is_up_it_says_so(tmp_path: Path) -> None:
    target = Ground(tmp_path, Lab(tmp_path)).target(inventory_of((machine("web-1"),)))
    for ask in (target.read, target.intent, target.preview):
        with pytest.raises(TargetError, match="govnet lab up makes one"):
            ask()


def test_limits_where_the_kernel_has_them_for_our_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "gv-a" / "web-1"
    group.mkdir(parents=True)
    for folder in (tmp_path, group.parent):
        (folder / "cgroup.controllers").write_text("cpu memory pids\n")
        (folder / "cgroup.subtree_control").touch()
    (group / "memory.max").write_text("max")
    monkeypatch.setattr(cgroups, "hierarchies", lambda: cgroups.Hierarchies(tmp_path, ()))
    limits.set_limits("gv-a/web-1", 2, 512)
    assert (group / "memory.max").read_text() == str(512 * 2**20)
    assert not (group / "cpu.max").exists()
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +memory"
    limits.set_limits("gv-a/web-9", 2, 512)
