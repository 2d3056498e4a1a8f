"""The real engine by hand, on a stack that a plan built."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stacks.cli import pulumi
from stacks.resources import Kind
from tests.stacks.world import StackWorld, inventory_of, machine, step_of

WANTED = inventory_of((machine("web-1"),))
URN = "urn:pulumi:dodoma-dc::govnet::govnet:index:Machine::web-1"
LOCK = {"pid": 1, "username": "asha", "hostname": "jump-1", "timestamp": "2026-11-24T08:00:00Z"}
"""As the engine's file backend writes it, of a run that was killed (pkg/backend/diy/lock.go)."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by-hand")
    StackWorld(folder, WANTED).build()
    return folder


@pytest.fixture
def built(original: Path, tmp_path: Path) -> StackWorld:
    """The engine's record names no path, so that a copy is another stack just like it."""
    shutil.copytree(original, tmp_path / "world")
    return StackWorld(tmp_path / "world", WANTED)


def test_it_looks(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    assert pulumi(built.target(), ["preview", "--json"]) == 0
    steps = json.loads(capfd.readouterr().out)["steps"]
    assert [step["op"] for step in steps] == ["same"]
    for arguments in (["stack"], ["stack", "history"], ["refresh", "--yes"]):
        assert pulumi(built.target(), arguments) == 0, capfd.readouterr()
    assert "web-1" in capfd.readouterr().out


def test_what_is_deleted_from_its_record_alone_still_stands_and_is_taken_in_again(built: StackWorld) -> None:
    assert pulumi(built.target(), ["state", "delete", URN, "--yes"]) == 0
    assert built.target().workspace.known().machines == ()
    assert [one.name for one in built.backend.look().machines] == ["web-1"]
    later = replace(built, inventory=inventory_of((machine("web-1", cpus=2),)), announced=[])
    later.apply(step_of(later.target(), "two"))
    assert later.announced == ["update machine web-1"]


def test_cancel_takes_the_lock_of_a_run_that_was_killed(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    lock = built.stack_folder / "state" / ".pulumi" / "locks" / "organization" / "govnet" / "dodoma-dc" / "one.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(LOCK))
    assert pulumi(built.target(), ["refresh", "--yes"]) != 0
    assert "locked by 1 lock" in capfd.readouterr().err
    assert pulumi(built.target(), ["cancel", "--yes"]) == 0
    assert not lock.exists()
    assert pulumi(built.target(), ["refresh", "--yes"]) == 0


def test_refresh_finds_what_was_deleted_by_hand(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    built.backend.take(Kind.MACHINE, "web-1")
    assert pulumi(built.target(), ["refresh", "--preview-only", "--non-interactive"]) == 0
    assert "delete" in capfd.readouterr().out


def test_it_does_not_act_and_what_was_tried_does_not_hinder_a_plan(
    built: StackWorld, capfd: pytest.CaptureFixture[str]
) -> None:
    other = replace(built, inventory=inventory_of((machine("web-1", cpus=2), machine("web-3"))), announced=[])
    standing = other.backend.look()
    assert pulumi(other.target(), ["up", "--yes", "--skip-preview"]) != 0
    assert "no approved plan has this; use govnet plan" in capfd.readouterr().out
    assert pulumi(other.target(), ["destroy", "--yes"]) != 0
    assert other.backend.look() == standing
    other.apply(step_of(other.target(), "two"))
    assert sorted(other.announced) == ["create machine web-3", "update machine web-1"]
    assert other.target().preview() is None


def test_nothing_of_our_environment_goes_to_the_engine(
    built: StackWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The engine is replaced by one that writes down what it is given."""
    seen = tmp_path / "seen"
    fake = tmp_path / "pulumi"
    fake.write_text(f'#!/bin/sh\nenv >>{seen}\necho "$@" >>{seen}\ncat "$PULUMI_CONFIG_PASSPHRASE_FILE" >/dev/null\n')
    fake.chmod(0o755)
    monkeypatch.setenv("GOVNET_SECRET_CANARY", "canary-of-our-environment")
    target = built.target()
    target.workspace = replace(target.workspace, engine=replace(target.workspace.engine, path=fake))
    assert pulumi(target, ["stack"]) == 0
    text = seen.read_text()
    assert "PULUMI_CONFIG_PASSPHRASE_FILE=/dev/fd/" in text
    assert "canary" not in text
