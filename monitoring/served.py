"""The services that are asked: web sites that a server of ours serves."""

from __future__ import annotations

from typing import NamedTuple

from inventory.model import Device, Inventory, Text


class Served(NamedTuple):
    name: str
    title: Text
    host_name: str
    server: Device


def served(inventory: Inventory) -> tuple[Served, ...]:
    """In the inventory's order. Others are known by name alone: nobody could say whether they are up."""
    return tuple(
        Served(service.name, service.title, service.host_name, inventory.device[service.server])
        for service in inventory.services
        if service.server is not None and service.host_name is not None
    )
