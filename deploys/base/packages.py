"""What every server needs of Debian beside what its image has."""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from deploys import here
from deploys.packages import PACKAGES
from inventory.model import DeployRole


@deploy("Packages")
def packages() -> None:
    here.packages(*PACKAGES[DeployRole.BASE])
