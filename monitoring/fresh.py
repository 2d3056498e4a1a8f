"""Whether what was measured last still speaks for now."""

from __future__ import annotations

from datetime import datetime

from inventory.model import Inventory
from monitoring.poller import Limits


def is_fresh(inventory: Inventory, at: datetime, now: datetime) -> bool:
    """Of the round that began at `at`: no poller that looks ever lets the last one be further back."""
    limits = Limits()
    silent_s = limits.gap_s(inventory.world.poll_interval_s) + limits.slowest_s  # a round is written when it ends
    return (now - at).total_seconds() <= silent_s
