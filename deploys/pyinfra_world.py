"""All servers of a world as an inventory of pyinfra's own command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from deploys.intent import host_intent
from deploys.mirror.repository import current
from deploys.pyinfra_host import SSH_PORT, host_data
from inventory.model import Device, Inventory
from inventory.sealed import Sealed
from inventory.secrets import Secrets


def servers(
    inventory: Inventory, secrets: Secrets, known_hosts: Path, today: date, mirrors: Path
) -> list[tuple[str, dict[str, object]]]:
    """Name and data of each. Raises SecretMissing."""
    return [
        (device.name, _data(inventory, device, secrets, known_hosts, today, mirrors)) for device in inventory.servers
    ]


def _data(
    inventory: Inventory, device: Device, secrets: Secrets, known_hosts: Path, today: date, mirrors: Path
) -> dict[str, object]:
    login = inventory.world.login
    mirrored = current(mirrors)
    intent = host_intent(inventory, device, secrets, today, None if mirrored is None else mirrored.digest)
    return host_data(
        str(device.management_address),
        SSH_PORT,
        login.user,
        known_hosts,
        Sealed(secrets.value(login.key_secret)),
        intent,
        {name: Sealed(secrets.value(name)) for name in intent.secrets},
        mirrored,
    )
