"""What a machine boots with: day-0's parts with their secrets, the latch, the host key, the way in. No more."""

from __future__ import annotations

from pathlib import Path

import deploys.day0
from change.disk import UNITS, DiskEntry, DiskFile, DiskLink, masked
from inventory.model import Device, Inventory, Platform
from inventory.secrets import Secrets
from lab.image_files import OFF_UNTIL_NEEDED
from lab.wiring import Node
from network.box import installation
from network.config import START_UP_FILES, Config
from network.day0 import day0, upstream
from network.hostkeys import private_half
from network.redact import reveal

ROUTER_KERNEL = DiskFile(
    "/etc/sysctl.d/91-router.conf",
    b"net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\nnet.ipv4.igmp_max_memberships = 1000\n",
)
"""FRR forwards where the kernel does, and its configuration is silent about it: a router's kernel forwards.

ospfd joins its group once an interface, all on one socket: at Linux's usual 20 the 21st has no neighbour.
"""
SWITCH_UNIT = OFF_UNTIL_NEEDED[0]


def parts(config: Config, secrets: Secrets) -> tuple[DiskFile, ...]:
    """A configuration's start-up files, the secrets' values in them. Raises SecretUnknown and the store's errors."""
    found = []
    for part in config.parts:
        file = START_UP_FILES[part.name]
        content = reveal(part.name, part.text, secrets).encode()
        found.append(DiskFile(file.path, content, file.mode, file.owner, file.group))
    return tuple(found)


def configuration(inventory: Inventory, device: Device, secrets: Secrets) -> Config:
    """Day-0 of a box of ours; the whole configuration of an upstream's."""
    if device.platform is Platform.NONE:
        return upstream(inventory, device, secrets)
    return day0(inventory, device, secrets)


def files(inventory: Inventory, node: Node, secrets: Secrets, host_keys: Path) -> tuple[DiskEntry, ...]:
    """Everything of one machine's disk. Raises HostKeyMissing, SecretUnknown and the secret store's errors."""
    device = inventory.device[node.name]
    host_key = private_half(host_keys, node.name)
    if device.platform is Platform.DEBIAN:
        return deploys.day0.files(inventory, device, secrets, host_key)
    found: list[DiskEntry] = [*deploys.day0.way_in(inventory, node.name, secrets, host_key)]
    found += parts(configuration(inventory, device, secrets), secrets)
    found += installation(device.platform)
    if node.switched:
        found.append(DiskLink(f"{UNITS}/multi-user.target.wants/{SWITCH_UNIT}", f"/lib/systemd/system/{SWITCH_UNIT}"))
    if device.platform is Platform.IFUPDOWN2:
        found.append(masked("frr.service"))
    else:
        found.append(ROUTER_KERNEL)
    return tuple(found)
