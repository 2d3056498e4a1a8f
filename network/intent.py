"""What a device must be configured as, in full."""

from __future__ import annotations

from inventory.model import Device, Inventory, Platform
from inventory.secrets import Secrets
from network import interfaces_text, tree
from network.config import PARTS_OF, Config, Part
from network.render import banner, frr, interfaces, snmpd


def intended(inventory: Inventory, device: Device, secrets: Secrets) -> Config:
    """The whole intended configuration; secrets stand as references.

    A box that is not the network's, a server too, has no parts. Raises what the store raises for a missing secret.
    """
    if not PARTS_OF[device.platform]:
        return Config(device=device.name, platform=device.platform, parts=())
    stanzas = (*interfaces.skeleton(inventory, device), *interfaces.tenants(inventory, device))
    routing = ""
    if device.platform is Platform.FRR:
        routing = frr.skeleton(inventory, device, secrets) + frr.tenants(inventory, device, secrets)
    return assembled(inventory, device, secrets, interfaces_text.text(stanzas), routing)


def assembled(inventory: Inventory, device: Device, secrets: Secrets, ports: str, routing: str) -> Config:
    """The parts of the device's platform, in their order; `snmpd` and `banner` are the same from day-0 on."""
    parts = [Part(name="interfaces", text=ports)]
    if device.platform is Platform.FRR:
        parts.append(Part(name="frr", text=tree.normal(routing)))
    parts.append(Part(name="snmpd", text=snmpd.text(inventory, device, secrets)))
    parts.append(Part(name="banner", text=banner.text(inventory)))
    return Config(device=device.name, platform=device.platform, parts=tuple(parts))
