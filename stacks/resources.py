"""What a stack is made of: machines and volumes, each with everything that making it needs. Frozen, without secrets.

These are the inputs of the Pulumi resources `govnet:index:Machine` and `govnet:index:Volume`, what a backend reports of
what stands, and what a plan freezes: one shape in all three places, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from change.canonical import canonical, digest_of, document_of
from change.model import Digest, Record


class Kind(StrEnum):
    MACHINE = "machine"
    VOLUME = "volume"


class Mount(Record):
    """A volume on its place in a machine."""

    volume: str
    path: str
    """Absolute, in the machine."""


class Machine(Record):
    """A machine by the name of its server. Field by field, what a difference means: see difference.py."""

    name: str
    cpus: int = Field(ge=1)
    memory_mib: int = Field(ge=1)
    addresses: tuple[str, ...]
    """`address/length` of its first port."""
    gateway: str
    """Its default route; empty where it has none."""
    mounts: tuple[Mount, ...] = ()
    power: Literal["on", "off"] = "on"
    image: str
    """The name of the image that its disk was made over. Of a machine that stands it stays what it was born from."""
    birth: Digest
    """Of the files that its disk was born with (host key, addresses, the latch ...). It stays, as `image` does."""

    @property
    def kind(self) -> Kind:
        return Kind.MACHINE


class Volume(Record):
    """Storage that outlives the machine it is mounted on."""

    name: str
    size_mib: int = Field(ge=1)

    @property
    def kind(self) -> Kind:
        return Kind.VOLUME


Resource = Machine | Volume
Key = tuple[Kind, str]


class Estate(Record):
    """All machines and volumes of one stack, each sorted by name."""

    machines: tuple[Machine, ...] = ()
    volumes: tuple[Volume, ...] = ()

    @property
    def by_key(self) -> Mapping[Key, Resource]:
        """Volumes first: a machine needs those that it mounts."""
        found: dict[Key, Resource] = {(Kind.VOLUME, volume.name): volume for volume in self.volumes}
        found |= {(Kind.MACHINE, machine.name): machine for machine in self.machines}
        return found

    @property
    def fingerprint(self) -> Digest:
        return digest_of(canonical(document_of(self)))


def estate(resources: Mapping[Key, Resource]) -> Estate:
    ordered = [resources[key] for key in sorted(resources)]
    return Estate(
        machines=tuple(one for one in ordered if isinstance(one, Machine)),
        volumes=tuple(one for one in ordered if isinstance(one, Volume)),
    )


def resource_digest(resource: Resource) -> Digest:
    return digest_of(canonical({"kind": resource.kind, "inputs": document_of(resource)}))


TYPES: Mapping[Kind, type[Machine] | type[Volume]] = {Kind.MACHINE: Machine, Kind.VOLUME: Volume}
