"""Our provider's answers to the engine, call by call, without the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    ReadRequest,
    UpdateRequest,
)

from stacks.announce import Announcement, Answer, Lifeline, Refused
from stacks.announcer import Announcer
from stacks.difference import SubStep, sub_steps
from stacks.provider import GovnetProvider, NotAllowed, parsed, properties_of
from stacks.resources import Estate, Kind, Machine, Volume, estate
from stacks.schema import TYPE_OF
from tests.stacks.fake_backend import FolderBackend

URN = "urn:pulumi:here::govnet::{type}::{name}"
DATA = Volume(name="data-1", size_mib=100)
GROWN = Volume(name="data-1", size_mib=200)
WEB = Machine(
    name="web-1",
    cpus=2,
    memory_mib=512,
    addresses=("10.9.0.10/24",),
    gateway="10.9.0.1",
    image="image-1",
    birth="sha256:" + "a" * 64,
)


def urn(kind: Kind, name: str) -> str:
    return URN.format(type=TYPE_OF[kind], name=name)


class Scene:
    """A provider and our end of its announcements, both in this process: its lifeline would end it."""

    def __init__(self, folder: Path, have: Estate, want: Estate) -> None:
        self.backend = FolderBackend(folder / "hypervisor")
        for one in have.by_key.values():
            self.backend.put(one)
        self.allowed: tuple[SubStep, ...] = sub_steps(have, want)
        self.announced: list[str] = []
        self.announcer = Announcer(folder, self.allowed, self.announced.append, lambda _: ())
        self.lifeline = Straight(self.announcer)
        self.provider = GovnetProvider(self.backend, self.allowed, self.lifeline)


class Straight(Lifeline):
    """Announces without a socket."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer

    def announce(self, sub_step: SubStep) -> Answer:
        answer = self._announcer._answer(Announcement(number=1, sub_step=sub_step))
        if answer.refused:
            raise Refused(answer.refused)
        return answer


def of(*resources: Machine | Volume) -> Estate:
    return estate({(one.kind, one.name): one for one in resources})


@pytest.fixture
def create(tmp_path: Path) -> Iterator[Scene]:
    yield Scene(tmp_path, Estate(), of(DATA))


def test_inputs_are_checked_with_every_problem_at_once(create: Scene) -> None:
    wrong = properties_of(WEB) | {
        "cpus": PropertyValue(0.0),
        "memory_mib": PropertyValue(1.5),
        "extra": PropertyValue("x"),
    }
    answer = asyncio.run(create.provider.check(CheckRequest(urn(Kind.MACHINE, "web-1"), {}, wrong, b"")))
    assert answer.failures is not None
    assert sorted(failure.property for failure in answer.failures) == ["cpus", "extra", "memory_mib"]
    right = asyncio.run(create.provider.check(CheckRequest(urn(Kind.MACHINE, "web-1"), {}, properties_of(WEB), b"")))
    assert not right.failures
    assert parsed(Kind.MACHINE, right.inputs or {}) == WEB


def test_a_value_that_is_not_known_yet_is_no_input(create: Scene) -> None:
    unknown = properties_of(WEB) | {"cpus": PropertyValue(Computed())}
    answer = asyncio.run(create.provider.check(CheckRequest(urn(Kind.MACHINE, "web-1"), {}, unknown, b"")))
    assert [failure.property for failure in answer.failures or []] == ["cpus"]


def test_difference_in_place_or_replaced(create: Scene) -> None:
    def diff(old: Machine | Volume, new: Machine | Volume) -> tuple[bool | None, list[str], bool]:
        request = DiffRequest(urn(old.kind, old.name), old.name, properties_of(old), properties_of(new), [])
        answer = asyncio.run(create.provider.diff(request))
        return answer.changes, answer.replaces, answer.delete_before_replace

    assert diff(DATA, DATA) == (False, [], False)
    assert diff(DATA, GROWN) == (True, [], False)
    assert diff(GROWN, DATA) == (True, ["size_mib"], True)
    assert diff(WEB, WEB.model_copy(update={"gateway": "10.9.0.2", "cpus": 1})) == (True, ["gateway"], True)


def test_a_frozen_create_is_done_once(create: Scene) -> None:
    request = CreateRequest(urn(Kind.VOLUME, "data-1"), properties_of(DATA), 0, False)
    assert asyncio.run(create.provider.create(request)).resource_id == "data-1"
    assert create.announced == ["create volume data-1"]
    create.backend.take(Kind.VOLUME, "data-1")
    with pytest.raises(Refused, match="was done already"):
        asyncio.run(create.provider.create(request))
    assert create.backend.look() == Estate()


def test_a_preview_does_nothing(create: Scene) -> None:
    request = CreateRequest(urn(Kind.VOLUME, "data-1"), properties_of(DATA), 0, True)
    asyncio.run(create.provider.create(request))
    assert create.announced == []
    assert create.backend.look() == Estate()


def test_what_is_not_frozen_to_the_last_input_is_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path, of(DATA), of(GROWN))
    place = urn(Kind.VOLUME, "data-1")
    other = Volume(name="data-1", size_mib=201)
    with pytest.raises(NotAllowed):
        asyncio.run(scene.provider.create(CreateRequest(place, properties_of(GROWN), 0, False)))
    with pytest.raises(NotAllowed):
        asyncio.run(scene.provider.delete(DeleteRequest(place, "data-1", properties_of(DATA), 0)))
    with pytest.raises(NotAllowed):
        asyncio.run(
            scene.provider.update(
                UpdateRequest(place, "data-1", properties_of(DATA), properties_of(other), 0, [], False)
            )
        )
    assert scene.announced == []
    assert scene.backend.look() == of(DATA)


def test_what_stands_must_be_what_the_plan_was_made_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path, of(DATA), of(GROWN))
    scene.backend.put(Volume(name="data-1", size_mib=50))
    request = UpdateRequest(
        urn(Kind.VOLUME, "data-1"), "data-1", properties_of(DATA), properties_of(GROWN), 0, [], False
    )
    with pytest.raises(NotAllowed, match="no longer what the plan was made for"):
        asyncio.run(scene.provider.update(request))
    assert scene.announced == []


def test_reading_also_to_take_in_what_stands(tmp_path: Path) -> None:
    scene = Scene(tmp_path, of(WEB), of(WEB))
    found = asyncio.run(scene.provider.read(ReadRequest(urn(Kind.MACHINE, "web-1"), "web-1", {}, {})))
    assert found.resource_id == "web-1"
    assert parsed(Kind.MACHINE, found.inputs) == WEB
    gone = asyncio.run(scene.provider.read(ReadRequest(urn(Kind.MACHINE, "web-9"), "web-9", {}, {})))
    assert not gone.resource_id
