"""A server that does not stand yet: promised from a scratch machine, kept, and met by the machine that is born."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from change.model import Digest
from change.target import TargetError
from deploys.prepare import Place
from deploys.scratch import Scratch
from inventory.model import DeployRole, Device
from inventory.secret_store import AgeStore
from lab.leaks import leaks
from lab.names import Lab
from tests.deploys import servers
from tests.deploys.servers import Servers
from tests.deploys.steps import PLAN, silent, step_of

pytestmark = pytest.mark.twin
NAME = "server-1"
STACK = "stack-dodoma-dc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


def born_with(_: Device) -> Digest:
    return "sha256:" + "b" * 64


def booted(folder: Path, store: AgeStore, count: list[str]) -> Callable[[Device], AbstractContextManager[Place]]:
    @contextmanager
    def boot(device: Device) -> Iterator[Place]:
        count.append(device.name)
        world = servers.world((DeployRole.BASE, DeployRole.WEB))
        machine = servers.up(world, folder / f"machine-{len(count)}", store)
        try:
            enter = ("nsenter", f"--net={machine.twin.jump_namespace}", "--")
            yield Place(str(device.management_address), machine.known_hosts, enter)
        finally:
            servers.down(machine)

    return boot


@pytest.mark.prove
def test_a_promise_is_recorded_once_and_met(folder: Path) -> None:
    world = servers.world((DeployRole.BASE, DeployRole.WEB))
    store = AgeStore.create(folder / "secrets", world)
    count: list[str] = []
    scratch = Scratch(folder / "records", lambda: "image", born_with, booted(folder, store, count), lambda _: STACK)
    nobody = Servers(world, None, store, folder / "none")  # type: ignore[arg-type]  # the machine is not there yet
    promised = nobody.target(NAME, scratch).preview()
    assert promised is not None and promised.born_of == STACK
    assert leaks(Lab(folder / "machine-1").name) == ()
    again = nobody.target(NAME, scratch).preview()
    assert again == promised and count == [NAME]

    born = servers.up(world, folder / "born", store)
    try:
        with servers.inside(born.twin.jump_namespace):
            target = born.target(NAME)
            assert target.read() == promised.base
            born.sh(NAME, "echo another >/etc/issue.net")
            step = step_of(target, promised.model_copy(update={"born_of": None}))
            with pytest.raises(TargetError, match="no longer as the plan was made for"):
                target.arm(step, PLAN, step.timer_s)
            born.sh(NAME, ": >/etc/issue.net")
            target.arm(step, PLAN, step.timer_s)
            target.try_(step, silent)
            target.verify(step)
            target.confirm(step)
            assert target.preview() is None
    finally:
        servers.down(born)
