"""What a server boots with before any deploy: its name, its port, the way in and the latch. Pure."""

from __future__ import annotations

from ipaddress import IPv4Interface

from change.disk import DiskEntry, DiskFile, masked
from deploys.installation import installation
from inventory.model import Device, Inventory
from inventory.sealed import Sealed
from inventory.secret_values import public_half
from inventory.secrets import Secrets

NOT_ON_A_SERVER = ("frr.service",)
"""Units of the image, which is the routers' too."""


def files(inventory: Inventory, device: Device, secrets: Secrets, host_key: bytes) -> tuple[DiskEntry, ...]:
    """Raises the secret store's errors."""
    return (
        *way_in(inventory, device.name, secrets, host_key),
        DiskFile("/etc/network/interfaces", interfaces(device).encode()),
        *installation(),
        *(masked(unit) for unit in NOT_ON_A_SERVER),
    )


def way_in(inventory: Inventory, name: str, secrets: Secrets, host_key: bytes) -> tuple[DiskFile, ...]:
    """The name of any box of the inventory, its host key (the private half, in OpenSSH's form), and govnet's login."""
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n"
    login = public_half(Sealed(secrets.value(inventory.world.login.key_secret)))
    return (
        DiskFile("/etc/hostname", f"{name}\n".encode()),
        DiskFile("/etc/hosts", hosts.encode()),
        DiskFile("/etc/ssh/ssh_host_ed25519_key", host_key, 0o600),
        DiskFile("/root/.ssh/authorized_keys", f"{login}\n".encode(), 0o600),
    )


def interfaces(device: Device) -> str:
    """interfaces(5) of the port that the server is managed by."""
    port = device.interface(device.management)
    lines = ["auto lo", "iface lo inet loopback", "", f"auto {port.name}", f"iface {port.name}"]
    lines += [f"    address {address}" for address in port.addresses]
    if port.gateway is not None:
        lines.append(f"    gateway {port.gateway}")
    assert any(isinstance(address, IPv4Interface) for address in port.addresses)  # by the checker
    return "\n".join(lines) + "\n"
