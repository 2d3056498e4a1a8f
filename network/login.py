"""A session to a box of the inventory: its management address, its pinned key, govnet's own login."""

from __future__ import annotations

from pathlib import Path

from change.target import TargetError
from inventory.model import Device, Inventory
from inventory.secrets import SecretMissing, Secrets
from network.session import Credentials, Endpoint, Limits, Session, connect


def login(inventory: Inventory, device: Device, secrets: Secrets, known_hosts: Path, total_s: float) -> Session:
    """`total_s` bounds the whole life of the session. Raises as connect, and TargetError where the key is missing."""
    who = inventory.world.login
    try:
        credentials = Credentials(who.user, secrets.value(who.key_secret))
    except SecretMissing as problem:
        raise TargetError(str(problem)) from None
    endpoint = Endpoint(device.name, str(device.management_address), known_hosts)
    return connect(endpoint, credentials, Limits(command_s=total_s, total_s=total_s))
