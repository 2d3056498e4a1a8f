"""A stack as a target, with the real engine and the real provider's process over a pretended hypervisor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from change.model import Effect, LatchState
from change.target import TargetError
from change.undo import inverse_step
from inventory.model import Device, Volume
from inventory.secret_store import AgeStore
from inventory.secrets import SecretMissing
from network.hostkeys import HostKeyMissing
from stacks.birth import BirthFile, to_wire
from stacks.resources import Kind
from stacks.resources import Volume as StackVolume
from tests.stacks.world import (
    CANARY,
    PASSPHRASE,
    PLAN,
    StackWorld,
    birth,
    forms,
    inventory_of,
    machine,
    step_from,
    step_of,
)

DATA = Volume(name="data-1", machine="web-1", mount="/srv", size_mib=100)


WANTED = inventory_of((machine("web-1"), machine("web-2")), (DATA,))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StackWorld]:
    """Nothing stands yet."""
    made = StackWorld(tmp_path / "world", WANTED)
    yield made
    assert not list(made.backend.folder.glob("*/*.half"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is wanted stands; each test takes a copy of it."""
    folder = tmp_path_factory.mktemp("original")
    StackWorld(folder, WANTED).build()
    return folder


@pytest.fixture
def built(original: Path, world: StackWorld) -> StackWorld:
    """The engine's record names no path, so that a copy is another stack just like it."""
    shutil.copytree(original, world.folder)
    return world


def then(world: StackWorld, inventory: object) -> StackWorld:
    return replace(world, inventory=inventory, announced=[])


def test_created_then_nothing_to_do(world: StackWorld) -> None:
    target = world.target()
    step = step_of(target, "one")
    assert step.effects == ()
    world.apply(step)
    assert sorted(world.announced) == ["create machine web-1", "create machine web-2", "create volume data-1"]
    assert world.announced.index("create volume data-1") < world.announced.index("create machine web-1")
    assert world.target().read() == step.result
    assert world.target().preview() is None
    assert world.target().inspect(step).state is LatchState.CONFIRMED


def test_update_replace_and_delete_in_one_step(built: StackWorld) -> None:
    later = then(built, inventory_of((machine("web-1", cpus=4),), numbers={"web-1": 10}))
    step = step_of(later.target(), "two")
    assert step.effects == (Effect.DATA_DELETED, Effect.MACHINE_REPLACED)
    later.apply(step)
    assert sorted(later.announced) == ["delete machine web-2", "delete volume data-1", "update machine web-1"]
    moved = then(built, inventory_of((machine("web-1", cpus=4),), numbers={"web-1": 99}))
    moved.apply(step_of(moved.target(), "three"))
    assert moved.announced == ["delete machine web-1", "create machine web-1"]
    [standing] = moved.backend.look().machines
    assert standing.addresses == ("10.9.0.99/24",)
    assert moved.target().preview() is None


@pytest.mark.prove
def test_a_volume_that_shrinks_is_replaced_and_its_machine_is_not(built: StackWorld) -> None:
    smaller = then(
        built, inventory_of((machine("web-1"), machine("web-2")), (DATA.model_copy(update={"size_mib": 9}),))
    )
    smaller.apply(step_of(smaller.target(), "two"))
    assert smaller.announced == ["delete volume data-1", "create volume data-1"]


def test_deleted_by_hand_shows_as_drift_and_is_made_again(built: StackWorld) -> None:
    before = built.target().read()
    built.backend.take(Kind.MACHINE, "web-2")
    assert built.target().read() != before
    again = then(built, built.inventory)
    step = step_of(again.target(), "two")
    assert [part.part for part in step.diff.parts] == ["machine web-2"]
    again.apply(step)
    assert again.announced == ["create machine web-2"]
    assert again.target().read() == before


def test_which_machines_are_made_and_what_of_them_cannot_be_promised(world: StackWorld) -> None:
    target = world.target()
    assert target.makes("web-1") and target.makes("web-2")
    assert not target.makes("web-3")
    world.backend.put(StackVolume(name="data-1", size_mib=100))
    assert target.makes("web-2")
    with pytest.raises(TargetError, match=r"its volume data-1 stands already: .* apply stack-dodoma-dc first"):
        target.makes("web-1")


@pytest.mark.prove
def test_changed_or_switched_off_by_hand_is_put_back(built: StackWorld) -> None:
    one, two = built.backend.look().machines
    built.backend.put(one.model_copy(update={"power": "off"}))
    built.backend.put(two.model_copy(update={"memory_mib": 64}))
    again = then(built, built.inventory)
    again.apply(step_of(again.target(), "two"))
    assert sorted(again.announced) == ["update machine web-1", "update machine web-2"]
    assert again.backend.look().machines == (one, two)


def test_what_the_engine_never_knew_is_taken_in(built: StackWorld) -> None:
    for file in sorted(built.stack_folder.glob("state/.pulumi/stacks/**/*"), reverse=True):
        if file.is_file():
            file.unlink()
    later = then(built, inventory_of((machine("web-1", cpus=2), machine("web-2")), (DATA,)))
    later.apply(step_of(later.target(), "two"))
    assert later.announced == ["update machine web-1"]


@pytest.mark.prove
def test_a_damaged_record_of_the_engine_follows_anew_from_what_stands(built: StackWorld) -> None:
    [record] = built.stack_folder.glob("state/.pulumi/stacks/govnet/*.json")
    record.write_text(record.read_text()[:100])
    later = then(built, inventory_of((machine("web-1", cpus=2), machine("web-2")), (DATA,)))
    later.apply(step_of(later.target(), "two"))
    assert later.announced == ["update machine web-1"]


def test_a_base_that_moved_is_refused_with_nothing_done(built: StackWorld) -> None:
    later = then(built, inventory_of((machine("web-1", cpus=2), machine("web-2")), (DATA,)))
    step = step_of(later.target(), "two")
    later.backend.take(Kind.MACHINE, "web-2")
    with pytest.raises(TargetError, match="no longer as the plan was made for"):
        later.target().arm(step, PLAN, 60)
    assert later.target().inspect(step).state is LatchState.ABSENT


def test_what_moves_between_arm_and_try_is_refused_by_the_provider(built: StackWorld) -> None:
    later = then(built, inventory_of((machine("web-1", cpus=2), machine("web-2")), (DATA,)))
    target = later.target()
    step = step_of(target, "two")
    target.arm(step, PLAN, 60)
    web = later.backend.look().machines[0]
    later.backend.put(web.model_copy(update={"memory_mib": 64}))
    with pytest.raises(TargetError, match="no approved plan has this"):
        target.try_(step, later.announce)
    assert later.announced == []
    assert later.backend.look().machines[0].memory_mib == 64


def test_a_step_is_accepted_once_and_one_at_a_time(world: StackWorld) -> None:
    target = world.target()
    step = step_of(target, "one")
    target.arm(step, PLAN, 60)
    with pytest.raises(TargetError, match="accepted once"):
        target.arm(step, PLAN, 60)
    with pytest.raises(TargetError, match="in the middle of"):
        target.arm(step.model_copy(update={"id": "another"}), PLAN, 60)
    target.revert(step, world.announce)
    assert target.inspect(step).state is LatchState.REVERTED
    with pytest.raises(TargetError, match="reverted, not armed"):
        target.try_(step, world.announce)


def test_a_failure_midway_goes_back(world: StackWorld) -> None:
    target = world.target()
    step = step_of(target, "one")
    target.arm(step, PLAN, 60)
    world.backend.fail_at("create-web-2")
    with pytest.raises(TargetError, match=r"^web-2: the hypervisor said no$"):
        target.try_(step, world.announce)
    assert target.inspect(step).state is LatchState.TRYING
    target.revert(step, world.announce)
    assert target.inspect(step).state is LatchState.REVERTED
    assert target.read() == step.base.fingerprint
    assert world.backend.look().machines == ()


def test_a_passphrase_or_a_host_key_that_is_missing_is_said_and_never_breaks_an_apply(world: StackWorld) -> None:
    def no_passphrase() -> str:
        raise SecretMissing("the secret stack has no value")

    def no_key(device: Device) -> tuple[BirthFile, ...]:
        raise HostKeyMissing(f"there is no host key of {device.name}")

    sealed, keyless = replace(world, passphrase=no_passphrase), replace(world, birth=no_key)
    with pytest.raises(TargetError, match="the secret stack has no value"):
        sealed.target().preview()
    with pytest.raises(TargetError, match="there is no host key of web-1"):
        keyless.target().preview()
    step = step_of(world.target(), "one")
    world.target().arm(step, PLAN, 60)
    with pytest.raises(TargetError, match="the secret stack has no value"):
        sealed.target().try_(step, world.announce)
    world.target().revert(step, world.announce)
    again = step.model_copy(update={"id": "another"})
    world.target().arm(again, PLAN, 60)
    with pytest.raises(TargetError, match="there is no host key of web-"):
        keyless.target().try_(again, world.announce)
    world.target().revert(again, world.announce)
    assert world.backend.look().by_key == {}


def test_a_secret_store_that_is_missing_is_said(world: StackWorld, tmp_path: Path) -> None:
    def no_store() -> str:
        return AgeStore.open(tmp_path / "secrets", world.inventory).value("stack")

    with pytest.raises(TargetError, match="run `govnet keys`"):
        replace(world, passphrase=no_store).target().preview()


@pytest.mark.prove
def test_reverting_a_replacement_brings_the_old_machine_back_with_its_data(built: StackWorld) -> None:
    standing = built.backend.look()
    moved = then(built, inventory_of((machine("web-1"),), (DATA,), numbers={"web-1": 99}))
    target = moved.target()
    step = step_of(target, "two")
    target.arm(step, PLAN, 60)
    target.try_(step, moved.announce)
    target.verify(step)
    target.revert(step, moved.announce)
    assert target.inspect(step).state is LatchState.REVERTED
    assert moved.backend.look() == standing
    assert not list((moved.backend.folder / "aside").iterdir())


def test_what_was_deleted_does_not_come_back_where_nobody_closed_the_step(built: StackWorld) -> None:
    """A volume of the same name and size is made anew, which the hypervisor is told to fail at."""
    later = then(built, inventory_of((machine("web-1"), machine("web-2"))))
    step = step_of(later.target(), "two")
    target = later.target()
    target.arm(step, PLAN, 60)
    target.try_(step, later.announce)
    target.confirm(step)
    assert later.target().inspect(step).state is LatchState.CONFIRMED
    again = then(built, WANTED)
    again.backend.fail_at("create-data-1")
    with pytest.raises(TargetError, match="the hypervisor said no"):
        again.apply(step_of(again.target(), "three"))


def test_what_was_deleted_comes_back_by_the_inverse_until_the_step_is_closed(built: StackWorld) -> None:
    """The hypervisor is told to fail at making the volume anew."""
    standing = built.backend.look()
    later = then(built, inventory_of((machine("web-1"), machine("web-2"))))
    step = step_of(later.target(), "two")
    later.apply(step)
    later.backend.fail_at("create-data-1")
    later.apply(inverse_step(step, 1))
    assert later.backend.look() == standing
    later.target().close(inverse_step(step, 1))
    assert not list((later.backend.folder / "aside").iterdir())


@pytest.mark.prove
def test_the_inverse_of_what_was_confirmed(built: StackWorld) -> None:
    later = then(built, inventory_of((machine("web-1", cpus=4), machine("web-2")), (DATA,)))
    step = step_of(later.target(), "two")
    later.apply(step)
    back = inverse_step(step, 1)
    later.apply(back)
    assert later.backend.look().machines[0].cpus == 1


def test_a_journal_that_cannot_be_written_stops_everything(world: StackWorld) -> None:
    class JournalFull(Exception):
        pass

    def announce(_: str) -> None:
        raise JournalFull

    target = world.target()
    step = step_of(target, "one")
    target.arm(step, PLAN, 60)
    with pytest.raises(JournalFull):
        target.try_(step, announce)
    assert world.backend.look().by_key == {}


def test_a_birth_that_changed_since_the_plan_is_refused(world: StackWorld) -> None:
    target = world.target()
    preview = target.preview()
    assert preview is not None
    other = then(world, inventory_of((machine("web-1"), machine("web-2")), (DATA,), numbers={"web-1": 77})).target()
    step = step_from(target, preview, "one")
    assert other.intent() != step.intent
    other.arm(step, PLAN, 60)
    with pytest.raises(TargetError, match="no longer what the plan says"):
        other.try_(step, world.announce)
    other.revert(step, world.announce)
    assert world.backend.look().by_key == {}


def test_no_secret_is_in_any_file_of_the_stack(built: StackWorld) -> None:
    """On its way from process to process a birth is base64, so that is looked for too."""
    travels = json.dumps(to_wire(birth(WANTED.device["web-1"]))).encode()
    assert any(form in travels for form in forms(CANARY)), "what is looked for is not what travels"
    found = [path for path in built.folder.rglob("*") if path.is_file()]
    assert len(found) > 10
    for path in found:
        held = path.read_bytes()
        assert not [form for secret in (CANARY, PASSPHRASE) for form in forms(secret) if form in held], path
