"""When a promise is recorded anew, and who waits for whom: without machines, the worker's answer is given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from change.model import Digest
from deploys import scratch
from deploys.frozen import Prepared
from deploys.intent import host_intent
from deploys.manifest import Manifest
from deploys.prepare import Place
from deploys.scratch import Scratch
from deploys.wire import Request
from inventory.model import DeployRole, Device
from inventory.secret_store import AgeStore
from tests.deploys.servers import TODAY, world

WORLD = world((DeployRole.BASE,))
SERVER = WORLD.device["server-1"]
FOUND = Prepared(manifest=Manifest(accounts=(), sites=(), roles=()), operations=(), facts="none", live={})
BESIDE_S = 1.0
"""How long somebody is waited for who is not to come."""


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    store = AgeStore.create(tmp_path / "secrets", WORLD)
    intent = host_intent(WORLD, SERVER, store, TODAY, None)
    return Request(address="", user="root", known_hosts="", key="", intent=intent, secrets={}, tags={"one": "<one#1>"})


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "prepare", lambda request, limit_s, enter: FOUND)


def born_with(letter: str) -> Digest:
    return "sha256:" + letter * 64


@contextmanager
def boot(device: Device) -> Iterator[Place]:
    yield Place("10.0.0.1", Path("known_hosts"))


@pytest.fixture
def first(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "promises", lambda: "image-1", lambda _: born_with("a"), boot, lambda _: "stack")


def test_what_a_promise_follows_from(first: Scratch, request_: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    known = first.key(SERVER, request_)
    assert first.key(SERVER, request_) == known
    others = [
        replace(first, image=lambda: "image-2").key(SERVER, request_),
        replace(first, birth=lambda _: born_with("b")).key(SERVER, request_),
        first.key(SERVER, request_.model_copy(update={"tags": {"one": "<one#2>"}})),
    ]
    monkeypatch.setattr(scratch, "version", lambda package: f"another {package}")
    others.append(first.key(SERVER, request_))
    assert len({known, *others}) == 5


def test_two_plans_at_once_make_one_scratch_machine(first: Scratch, request_: Request) -> None:
    booted: list[str] = []
    second_booted = threading.Event()

    @contextmanager
    def slow(device: Device) -> Iterator[Place]:
        booted.append(device.name)
        if len(booted) == 1:
            second = plans.submit(first.recorded, SERVER, request_)
            waiting.append(second)
            assert not second_booted.wait(BESIDE_S), "the other plan made the same scratch machine"
        else:
            second_booted.set()
        yield Place("10.0.0.1", Path("known_hosts"))

    waiting: list[Future[Prepared]] = []
    with ThreadPoolExecutor() as plans:
        first = replace(first, boot=slow)
        assert first.recorded(SERVER, request_) == FOUND
        assert waiting[0].result() == FOUND
    assert booted == [SERVER.name]
