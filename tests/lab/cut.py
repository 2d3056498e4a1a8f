"""A small world for the lab's own tests: one router, one switch, the jump host and two tenants of the demonstration."""

from __future__ import annotations

from pathlib import Path

from inventory.load import load
from inventory.model import Device, Inventory, Platform
from inventory.secret_store import AgeStore

DEMO = Path(__file__).parents[2] / "inventory" / "demo"
NAMES = ("core-1", "sw-dodoma", "jump-1")


def cut(inventory: Inventory, names: tuple[str, ...] = NAMES) -> Inventory:
    """Those devices alone, with the links and institutions that hang on nothing else, and no switch's port uncabled."""
    links = tuple(link for link in inventory.links if all(end.device in names for end in link.ends))
    lost = {(end.device, end.interface) for link in inventory.links if link not in links for end in link.ends}
    return inventory.model_copy(
        update={
            "devices": tuple(without(device, lost) for device in inventory.devices if device.name in names),
            "links": links,
            "institutions": tuple(one for one in inventory.institutions if one.port and one.port.device in names),
        }
    )


def without(device: Device, ports: set[tuple[str, str]]) -> Device:
    """ifreload fails where a port is not there; FRR keeps what it is told of one."""
    if device.platform is not Platform.IFUPDOWN2:
        return device
    kept = (interface for interface in device.interfaces if (device.name, interface.name) not in ports)
    return device.model_copy(update={"interfaces": tuple(kept)})


def small_world() -> Inventory:
    return cut(load(DEMO))


def store(state: Path, inventory: Inventory) -> AgeStore:
    """The secrets of a state folder, made where there are none."""
    folder = state / "secrets"
    return AgeStore.open(folder, inventory) if folder.exists() else AgeStore.create(folder, inventory)
