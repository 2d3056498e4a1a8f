"""The first real line: day-0, one plan for all, applied in waves, then nothing to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from change.plan import digest, unseal
from tests.twin.conftest import GOVNET, Twin
from tests.twin.districts import CHUNYA, RUNGWE

pytestmark = pytest.mark.twin


def test_the_first_plan_after_day_0_removes_nothing_and_never_touches_its_own_path(twin: Twin) -> None:
    plan = unseal((twin.state / "first.plan").read_bytes())
    steps = [step for step in plan.steps if step.plane == "network"]
    assert len(steps) == 15, "all but the region routers, which day-0 configured whole"
    for step in steps:
        removed = [line.text for part in step.diff.parts for line in part.lines if line.sign == "-"]
        assert removed == [], step.target
        assert "management-path" not in step.effects, step.target


def test_after_an_apply_there_is_nothing_to_do_on_any_platform(twin: Twin) -> None:
    assert json.loads(twin.govnet("plan", "all", "--json").stdout)["plan"]["steps"] == []
    assert twin.govnet("drift", "all").returncode == 0


def test_what_was_applied_is_in_force(twin: Twin) -> None:
    """Read from the machines themselves, not through govnet."""
    bgp = json.loads(twin.on("core-1", "vtysh", "-c", "show bgp ipv4 unicast summary json"))
    assert {peer["state"] for peer in bgp["peers"].values()} == {"Established"}
    assert len(bgp["peers"]) == 2
    routes = json.loads(twin.on("dr-chunya", "vtysh", "-c", "show ip route json"))
    assert "0.0.0.0/0" in routes
    assert "10.20.24.0/24" in routes
    for far in ("10.20.13.10", "fd47:4f56:5401:2013::a"):
        assert " 0% packet loss" in twin.on("core-2", "ping", "-c", "2", "-i", "0.2", "-W", "2", far)


def test_the_journal_tells_all_of_it_and_an_edit_shows(twin: Twin, tmp_path: Path) -> None:
    first = unseal((twin.state / "first.plan").read_bytes())
    said = [event for event in twin.events(digest(first)) if event[1] == "dr-kyela"]
    words = [event for event, _ in said if event not in ("checked", "failed", "probe-result")]
    assert words == [
        "lock-taken",
        "window",
        "intent",
        "armed",
        "trying",
        "tried",
        "holding",
        "verified",
        "confirming",
        "confirmed",
        "outcome",
    ]
    twin.expect(0, "journal", "--verify")
    for file in twin.state.glob("journal.sqlite*"):
        shutil.copy(file, tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as database:
        database.execute(
            "UPDATE entries SET detail = 'all was well' WHERE number = (SELECT max(number) - 5 FROM entries)"
        )
        database.commit()
    place = ["--inventory", str(twin.world), "--state", str(tmp_path)]
    done = subprocess.run([GOVNET, "journal", "--verify", *place], capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert "was edited" in done.stdout


def test_both_ends_of_a_link_are_renumbered_in_one_change(world: Twin) -> None:
    for edit in CHUNYA.renumbered(40):
        world.edit(*edit)
    since = world.last_entry()
    plan = world.plan("region=mbeya")
    steps = unseal(plan.read_bytes()).steps
    assert {step.target: step.together for step in steps} == {
        "rr-mbeya": "rr-mbeya--dr-chunya",
        "dr-chunya": "rr-mbeya--dr-chunya",
    }
    world.expect(0, "apply", str(plan))
    assert world.outcomes(since) == {"rr-mbeya": "confirmed", "dr-chunya": "confirmed"}
    assert "10.254.1.41/31" in world.running("dr-chunya")
    world.expect(0, "plan", "all")


def test_a_change_made_by_hand_shows_as_drift_and_is_planned_away(world: Twin) -> None:
    world.on(RUNGWE.router, "vtysh", "-c", "configure terminal", "-c", "ip prefix-list BY-HAND seq 5 permit any")
    said = world.expect(10, "drift", RUNGWE.router)
    assert "BY-HAND" in said
    world.expect(0, "apply", str(world.plan(RUNGWE.router)))
    assert "BY-HAND" not in world.running(RUNGWE.router)
