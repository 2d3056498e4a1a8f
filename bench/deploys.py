"""The role `base` on ten servers of the twin: govnet beside pyinfra's own command line, and beside Ansible.

    python -m bench.deploys      as root; needs the machine image (make setup), and Debian's archives for the mirror

Each contestant begins with ten machines as they are born, and is done when govnet's plan of them is empty; the second
run has nothing to do. All speak to them from the jump host's network with the same key, and believe the same host keys;
packages come from a mirror that was deployed before. govnet's first run is `plan`, then `apply`; its second is `plan`.

They do not do the same: govnet freezes what it will do, reads each server again before it begins, keeps a pre-image and
a timer on each, goes in waves behind a canary, and reads all back over new connections before it confirms. The others
do none of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bench.cost import Cost
from bench.figure import Figure, beside, report
from bench.group import Failed, Ran, must, processor_s, run
from bench.servers import CHECKOUT, MIRROR, PROGRAMS, SITE, Ground, at_site, ground, world
from change.plan import unseal
from deploys.frozen import Put, Reference
from deploys.manifest import manifest_text
from deploys.payload import parsed
from inventory.secrets import Secrets
from lab import image
from lab.people import AUTHOR, REVIEWERS, enrol, key_of

SERVERS = 10
STATE = image.cache() / "bench-deploys"
ANSIBLE = Path(__file__).parent / "ansible"
SELECTOR = f"site={SITE}"
RECAP = re.compile(r"^\S+ +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)
"""A server that is done."""


@dataclass(frozen=True)
class Turn:
    """What one contestant took: its own processes, and what the servers were busy with meanwhile."""

    first: Cost
    again: Cost
    servers_s: float
    """Processor seconds of the ten servers in the first run."""


Runs = Callable[[Ground], tuple[Ran, ...]]


def measured(place: Ground, *line: str, ends: int = 0, more: Mapping[str, str] | None = None) -> Ran:
    environment = {**place.environment, **(more or {})}
    return must(run(place.host.group("bench"), line, environment, CHECKOUT), ends, line[3])


# -- the contestants ------------------------------------------------------------------------------------------------


def plan_file(place: Ground) -> str:
    return str(place.state / "base.plan")


def govnet_first(place: Ground) -> tuple[Ran, ...]:
    planned = measured(place, *place.govnet("plan", SELECTOR, "-o", plan_file(place), "--as", AUTHOR), ends=10)
    sign(place)
    return planned, measured(place, *place.govnet("apply", plan_file(place)))


def govnet_again(place: Ground) -> tuple[Ran, ...]:
    return (measured(place, *place.govnet("plan", SELECTOR)),)


def pyinfra(place: Ground) -> tuple[Ran, ...]:
    files = ("deploys/pyinfra_inventory.py", "deploys/pyinfra_deploy.py")
    line = place.inside(PROGRAMS / "pyinfra", *files, "--yes", "--limit", "server-*")
    return (measured(place, *line, more={"GOVNET_INVENTORY": str(place.world), "GOVNET_STATE": str(place.state)}),)


def ansible(place: Ground, changes: int) -> tuple[Ran, ...]:
    """Raises Failed unless just so many servers were changed, and all were done."""
    line = place.inside(PROGRAMS / "ansible-playbook", "--inventory", place.state / "hosts.json", ANSIBLE / "base.yml")
    more = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_HOME": str(place.state / "ansible")}
    ran = measured(place, *line, more=more)
    changed = [int(row) for row in RECAP.findall(ran.said)]
    if len(changed) != SERVERS or sum(map(bool, changed)) != changes:
        raise Failed(f"Ansible was to change {changes} of {SERVERS} servers, and said:\n{ran.said}")
    return (ran,)


def ansible_first(place: Ground) -> tuple[Ran, ...]:
    write_hosts(place)
    return ansible(place, changes=SERVERS)


def ansible_again(place: Ground) -> tuple[Ran, ...]:
    return ansible(place, changes=0)


CONTESTANTS: Mapping[str, tuple[Runs, Runs]] = {
    "govnet": (govnet_first, govnet_again),
    "pyinfra": (pyinfra, pyinfra),
    "Ansible": (ansible_first, ansible_again),
}
"""The first run and the second of each. govnet comes first: Ansible's variables are of its plan."""


# -- what Ansible is given ------------------------------------------------------------------------------------------


def write_hosts(place: Ground) -> None:
    """Ansible's inventory: how each server is reached, and the files that govnet's plan would put there, values in."""
    key = place.state / "login-key"
    key.touch(mode=0o600)
    login = place.inventory.world.login
    key.write_text(place.secrets.value(login.key_secret))
    options = f"-F /dev/null -o StrictHostKeyChecking=yes -o UserKnownHostsFile={place.known_hosts}"
    shared = {
        "ansible_user": login.user,
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": options,
        "accounts": [account.model_dump(mode="json") for account in place.inventory.accounts],
        "timezone": place.inventory.world.timezone,
    }
    hosts = {
        step.target: {
            "ansible_host": str(place.inventory.device[step.target].management_address),
            "put": files(step.payload, place.secrets),
            "manifest": manifest_text(parsed(step.payload).manifest),
        }
        for step in unseal(Path(plan_file(place)).read_bytes()).steps
    }
    file = place.state / "hosts.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}))


def files(payload: str, secrets: Secrets) -> dict[str, list[dict[str, str]]]:
    """Deploy to the files that it puts."""
    puts = (one for one in parsed(payload).operations if isinstance(one, Put))
    return {
        deploy: [
            {
                "path": put.path,
                "owner": put.owner,
                "group": put.group,
                "mode": f"{put.mode:04o}",
                "content": "".join(opened(put, secrets)),
            }
            for put in group
        ]
        for deploy, group in groupby(puts, key=lambda put: put.deploy)
    }


def opened(put: Put, secrets: Secrets) -> Iterator[str]:
    for piece in put.content:
        yield secrets.value(piece.secret[1:].partition("#")[0]) if isinstance(piece, Reference) else piece


# -- the turns ------------------------------------------------------------------------------------------------------


def total(runs: tuple[Ran, ...]) -> Cost:
    """One after another. What was done is the same by proof: govnet's plan of all servers is empty afterwards."""
    return Cost(
        sum(ran.wall_s for ran in runs), sum(ran.cpu_s for ran in runs), max(ran.peak_mib for ran in runs), SERVERS
    )


def turn(place: Ground, first: Runs, again: Runs) -> Turn:
    servers = at_site(place.inventory)
    groups = [place.host.group(server.name) for server in servers]
    place.bear(servers)
    before_s = processor_s(*groups)
    done = total(first(place))
    servers_s = processor_s(*groups) - before_s
    place.by_hand("plan", SELECTOR)
    return Turn(done, total(again(place)), servers_s)


def figures() -> tuple[Figure, ...]:
    """Once each: a turn of all three takes minutes."""
    with ground(STATE, world(SERVERS)) as place:
        deploy_mirror(place)
        found = {name: turn(place, first, again) for name, (first, again) in CONTESTANTS.items()}
    ours, *rivals = found
    return tuple(figure for rival in rivals for figure in compared(found[ours], rival, found[rival]))


def deploy_mirror(place: Ground) -> None:
    place.set_up("mirror", "build")
    place.bear([place.inventory.device[MIRROR]])
    place.set_up("trust", "init", str(enrol(people(place))))
    place.by_hand("plan", MIRROR, "-o", plan_file(place), "--as", AUTHOR, ends=10)
    sign(place)
    place.by_hand("apply", plan_file(place))


def people(place: Ground) -> Path:
    return place.state / "people"


def sign(place: Ground) -> None:
    """As many as any risk needs. It is not measured: people take their time."""
    for person in (AUTHOR, *REVIEWERS):
        key = str(key_of(people(place), person))
        place.by_hand("approve", plan_file(place), "--as", person, "--key", key)


def compared(ours: Turn, name: str, rival: Turn) -> tuple[Figure, ...]:
    what = f"base on {SERVERS} servers as they are born"
    busy = f"{what}: processor of the servers"
    return (
        *beside(what, "s", ours.first, name, rival.first),
        Figure(what=busy, unit="s", ours=ours.servers_s, rival=rival.servers_s, rival_name=name),
        *beside("base once more, nothing to do", "s", ours.again, name, rival.again),
    )


def main() -> None:
    report("deploys", figures)


if __name__ == "__main__":
    main()
