"""kill -9 of `govnet apply` at six moments, side by side; then one resume: every step confirmed or reverted."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.twin.conftest import Twin
from tests.twin.districts import ALL, District

pytestmark = pytest.mark.twin

MOMENTS = dict(zip(ALL, ("intent", "armed", "trying", "tried", "holding", "confirming"), strict=True))


def kill(process: subprocess.Popen[str]) -> None:
    """The whole group: `lab exec` and the govnet inside it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start(twin: Twin, district: District) -> subprocess.Popen[str]:
    plan = twin.plan(district.router)
    return subprocess.Popen(
        twin.words("apply", str(plan)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def test_killed_at_six_moments_resume_leaves_nothing_half_done(world: Twin) -> None:
    before = {district: world.running(district.router) for district in ALL}
    for district in ALL:
        world.edit(*district.described("mabadiliko"))
    since = world.last_entry()
    for district, moment in MOMENTS.items():
        process = start(world, district)
        world.await_event(moment, district.router, since, process)
        kill(process)
    assert world.govnet("plan", "all").returncode in (3, 10)
    resumed = world.govnet("resume")
    assert resumed.returncode in (0, 3, 4), resumed.stdout + resumed.stderr
    outcomes = world.outcomes(since)
    assert set(outcomes) == {district.router for district in ALL}
    assert set(outcomes.values()) <= {"confirmed", "reverted", "refused"}, outcomes
    for district in ALL:
        text = world.running(district.router)
        if outcomes[district.router] == "confirmed":
            assert "description mabadiliko" in text
            assert world.on(district.router, "cat", "/etc/frr/frr.conf").count("mabadiliko") == 1
        else:
            assert text == before[district], district.name
    assert world.govnet("resume").stdout.startswith("Nothing is open")
    world.expect(0, "journal", "--verify")
