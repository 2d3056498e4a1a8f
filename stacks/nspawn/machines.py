"""Machines: started side by side in control groups of their own, and ready when they say so themselves."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from stacks.nspawn import cgroups
from stacks.nspawn.host import Host
from stacks.nspawn.problem import HostProblem

SCRIPT = Path(__file__).parent / "machine.sh"
RUN = Path("/run/systemd/nspawn")
READY_WITHIN_S = 120.0
POWER_OFF = signal.SIGRTMIN + 4
"""To the first process of a machine: `systemctl start poweroff.target` (systemd(1))."""
NUMBER_OF_A_SHELL = 'for group in $GV_GROUPS; do echo $$ >"$group" || exit 1; done\n'
LAUNCH = NUMBER_OF_A_SHELL + 'exec setsid --fork unshare --mount sh "$GV_SCRIPT" </dev/null >>"$GV_CONSOLE" 2>&1'
"""Joins the groups first, so that from its first instruction on everything of a machine can be found and killed."""


class MachineFailed(HostProblem):
    """A machine did not come up; the text ends with what it last said on its console."""


@dataclass
class Notice:
    """The socket on which systemd says READY=1 (sd_notify(3)). It has a path and not an abstract name: those are seen
    from one network alone, and who starts a machine and who awaits its reboot may be in two.
    """

    node: str
    socket: socket.socket
    path: Path

    def __enter__(self) -> Notice:
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)
        self.socket.close()


def listen(host: Host, node: str) -> Notice:
    """Bound before the machine starts; the machine keeps the path for life, so that a reboot can be awaited too.

    Raises MachineFailed where another command awaits the same machine.
    """
    path = host.notices(node)
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        heard.connect(str(path))
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)  # of one that was killed
    except FileNotFoundError:
        pass
    else:
        heard.close()
        raise MachineFailed(f"{node}: another command is waiting for it to come up")
    heard.bind(str(path))
    return Notice(node, heard, path)


def launch(host: Host, node: str, notify: Path) -> None:
    """Start one machine and return when it stands in its control groups. Raises MachineFailed."""
    console = host.console(node)
    console.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        "GV_GROUPS": " ".join(map(str, cgroups.make(host.group(node)))),
        "GV_SCRIPT": str(SCRIPT),
        "GV_CONSOLE": str(console.resolve()),
        "GV_NAME": host.of(node),
        "GV_HOST": node,
        "GV_NETNS": host.of(node),
        "GV_IMAGE": str(host.image),
        "GV_DISK": str(host.disk(node).resolve()),
        "NOTIFY_SOCKET": str(notify),
    }
    done = subprocess.run(["sh", "-c", LAUNCH], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineFailed(f"{node}: could not be started: {done.stderr.strip()}")


def last_words(host: Host, node: str) -> str:
    try:
        return "\n".join(host.console(node).read_text(errors="replace").splitlines()[-10:])
    except OSError:
        return "(nothing on its console)"


def _await(host: Host, notices: list[Notice], report: Callable[[str], None]) -> None:
    """Until each has said that it is ready; the kernel tells where one has no process left (cgroup.events)."""
    waiting = {notice.socket.fileno(): notice for notice in notices}
    lives: dict[int, str] = {}
    deadline = time.monotonic() + READY_WITHIN_S
    poller = select.poll()
    with ExitStack() as stack:
        for number, notice in waiting.items():
            poller.register(number, select.POLLIN)
            events = stack.enter_context(cgroups.events(host.group(notice.node)))
            poller.register(events, select.POLLPRI)
            lives[events] = notice.node
        while waiting:
            heard = [number for number, _ in poller.poll(max(0.0, (deadline - time.monotonic()) * 1000))]
            for number in heard:
                if number in waiting and b"READY=1" in waiting[number].socket.recv(4096).splitlines():
                    poller.unregister(number)
                    report(f"{waiting.pop(number).node} is up")
            late = {notice.node for notice in waiting.values()}
            ended = {lives[number] for number in heard if number in lives and cgroups.empty(number)}
            for node in sorted(late & ended if heard else late):
                raise MachineFailed(f"{node} did not come up:\n{last_words(host, node)}")


def start(host: Host, nodes: Iterable[str], report: Callable[[str], None]) -> None:
    """Start machines side by side and return when each has reached its default target, sshd included.

    Raises MachineFailed where one ends, or is not ready within 120 s.
    """
    with ExitStack() as stack:
        notices = []
        for node in nodes:
            notice = listen(host, node)
            notices.append(stack.enter_context(notice))
            launch(host, node, notice.path)
        _await(host, notices, report)


def again(host: Host, node: str, begin: Callable[[], None]) -> None:
    """Do what makes a running machine boot anew, and return when it is ready. Raises MachineFailed."""
    with listen(host, node) as notice:
        begin()
        _await(host, [notice], lambda _: None)


def run(line: list[str]) -> None:
    """A command whose machine may end before it does: how it ended is not asked."""
    subprocess.run(line, capture_output=True, check=False, stdin=subprocess.DEVNULL)


def stop(host: Host, node: str, within_s: float) -> None:
    """Ask a machine to power off in order; who has not within this time loses its power. Raises GroupStuck."""
    leader = cgroups.leader(host.group(node))
    if leader is not None:
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(leader, POWER_OFF)
        cgroups.emptied(host.group(node), within_s)
    kill(host, node)


def kill(host: Host, node: str) -> None:
    """Take the power from a machine: SIGKILL to all of it at once. Its disk stays."""
    cgroups.kill(host.group(node))
    shutil.rmtree(RUN / "propagate" / host.of(node), ignore_errors=True)
