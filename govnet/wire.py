"""Where what touches a box is named: which targets a selector means, who asks a probe, how targets relate.

A plane's libraries are loaded when a target of it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from change.clock import SystemClock
from change.guards.surroundings import LastKnown, Surroundings, tells_nothing
from change.journal import Journal
from change.known import last_known
from change.model import Standing
from change.plan import Relate, Relations
from change.run import RunProbe
from change.target import Preview, Target, TargetError
from govnet import reach, rollout
from govnet.desk import Desk
from govnet.down_now import down_now
from govnet.standing import STACK, standings
from inventory.model import Device, Inventory, Platform
from inventory.sealed import Sealed
from inventory.secrets import Secrets
from inventory.select import select
from network import probes
from network.hostkeys import private_half
from network.login import login
from network.relations import relations
from network.router import RouterTarget
from network.switch import SwitchTarget
from network.terrain import terrain

if TYPE_CHECKING:
    from deploys.prepare import Place
    from deploys.scratch import Scratch
    from deploys.target import HostTarget
    from stacks.birth import BirthFile
    from stacks.nspawn.host import Host
    from stacks.target import StackTarget

BOXES = {Platform.FRR: RouterTarget, Platform.IFUPDOWN2: SwitchTarget}


def targets(desk: Desk, selector: str) -> dict[str, Target]:
    """By name, all managed ones that a selector means: devices, and the stacks that their machines are of.

    `stack-SITE` means that stack alone. Raises BadSelector.
    """
    stacks = {f"{STACK}{site}": site for site in stack_sites(desk)}
    if selector.strip() in stacks:
        return {selector.strip(): stack(desk, stacks[selector.strip()])}
    devices = [device for device in select(desk.inventory, selector) if device.managed]
    found: dict[str, Target] = {}
    for device in devices:
        if device.platform in BOXES:
            found[device.name] = BOXES[device.platform](desk.inventory, device, desk.secrets, desk.known_hosts)
        else:
            found[device.name] = server(desk, device)
    hosting = {device.site for device in devices if device.name in desk.inventory.machine}
    for name, site in stacks.items():
        if site in hosting or selector.strip() == "all":
            found[name] = stack(desk, site)
    return found


def asleep(desk: Desk, found: Mapping[str, Target]) -> dict[str, str]:
    """The servers among these whose machine is off, and the stack that switches it on: nothing is read of them before.

    Of a stack that cannot be looked at none is named: its own preview says why.
    """
    hosted = [name for name in found if name in desk.inventory.machine]
    if not hosted:
        return {}
    from stacks.target import StackTarget

    names: dict[str, str] = {}
    for name in hosted:
        maker = found.get(f"{STACK}{desk.inventory.device[name].site}")
        with suppress(TargetError):
            if isinstance(maker, StackTarget) and maker.wakes(name):
                names[name] = maker.name
    return names


def stack_sites(desk: Desk) -> tuple[str, ...]:
    """Sites that have machines, or had some and still have their stack: they may have left the inventory since."""
    with_machines = {desk.inventory.device[machine.name].site for machine in desk.inventory.machines}
    with_stacks = {folder.name for folder in (desk.state / "stacks").glob("*") if folder.is_dir()}
    return tuple(sorted(with_machines | with_stacks))


def stack(desk: Desk, site: str) -> StackTarget:
    from stacks import engine
    from stacks.nspawn.backend import NspawnBackend
    from stacks.nspawn.host import record
    from stacks.passphrase import secret_of
    from stacks.target import StackTarget

    hosting = desk.inventory.world.hosting
    folder = desk.state / "stacks" / site
    wanted = None if hosting is None else hosting.stack_secret
    return StackTarget(
        desk.inventory,
        site,
        NspawnBackend.opened(f"{STACK}{site}:{record(desk.state).resolve()}"),
        engine.find,
        folder,
        lambda device: birth(desk, device),
        lambda: desk.secrets.value(secret_of(folder, wanted)),
    )


def birth(desk: Desk, device: Device) -> tuple[BirthFile, ...]:
    """What a server's disk is born with. Raises HostKeyMissing."""
    from deploys.day0 import files

    return files(desk.inventory, device, desk.secrets, private_half(desk.state / "host-keys", device.name))


def server(desk: Desk, device: Device) -> HostTarget:
    """Of one that is a machine of a stack, with the promise of what it will be when it is born."""
    from deploys.target import HostTarget

    return HostTarget(
        desk.inventory,
        device,
        desk.secrets,
        desk.known_hosts,
        lambda far, total_s: login(desk.inventory, far, desk.secrets, desk.known_hosts, total_s),
        lambda: datetime.now(UTC).date(),
        desk.state / "mirror",
        scratch(desk, device) if device.name in desk.inventory.machine else None,
    )


def scratch(desk: Desk, device: Device) -> Scratch:
    from deploys.scratch import Scratch
    from stacks.birth import birth_digest

    maker = stack(desk, device.site)
    return Scratch(
        desk.state / "promises",
        lambda: image(desk),
        lambda wanted: birth_digest(birth(desk, wanted)),
        lambda wanted: scratch_machine(desk, wanted),
        lambda wanted: maker.name if maker.makes(wanted.name) else None,
    )


def image(desk: Desk) -> str:
    """The image that machines are born from. Raises TargetError: a promise is asked for as part of a preview."""
    from stacks.nspawn.problem import HostProblem

    try:
        return hypervisor(desk).image.name
    except HostProblem as problem:
        raise TargetError(str(problem)) from problem


@contextmanager
def scratch_machine(desk: Desk, device: Device) -> Iterator[Place]:
    """A machine born as the device would be, reached from the place of its gateway. Raises TargetError."""
    from deploys.prepare import Place
    from stacks.nspawn.problem import HostProblem
    from stacks.nspawn.scratch import scratch

    port = device.interface(device.management)
    own = next(address for address in port.addresses if isinstance(address, IPv4Interface))
    near = IPv4Interface((port.gateway or own.network[1], own.network.prefixlen))
    try:
        with scratch(hypervisor(desk), device.name, near, birth(desk, device)) as namespace:
            yield Place(str(own.ip), desk.known_hosts.absolute(), ("nsenter", f"--net={namespace}", "--"))
    except (HostProblem, OSError) as problem:
        said = " ".join(str(problem).split("\n"))
        raise TargetError(f"{device.name}: no scratch machine could be made to promise from: {said}") from problem


def hypervisor(desk: Desk) -> Host:
    """Where stacks make their machines. Raises HostProblem where nothing says so."""
    from stacks.nspawn.host import read, record

    return read(record(desk.state))


def relate(desk: Desk) -> Relate:
    """As the network's devices relate; and a server comes after what it runs on and what it is plugged in to."""

    def related(previews: Mapping[str, Preview]) -> Relations:
        found = relations(desk.inventory, {name: preview.diff for name, preview in previews.items()})
        return found.model_copy(
            update={
                "after": {**found.after, **dict(needs(desk.inventory))},
                "standing": standing(desk),
                "probes": reach.probes_of(desk.inventory, previews, asker(desk)),
            }
        )

    return related


def around(desk: Desk, selected: Collection[str]) -> Callable[[], Surroundings]:
    """What a plan of these targets is judged beside: of the inventory, the poller, the journal and the secret store.

    What is down now is looked up at each call, what our last changes left at the first.
    """
    land, limits = terrain(desk.inventory), desk.inventory.world.guards
    left = cache(lambda: known(desk, selected))
    holds_secret = desk.secrets.holds if desk.has_secrets else tells_nothing

    def asked() -> Surroundings:
        return Surroundings(
            terrain=land,
            now=down_now(desk, datetime.now(UTC)),
            limits=limits,
            last_known=left(),
            holds_secret=holds_secret,
        )

    return asked


def known(desk: Desk, selected: Collection[str]) -> dict[str, LastKnown]:
    """What our last changes left. A server's fingerprint tells what is pending there, so it changes with the intent."""
    if not desk.journal_path.exists():
        return {}
    journal = Journal(desk.journal_path, SystemClock())
    try:
        return last_known(journal, selected, lambda step: step.plane != "deploys")
    finally:
        journal.close()


def standing(desk: Desk) -> dict[str, Standing]:
    """Of every target that there may be, by name."""
    return standings(desk.inventory, terrain(desk.inventory), rollout.rings(desk.inventory))


def needs(inventory: Inventory) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each server and stack, with what must be as wanted before it: stack, mirror, the switches at its cables."""
    hosting = inventory.world.hosting
    far_ends: dict[str, set[str]] = {}
    for link in inventory.links:
        for end, other in (link.ends, link.ends[::-1]):
            far_ends.setdefault(end.device, set()).add(other.device)
    machines: dict[str, set[str]] = {}
    for device in inventory.servers:
        cables = far_ends.get(device.name, set())
        before = set(cables)
        if hosting is not None and hosting.mirror != device.name:
            before.add(hosting.mirror)
        if device.name in inventory.machine:
            machines.setdefault(f"{STACK}{device.site}", set()).update(cables)
            before.add(f"{STACK}{device.site}")
        yield device.name, tuple(sorted(before))
    for name, switches in machines.items():
        yield name, tuple(sorted(switches))


def probe_runner(desk: Desk, targets: Mapping[str, Target]) -> RunProbe:
    """Each probe is asked from here, or of the routers among these targets."""
    routers = {name: target for name, target in targets.items() if isinstance(target, RouterTarget)}
    ask = asker(desk)
    return lambda probe: ask(probe) if probe.kind in reach.KINDS else probes.ask(routers, probe)


def asker(desk: Desk) -> reach.Asks:
    """Asks what is asked from the jump host itself."""
    signer = cache(lambda: authority(desk.inventory, desk.secrets))
    return lambda probe: reach.ask_from_here(probe, signer)


def authority(inventory: Inventory, secrets: Secrets) -> str | None:
    """The certificate (PEM) of who signs for the web sites; None where the world has no servers.

    Raises SecretMissing, and ValueError where its key is unfit.
    """
    from deploys.tls import Authority, authority_certificate

    if inventory.world.hosting is None:
        return None
    key = Sealed(secrets.value(inventory.world.hosting.ca_secret))
    return authority_certificate(Authority(inventory.world.title.en, key))
