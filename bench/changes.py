"""One change on twenty routers of the twin: govnet beside Nornir with NAPALM, and beside Ansible, without the safety.

    python -m bench.changes      as root; needs the machine image (make setup)

The change is another description of each uplink, in force and kept in the start-up file. All speak to the routers from
the jump host's network with the same key, believe the same host keys, and take the routers by name, eight at once. Each
contestant goes twice: once in peace, and once killed by SIGKILL, with all that it started, as soon as the tenth router
has the change in force. What it has left is then asked of the routers: which have the change in force and kept, which
are as before, which are half-way. govnet alone has something to run then, `govnet resume`: its figures are of after it.

They do not do the same: govnet reads every router before it begins, goes in waves behind a canary, holds each wave
until every dead timer has run out, verifies it over new connections, and has the routers undo what it did not confirm.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import forty
from bench.country import country
from bench.figure import Figure, report
from bench.group import Failed, Ran, must, run
from bench.servers import CHECKOUT, PATH, PROGRAMS, write
from inventory.model import Device, Inventory, Role
from inventory.secrets import Secrets
from lab import image, twin
from lab.people import AUTHOR, REVIEWERS, enrol, key_of
from lab.twin import Twin
from stacks.nspawn import cgroups

ROUTERS, AT_ONCE, KILLED_AT = 20, 8, 10
STATE = image.cache() / "bench-changes"
ANSIBLE = Path(__file__).parent / "ansible"
SELECTOR = f"role={Role.DISTRICT_ROUTER}"
LOOK_EVERY_S = 0.05
SETTLED_S = 120.0
"""In which whatever a killed contestant left under way on a router has ended: NAPALM's own timer is 60 s."""
STANDS = "vtysh -c 'show running-config no-header'; echo =====; cat /etc/frr/frr.conf; ls /var/lib/govnet-latch"
DESCRIPTION = re.compile(r"^ description (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A lab that is up, and the words that all uplinks are to be described with."""

    made: Twin
    inventory: Inventory
    secrets: Secrets

    @property
    def routers(self) -> tuple[Device, ...]:
        """By name."""
        found = (device for device in self.inventory.devices if device.role is Role.DISTRICT_ROUTER)
        return tuple(sorted(found, key=lambda device: device.name))

    @property
    def world(self) -> Path:
        return self.made.state / "world"

    @property
    def known_hosts(self) -> Path:
        return self.world / "known_hosts"

    @property
    def key(self) -> Path:
        return self.made.state / "login-key"

    @property
    def people(self) -> Path:
        return self.made.state / "people"

    @property
    def group(self) -> str:
        return self.made.host.group("bench")

    def inside(self, *line: str | Path) -> list[str]:
        """The command line that runs a command in the jump host's network."""
        return ["nsenter", f"--net={self.made.jump_namespace}", "--", *map(str, line)]

    def govnet(self, *words: str) -> list[str]:
        place = ("--inventory", str(self.world), "--state", str(self.made.state))
        return self.inside(PROGRAMS / "govnet", *words, *place)

    def measured(self, line: Sequence[str]) -> Ran:
        environment = {"PATH": PATH, "HOME": str(self.made.state), "LC_ALL": "C.UTF-8"}
        environment |= {
            "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.made.state / "ansible"),
        }
        return run(self.group, line, environment, CHECKOUT)


# -- the contestants: what each is given for these words, and the command lines that do it --------------------------


@dataclass(frozen=True)
class Contestant:
    ready: Callable[[Place, str], None]
    """Writes what it is told by. Not measured."""
    change: Callable[[Place], list[str]]
    prepare: Callable[[Place], tuple[Ran, ...]] = lambda _: ()
    """What it needs before, and touches no router: returns what is to be counted."""
    after: Callable[[Place], list[str]] | None = None
    """What it has to be run after it was killed."""


def wanted(place: Place, words: str) -> None:
    """govnet's inventory, with other words for each uplink."""

    def described(device: Device) -> Device:
        ports = (
            port.model_copy(update={"description": words}) if port.description else port for port in device.interfaces
        )
        return device.model_copy(update={"interfaces": tuple(ports)}) if device in place.routers else device

    write(place.inventory.model_copy(update={"devices": tuple(map(described, place.inventory.devices))}), place.world)


def plan_file(place: Place) -> str:
    return str(place.made.state / "change.plan")


def planned_and_signed(place: Place) -> tuple[Ran, ...]:
    """Signing is not counted: people take their time."""
    words = ("plan", SELECTOR, "-o", plan_file(place), "--as", AUTHOR)
    planned = must(place.measured(place.govnet(*words)), 10, "govnet plan")
    for person in (AUTHOR, *REVIEWERS):
        key = str(key_of(place.people, person))
        must(place.measured(place.govnet("approve", plan_file(place), "--as", person, "--key", key)), 0, "approve")
    return (planned,)


def nornir_hosts(place: Place, words: str) -> None:
    """Nornir's own form of an inventory; JSON, which its YAML reader can read."""
    arguments = {"key_file": str(place.key), "alt_host_keys_file": str(place.known_hosts)}
    hosts = {
        router.name: {
            "hostname": str(router.management_address),
            "username": place.inventory.world.login.user,
            "password": "",
            "platform": "frr",
            "data": {"lines": f"interface {uplink(router)}\n description {words}\n"},
            "connection_options": {"napalm": {"extras": {"optional_args": arguments}}},
        }
        for router in place.routers
    }
    (place.made.state / "hosts.yaml").write_text(json.dumps(hosts))


def ansible_hosts(place: Place, words: str) -> None:
    options = f"-F /dev/null -o StrictHostKeyChecking=yes -o UserKnownHostsFile={place.known_hosts}"
    shared = {
        "ansible_user": place.inventory.world.login.user,
        "ansible_ssh_private_key_file": str(place.key),
        "ansible_ssh_common_args": options,
        "words": words,
    }
    hosts = {
        router.name: {"ansible_host": str(router.management_address), "uplink": uplink(router)}
        for router in place.routers
    }
    (place.made.state / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}))


def ansible_line(place: Place) -> list[str]:
    playbook = (PROGRAMS / "ansible-playbook", "--forks", str(AT_ONCE))
    return place.inside(*playbook, "--inventory", place.made.state / "hosts.json", ANSIBLE / "change.yml")


def uplink(router: Device) -> str:
    return next(port.name for port in router.interfaces if port.description)


CONTESTANTS: Mapping[str, Contestant] = {
    "govnet": Contestant(
        wanted,
        lambda place: place.govnet("apply", plan_file(place)),
        planned_and_signed,
        lambda place: place.govnet("resume"),
    ),
    "Nornir+NAPALM": Contestant(
        nornir_hosts,
        lambda place: place.inside(sys.executable, "-m", "bench.nornir_change", place.made.state, str(AT_ONCE)),
    ),
    "Ansible": Contestant(ansible_hosts, ansible_line),
}


# -- what the routers say -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stands:
    """A router as it says itself: the words in force, those that it would start with, and whether its latch is open."""

    running: str
    start_up: str
    pending: bool


def stands(place: Place, router: str) -> Stands:
    said = twin.output(place.made, router, ["sh", "-c", STANDS])
    running, rest = said.split("=====\n")
    return Stands(described_as(running), described_as(rest), "step.json" in rest)


def runs(place: Place, router: Device, words: str) -> bool:
    """Zebra alone is asked, which is quick: the change is in force there."""
    said = twin.output(place.made, router.name, ["vtysh", "-d", "zebra", "-c", f"show interface {uplink(router)}"])
    return f"Description: {words}\n" in said


def described_as(configuration: str) -> str:
    found = DESCRIPTION.search(configuration)
    return found[1] if found else ""


def every(place: Place) -> list[Stands]:
    return [stands(place, router.name) for router in place.routers]


def how(one: Stands, words: str) -> str:
    """`changed`, `as before` or `half`."""
    new = {one.running == words, one.start_up == words}
    return "half" if len(new) == 2 or one.pending else "changed" if new == {True} else "as before"


# -- the turns ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    wall_s: float
    cpu_s: float
    peak_mib: float
    left: Mapping[str, int]
    """After the kill: how many routers stand how."""


def turn(place: Place, name: str, one: Contestant) -> Turn:
    word = re.sub("[^a-z]", "-", name.lower())
    ran = in_peace(place, name, one, f"by {word}")
    return Turn(
        sum(each.wall_s for each in ran),
        sum(each.cpu_s for each in ran),
        max(each.peak_mib for each in ran),
        half_way(place, name, one, f"killed {word}"),
    )


def in_peace(place: Place, name: str, one: Contestant, words: str) -> list[Ran]:
    """Raises Failed unless the change is then in force on every router, and kept."""
    one.ready(place, words)
    ran = [*one.prepare(place), must(place.measured(one.change(place)), 0, name)]
    if left := Counter(how(each, words) for each in every(place)) - Counter(changed=ROUTERS):
        raise Failed(f"{name} left {dict(left)}")
    return ran


def half_way(place: Place, name: str, one: Contestant, words: str) -> Mapping[str, int]:
    """Killed half-way; how all stand when nothing more is under way."""
    one.ready(place, words)
    one.prepare(place)
    with killer(place, words) as killed:
        place.measured(one.change(place))
    if not killed.is_set():
        raise Failed(f"{name} ended before router {KILLED_AT} was seen to have the change")
    if one.after is not None:
        must(place.measured(one.after(place)), 4, name)
    ends = time.monotonic() + SETTLED_S
    while any(each.pending for each in every(place)) and time.monotonic() < ends:
        time.sleep(1.0)
    return Counter(how(each, words) for each in every(place))


@contextmanager
def killer(place: Place, words: str) -> Iterator[threading.Event]:
    """Kills all of the group as soon as the router half-way runs the change; the event says that it has."""
    killed, over = threading.Event(), threading.Event()
    half_way = place.routers[KILLED_AT - 1]

    def watch() -> None:
        while not over.wait(LOOK_EVERY_S):
            if runs(place, half_way, words):
                killed.set()
                with suppress(OSError):  # whoever waits for the command removes its group at once
                    cgroups.kill(place.group)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield killed
    finally:
        over.set()
        watcher.join()


@contextmanager
def place() -> Iterator[Place]:
    """The folder begins anew, and goes afterwards; after a kill -9 the next run removes what is left."""
    inventory = country(regions=2, districts=ROUTERS // 2)
    twin.down(STATE, lambda _: None)
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(mode=0o700, parents=True)
    write(inventory, STATE / "world")
    at = ("--inventory", str(STATE / "world"), "--state", str(STATE))
    try:
        for words in (("keys",), ("trust", "init", str(enrol(STATE / "people")))):
            subprocess.run([PROGRAMS / "govnet", *words, *at], check=True, stdout=sys.stderr)
        with forty.lab(STATE, inventory) as (made, secrets, _):
            found = Place(made, inventory, secrets)
            found.key.touch(mode=0o600)
            found.key.write_text(secrets.value(inventory.world.login.key_secret))
            yield found
    finally:
        shutil.rmtree(STATE)


def figures() -> tuple[Figure, ...]:
    with place() as twenty:
        found = {name: turn(twenty, name, one) for name, one in CONTESTANTS.items()}
    ours, *rivals = found
    return tuple(figure for rival in rivals for figure in compared(found[ours], rival, found[rival]))


def compared(ours: Turn, name: str, rival: Turn) -> tuple[Figure, ...]:
    what = f"one line on {ROUTERS} routers"

    def a_minute(one: Turn) -> float:
        return ROUTERS * 60 / one.wall_s

    def left(how: str) -> Figure:
        said = f"{what}, killed at {KILLED_AT}: {how}"
        return Figure(
            what=said, unit="devices", ours=ours.left.get(how, 0), rival=rival.left.get(how, 0), rival_name=name
        )

    return (
        Figure(what=f"{what}: devices", unit="a minute", ours=a_minute(ours), rival=a_minute(rival), rival_name=name),
        Figure(what=f"{what}: processor", unit="s", ours=ours.cpu_s, rival=rival.cpu_s, rival_name=name),
        Figure(what=f"{what}: peak memory", unit="MiB", ours=ours.peak_mib, rival=rival.peak_mib, rival_name=name),
        *map(left, ("changed", "as before", "half")),
    )


def main() -> None:
    report("changes", figures)


if __name__ == "__main__":
    main()
