"""The boxes' own SSH host keys, made before a machine first boots: there is no trust on first use anywhere.

ed25519 alone (RFC 8709). The private half goes on the box by day-0 and stays in the state folder; the public halves are
the known-hosts file of the world, by management address.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from inventory.model import Device, Inventory, Platform
from inventory.secrets import SecretMissing


class HostKeyMissing(SecretMissing):
    """A box has no usable host key in the folder; the text names the file and says `govnet keys`."""


def _has_key(device: Device) -> bool:
    return device.managed and device.platform is not Platform.NONE


def make_host_key(folder: Path, name: str) -> bool:
    """Make the key of one box, 0600 and whole or not at all, where it is absent. True where it was made."""
    file = folder / name
    if file.exists():
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    new = folder / f".{name}.new"
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    return True


def make_host_keys(inventory: Inventory, folder: Path) -> tuple[str, ...]:
    """Make what is missing of the keys of all managed boxes; those made now. A key that stands is never replaced."""
    return tuple(device.name for device in inventory.devices if _has_key(device) and make_host_key(folder, device.name))


def private_half(folder: Path, name: str) -> bytes:
    """As it lies on the box. Raises HostKeyMissing."""
    file = folder / name
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise HostKeyMissing(f"{file}: there is no host key of {name}: run `govnet keys`") from None


def public_key(folder: Path, name: str) -> str:
    """`ssh-ed25519 BASE64` of one box. Raises HostKeyMissing."""
    file = folder / name
    try:
        key = load_ssh_private_key(private_half(folder, name), password=None)
    except ValueError:
        raise HostKeyMissing(f"{file}: not an OpenSSH private key: remove it and run `govnet keys`") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise HostKeyMissing(f"{file}: not an ed25519 key: remove it and run `govnet keys`")
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def known_hosts(inventory: Inventory, folder: Path) -> str:
    """The known-hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): a line a managed box, by rising management address.

    Raises HostKeyMissing.
    """
    rows = sorted(
        (device.management_address, public_key(folder, device.name)) for device in inventory.devices if _has_key(device)
    )
    return "".join(f"{address} {key}\n" for address, key in rows)
