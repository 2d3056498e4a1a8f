"""What a machine boots with: day-0's parts with their secrets, the latch, the host key, the way in. No more."""

from __future__ import annotations

from pathlib import Path

import deploys.day0
import deploys.installation
from inventory.model import Device, Inventory, Platform
from inventory.sealed import Sealed
from inventory.secret_values import public_half
from inventory.secrets import Secrets
from lab.image_files import OFF_UNTIL_NEEDED
from lab.wiring import Node
from network.box import installation
from network.config import START_UP_FILES, Config
from network.day0 import day0, upstream
from network.hostkeys import HostKeyMissing
from network.redact import reveal
from stacks.birth import DiskFile, DiskLink

UNITS = "/etc/systemd/system"
ROUTER_KERNEL = DiskFile("/etc/sysctl.d/91-router.conf", b"net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n")
"""FRR forwards where the kernel does, and its configuration is silent about it: a router's kernel forwards."""
NOT_ON_A_SERVER = ("frr.service",)
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


def latch(platform: Platform) -> tuple[DiskFile | DiskLink, ...]:
    """The latch and its units, enabled. Nothing on a box that is not ours."""
    if platform is Platform.NONE:
        return ()
    installed = installation(platform)
    units = {file.path: file for file in installed.files}
    files = [DiskFile(file.path, file.content, file.mode) for file in installed.files]
    return (*files, *(link for unit in installed.units for link in enabled(unit, units[f"{UNITS}/{unit}"].content)))


def enabled(unit: str, content: bytes) -> tuple[DiskLink, ...]:
    """The links that systemctl enable makes: one for each target of WantedBy in [Install] (systemd.unit(5))."""
    lines = (line.partition("=") for line in content.decode().splitlines())
    targets = (target for name, _, value in lines if name.strip() == "WantedBy" for target in value.split())
    return tuple(DiskLink(f"{UNITS}/{target}.wants/{unit}", f"{UNITS}/{unit}") for target in targets)


def host_key(folder: Path, name: str) -> DiskFile:
    """Raises HostKeyMissing."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise HostKeyMissing(f"{folder / name}: there is no host key of {name}: run `govnet keys`") from None
    return DiskFile("/etc/ssh/ssh_host_ed25519_key", content, 0o600)


def basics(name: str) -> tuple[DiskFile, ...]:
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n"
    return (DiskFile("/etc/hostname", f"{name}\n".encode()), DiskFile("/etc/hosts", hosts.encode()))


def server(inventory: Inventory, device: Device, secrets: Secrets, host_keys: Path) -> tuple[DiskFile | DiskLink, ...]:
    """Of a server, whoever boots it. Raises HostKeyMissing and the secret store's errors."""
    login = public_half(Sealed(secrets.value(inventory.world.login.key_secret)))
    laid = deploys.day0.files(device, host_key(host_keys, device.name).content, login)
    content = {file.path: file.content for file in laid}
    links = (link for unit in deploys.installation.UNITS for link in enabled(unit, content[f"{UNITS}/{unit}"]))
    found = [DiskFile(file.path, file.content, file.mode) for file in laid]
    return (*found, *links, *(DiskLink(f"{UNITS}/{unit}", "/dev/null") for unit in NOT_ON_A_SERVER))


def files(inventory: Inventory, node: Node, secrets: Secrets, host_keys: Path) -> tuple[DiskFile | DiskLink, ...]:
    """Everything of one machine's disk. Raises HostKeyMissing, SecretUnknown and the secret store's errors."""
    device = inventory.device[node.name]
    if device.platform is Platform.DEBIAN:
        return server(inventory, device, secrets, host_keys)
    found: list[DiskFile | DiskLink] = [*basics(node.name), host_key(host_keys, node.name)]
    login = public_half(Sealed(secrets.value(inventory.world.login.key_secret)))
    found.append(DiskFile("/root/.ssh/authorized_keys", f"{login}\n".encode(), 0o600))
    found += parts(configuration(inventory, device, secrets), secrets)
    found += latch(device.platform)
    if node.switched:
        found.append(DiskLink(f"{UNITS}/multi-user.target.wants/{SWITCH_UNIT}", f"/lib/systemd/system/{SWITCH_UNIT}"))
    if device.platform is Platform.IFUPDOWN2:
        found.append(DiskLink(f"{UNITS}/frr.service", "/dev/null"))
    else:
        found.append(ROUTER_KERNEL)
    return tuple(found)
