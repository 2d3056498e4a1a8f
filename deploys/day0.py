"""What a server boots with before any deploy: its name, its port, the way in and the latch. Pure."""

from __future__ import annotations

from ipaddress import IPv4Interface

from deploys.installation import InstalledFile
from deploys.installation import files as latch_files
from inventory.model import Device


def files(device: Device, host_key: bytes, login: str) -> tuple[InstalledFile, ...]:
    """`host_key`: the private half, in OpenSSH's form; `login`: govnet's own public key, as in authorized_keys."""
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {device.name}\n::1 localhost ip6-localhost ip6-loopback\n"
    return (
        InstalledFile("/etc/hostname", f"{device.name}\n".encode(), 0o644),
        InstalledFile("/etc/hosts", hosts.encode(), 0o644),
        InstalledFile("/etc/ssh/ssh_host_ed25519_key", host_key, 0o600),
        InstalledFile("/root/.ssh/authorized_keys", f"{login}\n".encode(), 0o600),
        InstalledFile("/etc/network/interfaces", interfaces(device).encode(), 0o644),
        *latch_files(),
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
