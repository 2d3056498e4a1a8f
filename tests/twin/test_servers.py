"""Machines and servers in the same plan as the network: made, deployed, drifted, killed in the middle, put back."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from change.plan import unseal
from tests.twin.conftest import Twin

pytestmark = pytest.mark.twin

TITLE = "Web site of the Examinations Council"
MOMENTS = ("intent", "armed", "trying", "tried", "holding", "confirming")
SAMPLE = ("trying", "confirming")


def test_one_plan_makes_what_must_be_there_first(twin: Twin) -> None:
    """The VLAN before a machine's first packet, a machine before its deploy, the mirror before who needs it."""
    wave = {step.target: step.wave for step in unseal((twin.state / "first.plan").read_bytes()).steps}
    assert wave["sw-dodoma"] < wave["stack-dodoma-dc"] < wave["mirror-1"] < wave["web-1"]


def test_a_server_that_the_plan_creates_was_promised(twin: Twin) -> None:
    steps = {step.target: step for step in unseal((twin.state / "first.plan").read_bytes()).steps}
    for name in ("mirror-1", "web-1"):
        assert (steps[name].base.kind, steps[name].base.step) == ("promised", steps["stack-dodoma-dc"].id)


def test_each_sub_step_of_the_stack_was_in_the_journal_before_the_stack_had_tried(twin: Twin) -> None:
    told = twin.details("stack-dodoma-dc", "sub-step")
    assert set(told) == {"create volume web-1-sites", "create machine mirror-1", "create machine web-1"}


def test_packages_came_from_our_mirror_alone(twin: Twin) -> None:
    said = twin.on("web-1", "apt-cache", "policy", "nginx")
    assert "http://10.10.30.10:8080" in said
    assert "debian.org" not in said


def test_a_file_that_was_edited_on_the_server_shows_as_drift_and_is_planned_away(world: Twin) -> None:
    world.on("web-1", "sh", "-c", "echo '# by hand' >>/etc/nginx/nginx.conf")
    done = world.govnet("drift", "web-1")
    assert done.returncode == 10
    assert "  - # by hand" in done.stdout
    world.expect(0, "apply", str(world.plan("web-1")))
    assert "by hand" not in world.on("web-1", "cat", "/etc/nginx/nginx.conf")
    world.expect(0, "plan", "web-1")


def test_a_plan_whose_facts_have_changed_is_refused_with_nothing_sent(world: Twin) -> None:
    world.edit("services.yaml", TITLE, "Another title")
    plan = world.plan("web-1")
    world.on("web-1", "sh", "-c", "echo '# by hand' >>/etc/nginx/govnet.d/web-necta.conf")
    assert "no longer as the plan was made for" in world.expect(3, "apply", str(plan))
    assert "# by hand" in world.on("web-1", "cat", "/etc/nginx/govnet.d/web-necta.conf")


def test_a_machine_without_power_shows_as_drift_and_is_switched_on_again(world: Twin) -> None:
    world.on("web-1", "systemctl", "--no-block", "poweroff")
    ends = time.monotonic() + 60
    while (done := world.govnet("plan", "stack-dodoma-dc")).returncode != 10:
        assert time.monotonic() < ends, done.stdout + done.stderr
    assert "power: off" in done.stdout
    world.expect(0, "apply", str(world.plan("stack-dodoma-dc")))
    world.expect(0, "plan", "stack-dodoma-dc")


SPARE = "volumes:\n  - {name: spare, machine: mirror-1, mount: /srv/spare, size_mib: 64}\n"
"""Right by the inventory; on the hypervisor something else has the name."""


def test_a_failed_step_stops_what_comes_after_it_and_each_end_says_why(world: Twin) -> None:
    """All planes in one plan: the switch stands, the stack goes back, the server never hears of it."""
    world.edit("dodoma/devices.yaml", "vlan: 120, description: mof}", "vlan: 120, description: wizara}")
    (world.world / "dodoma" / "spare.yaml").write_text(SPARE)
    world.edit("services.yaml", TITLE, "Never heard")
    heard, since, plan = world.heard("web-1"), world.last_entry(), world.plan("all")
    in_the_way = world.state / "lab" / "disks" / ".volumes" / "spare"
    in_the_way.mkdir()
    said = world.expect(4, "apply", str(plan))
    in_the_way.rmdir()
    assert world.outcomes(since) == {"sw-dodoma": "confirmed", "stack-dodoma-dc": "reverted", "web-1": "refused"}
    after = said.partition("Plan sha256:")[2]
    assert "Confirmed, and stands: 1 of 3 targets\n  sw-dodoma\n" in after
    assert "Reverted, and is as before: 1 of 3 targets\n  stack-dodoma-dc\n      volume spare: spare is there" in after
    assert "  web-1\n      not begun: it comes after stack-dodoma-dc (reverted)\n" in after
    assert "  - Mend what is said of stack-dodoma-dc.\n" in after
    assert "wizara" in world.on("sw-dodoma", "cat", "/etc/network/interfaces")
    assert "/srv/spare" not in world.on("mirror-1", "cat", "/proc/mounts")
    assert world.heard("web-1") == heard


def test_pulumi_by_hand_looks_and_does_not_act(world: Twin) -> None:
    def pulumi(status: int, *arguments: str) -> str:
        return world.expect(status, "stack", "--", "pulumi", *arguments)

    began = world.on("web-1", "cut", "-d ", "-f22", "/proc/1/stat")
    stands = pulumi(0, "stack")
    assert all(name in stands for name in ("mirror-1", "web-1", "web-1-sites"))
    assert "UpdateKind: update" in pulumi(0, "stack", "history")
    assert '"type": "govnet:index:Machine"' in pulumi(0, "stack", "export")
    world.edit("dodoma/servers.yaml", "{name: web-1, cpus: 1,", "{name: web-1, cpus: 2,")
    for act in (("up", "--yes", "--skip-preview"), ("destroy", "--yes")):
        assert "no approved plan has this; use govnet plan" in pulumi(2, *act)
    assert world.on("web-1", "cut", "-d ", "-f22", "/proc/1/stat") == began


@pytest.mark.parametrize(
    "moment", [pytest.param(one, marks=() if one in SAMPLE else pytest.mark.prove) for one in MOMENTS]
)
def test_a_deploy_that_is_killed_ends_confirmed_or_as_before(world: Twin, moment: str) -> None:
    file = "/etc/nginx/govnet.d/web-necta.conf"
    before = world.on("web-1", "cat", file)
    world.edit("services.yaml", TITLE, f"Killed as {moment}")
    since = world.last_entry()
    words = world.words("apply", str(world.plan("web-1")))
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    world.await_event(moment, "web-1", since, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    resumed = world.govnet("resume")
    outcome = world.outcomes(since)["web-1"]
    assert outcome in ("confirmed", "reverted", "refused"), resumed.stdout + resumed.stderr
    after = world.on("web-1", "cat", file)
    assert (after == before) == (outcome != "confirmed")
    assert (f"Killed as {moment}" in after) == (outcome == "confirmed")
    world.expect(0, "journal", "--verify")
