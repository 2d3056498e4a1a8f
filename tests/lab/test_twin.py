"""The small twin, entered and hurt: what each command and fault promises, seen on the machines themselves."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import twin
from lab.faults import BadFault, throw
from lab.leaks import leaks
from lab.problem import LabProblem
from lab.twin import LabBusy, NotRunning, Twin
from network.hostkeys import known_hosts
from stacks.nspawn import cgroups
from tests.lab.cut import small_world, store
from tests.lab.inside import inside

pytestmark = pytest.mark.twin
CAP_NET_ADMIN, CAP_SYS_TIME = 12, 25  # linux/capability.h


def boot(small: Twin, node: str) -> str:
    return inside(small, node, "cat", "/proc/sys/kernel/random/boot_id")


def daemon(small: Twin, node: str, name: str) -> int:
    """The host's id of a machine's daemon."""
    for number in cgroups.processes(small.host.group(node)):
        if Path(f"/proc/{number}/comm").read_text().strip() == name:
            return number
    raise AssertionError(f"{node} runs no {name}")


def state_of(small: Twin, node: str) -> str:
    nodes, _ = twin.status(small.state)
    return next(row.state for row in nodes if row.name == node)


def link_is_up(small: Twin, name: str) -> bool:
    _, links = twin.status(small.state)
    return next(row.up for row in links if row.name == name)


def test_every_machine_has_its_own_name_and_finished_booting(small: Twin) -> None:
    for node in ("core-1", "sw-dodoma"):
        assert inside(small, node, "hostname").strip() == node
        assert inside(small, node, "systemctl", "is-system-running").strip() == "running"


def test_the_jump_host_logs_in_to_both_boxes_with_pinned_host_keys(small: Twin) -> None:
    inventory = small_world()
    key = small.state / "login-key"
    key.touch(mode=0o600)
    key.write_text(store(small.state, inventory).value("login-key"))
    hosts = small.state / "known_hosts"
    hosts.write_text(known_hosts(inventory, small.state / "host-keys"))
    strict = ["-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={hosts}", "-o", "BatchMode=yes"]
    for address, name in (("10.255.0.1", "core-1"), ("10.10.0.4", "sw-dodoma")):
        there = ["ssh", *strict, "-o", "ConnectTimeout=20", "-i", str(key), f"root@{address}", "hostname"]
        assert inside(small, "jump-1", *there).strip() == name
        stranger = [
            "ssh",
            *strict,
            "-o",
            "IdentityFile=/dev/null",
            "-o",
            "IdentityAgent=none",
            f"root@{address}",
            "true",
        ]
        refused = subprocess.run(twin.command(small, "jump-1", stranger), capture_output=True, text=True, check=False)
        assert refused.returncode == 255
        assert "Permission denied (publickey)" in refused.stderr


def test_no_account_has_a_password(small: Twin) -> None:
    for node in ("core-1", "sw-dodoma"):
        fields = [line.split(":")[1] for line in inside(small, node, "cat", "/etc/shadow").splitlines()]
        assert fields
        assert all(field[0] in "*!" for field in fields)


def test_neither_a_machine_nor_a_command_in_it_may_set_the_clock_of_the_host(small: Twin) -> None:
    for node, process in (("core-1", "1"), ("core-1", "self"), ("sw-dodoma", "self"), ("jump-1", "self")):
        status = inside(small, node, "cat", f"/proc/{process}/status").splitlines()
        allowed = int(next(line.split()[1] for line in status if line.startswith("CapBnd:")), 16)
        assert not allowed & 1 << CAP_SYS_TIME, (node, process)
        assert allowed & 1 << CAP_NET_ADMIN, (node, process)


def test_there_is_no_way_out_of_the_lab(small: Twin) -> None:
    for node in ("core-1", "sw-dodoma", "jump-1", "mof"):
        found = inside(small, node, "ip", "-details", "-oneline", "link").splitlines()
        ports = [line for line in found if ": lo:" not in line]
        assert ports
        assert all(any(word in line for word in (" veth ", " tun type tap ")) for line in ports), node
    assert "default" not in inside(small, "core-1", "ip", "route")


def lab_exec(small: Twin, node: str, *argv: str) -> list[str]:
    """`govnet lab exec` as it is typed."""
    return [str(Path(sys.executable).parent / "govnet"), "lab", "exec", "--state", str(small.state), node, "--", *argv]


def test_the_status_of_a_command_is_handed_through(small: Twin) -> None:
    assert subprocess.run(lab_exec(small, "sw-dodoma", "sh", "-c", "exit 7"), check=False).returncode == 7
    assert subprocess.run(lab_exec(small, "mof", "true"), check=False).returncode == 0
    stranger = subprocess.run(lab_exec(small, "core-9", "true"), capture_output=True, text=True, check=False)
    assert stranger.returncode == 2
    assert "it has core-1" in stranger.stderr


TAKES_ITS_TIME = """
import signal, sys
asked = {signal.SIGINT, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, asked)
print("here", flush=True)
signal.sigwait(asked)
print("heard", flush=True)
print(f"ended in order: {sys.stdin.readline()}", end="")
sys.exit(4)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_itself_which_ends_in_its_own_time(small: Twin, number: signal.Signals) -> None:
    line = lab_exec(small, "jump-1", sys.executable, "-c", TAKES_ITS_TIME)
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdin is not None
        assert begun.stdout is not None
        assert begun.stdout.readline() == "here\n"
        begun.send_signal(number)
        assert begun.stdout.readline() == "heard\n"
        with pytest.raises(subprocess.TimeoutExpired):
            begun.wait(1)  # longer than anybody between would wait before it kills
        assert begun.communicate("done\n") == ("ended in order: done\n", None)
    assert begun.returncode == 4


def test_a_command_whose_reader_is_gone_is_ended_as_anywhere(small: Twin) -> None:
    with subprocess.Popen(lab_exec(small, "jump-1", "yes"), stdout=subprocess.PIPE) as begun:
        assert begun.stdout is not None
        begun.stdout.readline()
        begun.stdout.close()
        assert begun.wait(10) == -signal.SIGPIPE


def test_nothing_of_the_callers_environment_enters_a_machine(small: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVNET_SECRET_LOGIN_KEY", "canary")
    assert "canary" not in inside(small, "core-1", "env")


def test_a_second_lab_command_in_the_same_folder_is_refused(small: Twin) -> None:
    with twin.locked(small.lab), pytest.raises(LabBusy):
        twin.down(small.state, lambda _: None)
    assert state_of(small, "core-1") == "up"


def test_a_cut_link_is_dark_at_both_ends_until_it_is_healed(small: Twin) -> None:
    throw(small.state, "link-down", "core-1--sw-dodoma")
    try:
        assert not link_is_up(small, "core-1--sw-dodoma")
        assert link_is_up(small, "sw-dodoma--jump-1")
        assert "state DOWN" in inside(small, "sw-dodoma", "ip", "link", "show", "eth1")
    finally:
        throw(small.state, "link-up", "sw-dodoma:eth1")
    assert link_is_up(small, "core-1--sw-dodoma")


def test_a_killed_daemon_is_gone(small: Twin) -> None:
    before = daemon(small, "core-1", "bgpd")
    watched = os.pidfd_open(before)
    try:
        throw(small.state, "kill", "core-1:bgpd")
        assert select.select([watched], [], [], 10)[0], "bgpd outlived its kill"
    finally:
        os.close(watched)


def test_a_frozen_daemon_stands_still_until_it_is_thawed(small: Twin) -> None:
    number = daemon(small, "sw-dodoma", "snmpd")
    throw(small.state, "freeze", "sw-dodoma:snmpd")
    assert "State:\tT" in Path(f"/proc/{number}/status").read_text()
    throw(small.state, "thaw", "sw-dodoma:snmpd")
    assert inside(small, "sw-dodoma", "systemctl", "is-active", "snmpd").strip() == "active"
    assert "State:\tT" not in Path(f"/proc/{number}/status").read_text()


def test_a_frozen_machine_stands_still_as_a_whole(small: Twin) -> None:
    throw(small.state, "freeze", "sw-dodoma")
    assert state_of(small, "sw-dodoma") == "frozen"
    throw(small.state, "thaw", "sw-dodoma")
    assert state_of(small, "sw-dodoma") == "up"
    assert inside(small, "sw-dodoma", "hostname").strip() == "sw-dodoma"


@pytest.mark.parametrize("fault", ["reboot", "power-cut"])
def test_a_machine_boots_again_with_its_disk_and_without_its_memory(small: Twin, fault: str) -> None:
    inside(
        small,
        "core-1",
        "sh",
        "-c",
        "echo kept > /root/kept; echo lost > /run/lost; ip route add blackhole 203.0.113.0/24",
    )
    before = boot(small, "core-1")
    throw(small.state, fault, "core-1")
    assert boot(small, "core-1") != before
    assert inside(small, "core-1", "cat", "/root/kept") == "kept\n"
    assert inside(small, "core-1", "sh", "-c", "ls /run").split().count("lost") == 0
    assert "203.0.113" not in inside(small, "core-1", "ip", "route")
    assert link_is_up(small, "core-1--sw-dodoma")


def test_a_machine_without_power_is_off_and_its_links_are_dark(small: Twin) -> None:
    throw(small.state, "power-off", "core-1")
    assert state_of(small, "core-1") == "off"
    assert not link_is_up(small, "core-1--sw-dodoma")
    with pytest.raises(NotRunning):
        twin.execute(small.state, "core-1", ["true"])
    throw(small.state, "power-on", "core-1")
    assert state_of(small, "core-1") == "up"
    with pytest.raises(BadFault, match="running already"):
        throw(small.state, "power-on", "core-1")


@pytest.mark.parametrize(
    ("kind", "subject", "says"),
    [
        ("flood", "core-1", "no fault"),
        ("link-down", "core-1--core-9", "no link"),
        ("kill", "core-1", "name a daemon"),
        ("kill", "core-1:named", "runs no named"),
        ("reboot", "mof", "no machine"),
    ],
)
def test_a_fault_that_cannot_be_thrown_says_what_there_is(small: Twin, kind: str, subject: str, says: str) -> None:
    with pytest.raises(LabProblem, match=says):
        throw(small.state, kind, subject)


def test_the_leak_check_sees_a_lab_that_is_up(small: Twin) -> None:
    found = "\n".join(leaks(small.lab.name))
    for thing in ("control group", "processes", "network namespace", "machine folder"):
        assert thing in found
