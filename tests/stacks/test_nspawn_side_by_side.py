"""The hypervisor's records, and its sub-steps that run side by side: on a host where no machine boots."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.names import Lab
from stacks.nspawn import cgroups, host, limits, machines
from stacks.nspawn.backend import NspawnBackend
from stacks.resources import Machine, Mount, Volume

BESIDE_S = 1.0
"""How long somebody is waited for who is not to come."""
DATA = Volume(name="data-1", size_mib=10)
MORE = Volume(name="data-2", size_mib=10)
WEB = Machine(
    name="web-1",
    cpus=1,
    memory_mib=512,
    addresses=("10.9.0.10/24",),
    gateway="10.9.0.1",
    mounts=(Mount(volume="data-1", path="/srv/one"), Mount(volume="data-2", path="/srv/two")),
    image="image-1",
    birth="sha256:" + "a" * 64,
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    made = Lab(tmp_path)
    (tmp_path / "image-1").mkdir()
    host.write(made.host(tmp_path / "image-1"), made.hypervisor)
    return made


@pytest.fixture
def backend(lab: Lab) -> NspawnBackend:
    return NspawnBackend.opened(f"here:{lab.hypervisor}")


def stands(lab: Lab, machine: Machine) -> None:
    folder = lab.disks / machine.name
    folder.mkdir(parents=True)
    (folder / "stack").write_text("here")
    (folder / "machine.json").write_text(machine.model_dump_json())


def test_a_volume_that_is_half_made_does_not_stand(lab: Lab, backend: NspawnBackend) -> None:
    backend.create(DATA, ())
    backend.create(MORE, ())
    (lab.disks / ".volumes" / "data-1" / "making").touch()
    assert backend.look().volumes == (MORE,)
    assert backend.half_made() == ("volume data-1",)
    backend.sweep()
    assert backend.half_made() == ()
    backend.create(DATA, ())
    assert backend.look().volumes == (DATA, MORE)


def test_two_volumes_of_one_machine_boot_it_one_after_the_other(
    lab: Lab, backend: NspawnBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel and the machine are pretended: it is on, or between a stop and a start."""
    stands(lab, WEB)
    on, beside, done = threading.Event(), threading.Event(), []
    on.set()

    def stop(_: host.Host, node: str, within_s: float) -> None:
        if not on.is_set():
            beside.set()
        on.clear()
        assert not beside.wait(BESIDE_S), "it was stopped while another was about to start it"

    def start(_: host.Host, nodes: Iterable[str], report: object) -> None:
        on.set()
        done.extend(nodes)

    monkeypatch.setattr(machines, "stop", stop)
    monkeypatch.setattr(machines, "start", start)
    monkeypatch.setattr(cgroups, "leader", lambda path: 1 if on.is_set() else None)
    with ThreadPoolExecutor() as engine:
        made = [engine.submit(backend.create, volume, ()) for volume in (DATA, MORE)]
        for one in made:
            one.result()
    assert done == ["web-1", "web-1"]


def test_a_host_that_gives_no_controller_away_limits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel says it where the root of the groups holds processes."""
    (tmp_path / "gv-a" / "web-1").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "gv-a"):
        (folder / "cgroup.controllers").write_text("cpu memory\n")

    def busy(file: Path, text: str) -> int:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(file))

    monkeypatch.setattr(Path, "write_text", busy)
    monkeypatch.setattr(cgroups, "hierarchies", lambda: cgroups.Hierarchies(tmp_path, ()))
    limits.set_limits("gv-a/web-1", 2, 512)
    assert not (tmp_path / "gv-a" / "web-1" / "memory.max").exists()


def test_a_machine_that_ends_as_it_is_asked_to_has_stopped(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def gone(process: int, number: int) -> None:
        asked.append(process)
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", gone)
    monkeypatch.setattr(cgroups, "leader", lambda path: 1)
    monkeypatch.setattr(cgroups, "emptied", lambda path, timeout_s: True)
    machines.stop(host.read(lab.hypervisor), "web-1", 1.0)
    assert asked == [1]
