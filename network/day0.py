"""What a box boots with: the management skeleton, a strict subset of what is intended."""

from __future__ import annotations

from inventory.model import Device, Inventory, Platform
from inventory.secrets import Secrets
from network import interfaces_text, tree
from network.config import PARTS_OF, Config, Part
from network.intent import assembled
from network.render import frr, interfaces
from network.render import upstream as render_upstream


def day0(inventory: Inventory, device: Device, secrets: Secrets) -> Config:
    """The skeleton: infrastructure links, loopback, OSPF with its authentication, switch management, snmpd, banner.

    No institution, no BGP, no filter: nothing in it is removed by the first plan.
    """
    if not PARTS_OF[device.platform]:
        return Config(device=device.name, platform=device.platform, parts=())
    ports = interfaces_text.text(interfaces.skeleton(inventory, device))
    routing = frr.skeleton(inventory, device, secrets) if device.platform is Platform.FRR else ""
    return assembled(inventory, device, secrets, ports, routing)


def upstream(inventory: Inventory, device: Device, secrets: Secrets) -> Config:
    """The whole configuration of an upstream's router, for the lab alone: parts `interfaces` and `frr`.

    Raises LookupError where no device of ours has it as a neighbour.
    """
    routing = tree.normal(render_upstream.text(inventory, device, secrets))
    parts = (Part(name="interfaces", text=interfaces.plain(device)), Part(name="frr", text=routing))
    return Config(device=device.name, platform=device.platform, parts=parts)
