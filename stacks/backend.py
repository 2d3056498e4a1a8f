"""What a hypervisor must offer for a stack to be built on it.

A backend is used in two processes: ours looks and sweeps, the provider's acts. What both need to open the same one is
its `address`, plain text without a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from stacks.birth import BirthFile
from stacks.resources import Estate, Resource


class BackendError(Exception):
    """The hypervisor could not do it, and nothing half-made stays. One sentence for a person, without a secret."""


class Backend(Protocol):
    """Every method has a time limit of its own and raises BackendError, never anything else."""

    @property
    def address(self) -> str:
        """`KIND:WHERE`, from which the provider's process opens the same backend."""

    @property
    def image(self) -> str:
        """The name of the image that a machine is made from today."""

    def look(self) -> Estate:
        """What stands now, whole. What was only half made or half deleted is not in it."""

    def half_made(self) -> tuple[str, ...]:
        """What a killed provider left, by `kind name`."""

    def create(self, resource: Resource, birth: tuple[BirthFile, ...]) -> None:
        """Returns when it stands: a machine that is on has booted. What fails on the way is removed before it raises.

        What was set aside (see `delete`) and is exactly this comes back with its data instead, and needs no birth. Of
        any other machine the birth must have the digest that it says.
        """

    def update(self, old: Resource, new: Resource) -> None:
        """In place; both are of one kind and name."""

    def delete(self, resource: Resource) -> None:
        """It stops and is no longer there; its data is set aside until `forget`, so that the step can be undone."""

    def sweep(self) -> None:
        """Remove all that is half made. Nobody else may be at work on the stack."""

    def forget(self) -> None:
        """Delete for good what was set aside."""


Open = Callable[[str], Backend]
"""From what stands behind the colon of an address."""
