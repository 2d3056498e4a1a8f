"""The Pulumi program of one stack: an estate, registered resource by resource. Pure but for the engine it speaks to.

It runs inline, in our process. It is made from what a plan froze (or, by hand, from the inventory), and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import pulumi

from change.canonical import document_of
from inventory.model import Device, Inventory
from inventory.model import Machine as WantedMachine
from stacks.birth import Birth, birth_digest
from stacks.resources import Estate, Key, Kind, Machine, Mount, Resource, Volume, estate
from stacks.schema import TYPE_OF, VERSION


def program(made: Estate, taken_in: Collection[Key] = ()) -> Callable[[], None]:
    """What the Automation API runs. `taken_in`: what stands and the stack's own record does not know yet."""

    def register() -> None:
        volumes: dict[str, pulumi.CustomResource] = {}
        for volume in made.volumes:
            volumes[volume.name] = _register(volume, (), taken_in)
        for machine in made.machines:
            needed = [volumes[mount.volume] for mount in machine.mounts if mount.volume in volumes]
            _register(machine, needed, taken_in)

    return register


def _register(
    resource: Resource, needed: Collection[pulumi.Resource], taken_in: Collection[Key]
) -> pulumi.CustomResource:
    known = (resource.kind, resource.name) in taken_in
    options = pulumi.ResourceOptions(depends_on=list(needed), version=VERSION, import_=resource.name if known else None)
    return pulumi.CustomResource(TYPE_OF[resource.kind], resource.name, dict(document_of(resource)), options)


def wanted(inventory: Inventory, site: str, image: str, birth: Birth) -> Estate:
    """All machines and volumes of a site, as today's inventory has them. Raises what `birth` raises."""
    machines = [machine for machine in inventory.machines if inventory.device[machine.name].site == site]
    names = {machine.name for machine in machines}
    found: dict[Key, Resource] = {
        (Kind.VOLUME, volume.name): Volume(name=volume.name, size_mib=volume.size_mib)
        for volume in inventory.volumes
        if volume.machine in names
    }
    for machine in machines:
        device = inventory.device[machine.name]
        found[Kind.MACHINE, machine.name] = _machine(inventory, machine, device, image, birth)
    return estate(found)


def _machine(inventory: Inventory, machine: WantedMachine, device: Device, image: str, birth: Birth) -> Machine:
    port = device.interface(device.management)
    return Machine(
        name=machine.name,
        cpus=machine.cpus,
        memory_mib=machine.memory_mib,
        addresses=tuple(map(str, port.addresses)),
        gateway="" if port.gateway is None else str(port.gateway),
        mounts=tuple(
            Mount(volume=volume.name, path=volume.mount)
            for volume in sorted(inventory.volumes, key=lambda volume: volume.name)
            if volume.machine == machine.name
        ),
        image=image,
        birth=birth_digest(birth(device)),
    )
