"""Which Debian packages each role of a server needs, whether or not the machine image has them already."""

from __future__ import annotations

from collections.abc import Mapping

from inventory.model import DeployRole

PACKAGES: Mapping[DeployRole, tuple[str, ...]] = {
    DeployRole.BASE: ("openssh-server", "procps", "snmpd", "sudo", "tzdata"),
    DeployRole.WEB: ("nginx",),
    DeployRole.MIRROR: ("python3",),
}
"""Installed without what they merely recommend; the mirror holds what the image lacks of them, and nothing else."""
