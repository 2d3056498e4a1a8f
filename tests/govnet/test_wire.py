"""Which targets there are, and what works where the engine, the host of machines or the last server is missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from change.canonical import digest_of
from change.guards.isolation import forbidden
from change.model import Diff
from change.plan import PlanRefused, unseal
from change.target import Preview, TargetError
from change.terrain import Down
from govnet import wire
from govnet.desk import Desk
from govnet.status import Ended, Status
from govnet.verbs.change import Wish, apply, plan, resume
from inventory.model import Device, Inventory, Platform
from inventory.secret_store import AgeStore
from inventory.secrets import Secrets
from lab.names import Lab
from lab.people import AUTHOR
from monitoring.model import State, Subject, SubjectKind
from monitoring.state import Judgement
from monitoring.store import Round
from monitoring.store import Store as MonitoringStore
from network.hostkeys import make_host_keys
from stacks.nspawn import host
from stacks.nspawn.backend import NspawnBackend
from stacks.nspawn.machines import MachineFailed
from stacks.resources import Kind, Machine, Volume
from tests.change.fake_file_box import FakeFileTarget
from tests.change.test_waves import step
from tests.inventory.worlds import DEMO
from tests.signed import pin_and_approve

STACK = "stack-dodoma-dc"
WISH = Wish(reason="a test", author=AUTHOR)
LEFT = Volume(name="left-1", size_mib=10)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The demonstration's world, with its keys; no lab was ever up."""
    shutil.copytree(DEMO, tmp_path / "world")
    made = Desk(tmp_path / "world", tmp_path / "state", as_json=False)
    AgeStore.create(made.state / "secrets", made.inventory)
    make_host_keys(made.inventory, made.state / "host-keys")
    return made


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


class Box(FakeFileTarget):
    """A file in a router's or switch's place."""

    def preview(self) -> Preview | None:
        if self.read() == digest_of(b"new"):
            return None
        return Preview(
            base=self.read(),
            payload="new",
            inverse="old",
            result=digest_of(b"new"),
            diff=Diff(parts=()),
            intent=self.intent(),
            hold_s=0,
            timer_s=20,
        )


def boxes(folder: Path) -> Callable[[Inventory, Device, Secrets, Path], Box]:
    return lambda inventory, device, secrets, known_hosts: Box(folder, device.name, distance=0)


def differs(desk: Desk, selector: str, out: Path) -> None:
    with pytest.raises(Ended) as ended:
        plan(desk, selector, out, WISH)
    assert ended.value.status is Status.DIFFERENCES


@pytest.mark.usefixtures("no_engine")
def test_all_but_stacks_works_without_an_engine_and_without_a_host(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "boxes").mkdir()
    monkeypatch.setattr(wire, "BOXES", dict.fromkeys((Platform.FRR, Platform.IFUPDOWN2), boxes(tmp_path / "boxes")))
    differs(desk, "role=core", tmp_path / "core.plan")
    pin_and_approve(desk.state, tmp_path / "core.plan")
    apply(desk, tmp_path / "core.plan")
    assert "Confirmed, and stands: 2 of 2 targets" in capsys.readouterr().out
    plan(desk, "role=core", None, WISH)
    resume(desk, None)
    assert "Nothing is open." in capsys.readouterr().out
    with pytest.raises(PlanRefused, match="govnet lab up makes one"):
        plan(desk, "all", None, WISH)
    a_host(desk)
    with pytest.raises(PlanRefused, match=r"stack-dodoma-dc: stacks need the Pulumi engine.*install pulumi"):
        plan(desk, STACK, None, WISH)


def a_host(desk: Desk) -> None:
    """Where volumes can be made; machines could not boot on it."""
    image = desk.state / "image-1"
    image.mkdir()
    host.write(Lab(desk.state).host(image), Lab(desk.state).hypervisor)


def test_a_server_that_its_stack_would_make_is_promised_from_a_scratch_machine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none can be made, that is the server's answer, and nothing else breaks."""

    @contextmanager
    def broken(*_: object) -> Iterator[Path]:
        raise MachineFailed("scratch-web-1 did not come up:\nno init")
        yield

    web = desk.inventory.device["web-1"]
    promised = wire.scratch(desk, web)
    with pytest.raises(TargetError, match="govnet lab up makes one"):
        promised.image()
    a_host(desk)
    assert promised.born_of(web) == STACK
    assert promised.image() == "image-1"
    assert promised.birth(web) != promised.birth(desk.inventory.device["mirror-1"])
    monkeypatch.setattr("stacks.nspawn.scratch.scratch", broken)
    with pytest.raises(TargetError, match=r"web-1: no scratch machine .* did not come up: no init"), promised.boot(web):
        pass


def leave_a_volume(desk: Desk, stack: str) -> NspawnBackend:
    backend = NspawnBackend.opened(f"{stack}:{Lab(desk.state).hypervisor.resolve()}")
    backend.create(LEFT, ())
    return backend


def plan_away(desk: Desk, stack: str, out: Path) -> None:
    assert stack in wire.targets(desk, "all")
    differs(desk, stack, out)
    pin_and_approve(desk.state, out)
    apply(desk, out)
    plan(desk, stack, None, WISH)


def test_what_stands_of_a_data_centre_that_left_the_inventory_is_planned_away(desk: Desk, tmp_path: Path) -> None:
    a_host(desk)
    (desk.state / "stacks" / "old-dc").mkdir(parents=True)
    backend = leave_a_volume(desk, "stack-old-dc")
    plan_away(desk, "stack-old-dc", tmp_path / "old.plan")
    assert backend.look().by_key == {}


def test_the_last_server_leaves_and_so_does_what_all_servers_share(desk: Desk, tmp_path: Path) -> None:
    a_host(desk)
    differs(desk, STACK, tmp_path / "first.plan")
    backend = leave_a_volume(desk, STACK)
    plan_away(without_servers(desk), STACK, tmp_path / "last.plan")
    assert backend.look().by_key == {}


def test_a_server_that_is_off_does_not_stand_in_the_way_of_a_plan(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its machine is to be switched on, and only then can be said what differs on the server."""
    a_host(desk)
    monkeypatch.setattr(host, "NAMESPACES", tmp_path)
    wire.hypervisor(desk).namespace("mirror-1").touch()
    (desk.state / "image-1" / "etc").mkdir()
    for name in ("passwd", "group"):
        shutil.copyfile(f"/etc/{name}", desk.state / "image-1" / "etc" / name)
    maker = wire.stack(desk, "dodoma-dc")
    backend = NspawnBackend.opened(f"{STACK}:{Lab(desk.state).hypervisor.resolve()}")
    machine = maker.wanted().by_key[Kind.MACHINE, "mirror-1"]
    assert isinstance(machine, Machine)
    backend.create(machine.model_copy(update={"power": "off"}), wire.birth(desk, desk.inventory.device["mirror-1"]))
    differs(desk, "mirror-1", tmp_path / "on.plan")
    assert "mirror-1 is off and stack-dodoma-dc switches it on" in capsys.readouterr().out
    (step,) = unseal((tmp_path / "on.plan").read_bytes()).steps
    assert step.target == STACK
    assert any(line.text.startswith("power: on") for line in step.diff.changed)


def without_servers(desk: Desk) -> Desk:
    (desk.world / "dodoma" / "servers.yaml").unlink()
    for file, leaving in {
        "world.yaml": r"^ *hosting:.*\n",
        "dodoma/links.yaml": r"^.*sw-dodoma--(web|mirror)-1.*\n",
        "services.yaml": r", (server|tls_secret): [a-z0-9-]+",
    }.items():
        text, count = re.subn(leaving, "", (desk.world / file).read_text(), flags=re.MULTILINE)
        assert count
        (desk.world / file).write_text(text)
    return Desk(desk.world, desk.state, as_json=False)


def test_a_plan_is_judged_beside_the_network_the_store_and_what_is_known(desk: Desk) -> None:
    around = wire.around(desk, {"rr-mbeya"})()
    assert around.terrain.cut(frozenset({"rr-mbeya"})).sites == {"mbeya", "rungwe", "kyela", "chunya"}
    assert around.limits == desk.inventory.world.guards
    assert around.now is None, "nobody ever polled"
    assert around.holds_secret(f"key {desk.secrets.value('snmp-auth')}")
    assert not around.holds_secret(desk.secrets.tag("snmp-auth"))
    assert around.last_known == {}
    assert not desk.journal_path.exists(), "to look makes nothing"


def test_what_is_down_is_looked_up_before_each_wave(desk: Desk) -> None:
    ask = wire.around(desk, {"dr-kyela"})
    assert ask().now is None
    link = Subject(kind=SubjectKind.LINK, name="rr-mbeya--dr-rungwe")
    at = datetime.now(UTC)
    with MonitoringStore(desk.state / "monitoring") as store, store.recording(at, 30) as recording:
        recording.round(Round(at, (), (), (), {link: Judgement(State.DOWN)}))
    assert ask().now == Down(links=frozenset({link.name}))
    assert "while-down" in {one.guard for one in forbidden([step("dr-kyela")], ask())}
