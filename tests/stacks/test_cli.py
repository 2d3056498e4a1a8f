"""The real engine by hand, on a stack that a plan built."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stacks.cli import pulumi
from stacks.resources import Kind
from tests.stacks.world import StackWorld, inventory_of, machine, step_of


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> StackWorld:
    world = StackWorld(tmp_path_factory.mktemp("by-hand"), inventory_of((machine("web-1"),)))
    world.build()
    return world


def test_it_looks(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    assert pulumi(built.target(), ["preview", "--json"]) == 0
    steps = json.loads(capfd.readouterr().out)["steps"]
    assert [step["op"] for step in steps] == ["same"]
    for arguments in (["stack"], ["stack", "history"], ["state", "delete", "--help"], ["refresh", "--yes"]):
        assert pulumi(built.target(), arguments) == 0, capfd.readouterr()
    assert "web-1" in capfd.readouterr().out
    assert pulumi(built.target(), ["cancel", "--yes"]) in (0, 255)


def test_refresh_finds_what_was_deleted_by_hand(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    standing = built.backend.look().machines[0]
    built.backend.take(Kind.MACHINE, "web-1")
    assert pulumi(built.target(), ["refresh", "--preview-only", "--non-interactive"]) == 0
    assert "delete" in capfd.readouterr().out
    built.backend.put(standing)


def test_it_does_not_act(built: StackWorld, capfd: pytest.CaptureFixture[str]) -> None:
    other = replace(built, inventory=inventory_of((machine("web-1"), machine("web-2"))))
    assert pulumi(other.target(), ["up", "--yes", "--skip-preview"]) != 0
    assert "no approved plan has this; use govnet plan" in capfd.readouterr().out
    assert [one.name for one in other.backend.look().machines] == ["web-1"]
    assert pulumi(other.target(), ["destroy", "--yes"]) != 0
    assert [one.name for one in other.backend.look().machines] == ["web-1"]


def test_what_was_done_by_hand_does_not_hinder_a_plan(built: StackWorld) -> None:
    other = replace(built, inventory=inventory_of((machine("web-1", cpus=2), machine("web-3"))), announced=[])
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
