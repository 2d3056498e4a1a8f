"""A machine to look at and throw away: made as a stack would make it, on a cable of its own, with nobody else on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Interface
from pathlib import Path

from stacks.birth import BirthFile
from stacks.nspawn import cgroups, disks, machines
from stacks.nspawn.host import Host
from stacks.nspawn.problem import HostProblem

PORT = "eth0"


@contextmanager
def scratch(host: Host, name: str, near: IPv4Interface, files: tuple[BirthFile, ...]) -> Iterator[Path]:
    """The network namespace at the other end of its cable, whose address is `near`: on entry the machine has booted.

    Nothing is left on exit; what a killed run left is removed first, and by `govnet lab down`, which finds it by name.
    Raises HostProblem.
    """
    machine, other = f"scratch-{name}", f"scratch-{name}-near"
    _remove(host, machine, other)
    try:
        for node in (machine, other):
            _ip("netns", "add", host.of(node))
        cable = ("link", "add", PORT, "netns", host.of(machine), "type", "veth", "peer", "name", PORT)
        _ip(*cable, "netns", host.of(other))
        _ip("-netns", host.of(other), "address", "add", str(near), "dev", PORT)
        _ip("-netns", host.of(other), "link", "set", PORT, "up")
        disks.write(host.image, host.disk(machine), files)
        machines.start(host, [machine], lambda _: None)
        yield host.namespace(other)
    finally:
        _remove(host, machine, other)


def _remove(host: Host, machine: str, other: str) -> None:
    machines.kill(host, machine)
    cgroups.remove(host.group(machine))
    for node in (machine, other):
        if host.namespace(node).exists():
            _ip("netns", "delete", host.of(node))
    host.notices(machine).unlink(missing_ok=True)
    shutil.rmtree(host.disk(machine), ignore_errors=True)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostProblem(f"ip: {done.stderr.strip()}")
