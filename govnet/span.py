"""A span of time as people type it."""

from __future__ import annotations

import re

from govnet.status import Ended, Status

UNITS_S = {"s": 1, "m": 60, "h": 3600}


def seconds(option: str, text: str) -> int:
    """`90s`, `5m`, `2h`. Raises Ended with what would be right for the option."""
    found = re.fullmatch(r"(\d{1,9})([smh])", text)
    if found is None or int(found[1]) == 0:
        raise Ended(Status.BAD_INPUT, f"{option} {text}: write a whole number and a unit, as 60s, 5m or 2h")
    return int(found[1]) * UNITS_S[found[2]]
