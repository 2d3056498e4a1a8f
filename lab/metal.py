"""A router or switch of metal: what a machine of the twin has of its image and of day-0, on a Debian of its own."""

from __future__ import annotations

from pathlib import Path

from change.disk import DiskEntry, DiskFile
from inventory.model import Inventory, Platform
from inventory.secrets import Secrets
from lab import day_zero, image, image_files, wiring
from network.box import SNMPD_DROP_IN, installation

FROM_THE_IMAGE = (
    "etc/frr/daemons",
    "etc/frr/vtysh.conf",
    "etc/ssh/sshd_config.d/govnet.conf",
    "etc/systemd/system/frr.service.d/govnet.conf",
    "etc/default/lldpd",
    "etc/lldpd.d/govnet.conf",
    "etc/sysctl.d/90-govnet.conf",
)
"""Of `image_files.FILES`, what is not for a machine among others on one host."""
FOLDERS = tuple(f"/{folder}" for folder in image_files.FOLDERS)


def packages() -> tuple[str, ...]:
    """Those of the machine image."""
    return image.packages(image.PACKAGES.read_text())


def files(inventory: Inventory, name: str, secrets: Secrets, host_keys: Path) -> tuple[DiskEntry, ...]:
    """Raises HostKeyMissing and the secret store's errors."""
    own = day_zero.files(inventory, wiring.plan(inventory).node(name), secrets, host_keys)
    return (*map(_of_the_image, FROM_THE_IMAGE), *own)


def latch() -> tuple[DiskEntry, ...]:
    """Of a router that is otherwise not govnet's: how its snmpd keeps users is its own."""
    return tuple(file for file in installation(Platform.FRR) if file.path != SNMPD_DROP_IN)


def _of_the_image(name: str) -> DiskFile:
    """As the package owns it: FRR's are FRR's."""
    content = image_files.FILES[name].encode()
    if name.startswith("etc/frr/"):
        return DiskFile(f"/{name}", content, 0o640, "frr", "frr")
    return DiskFile(f"/{name}", content)
