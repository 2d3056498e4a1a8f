"""The part `banner`: what sshd shows before a login, in both languages."""

from __future__ import annotations

from inventory.model import Inventory


def text(inventory: Inventory) -> str:
    banner = inventory.world.banner
    return f"{banner.en}\n{banner.sw}\n"
