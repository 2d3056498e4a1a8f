"""How windows and freezes write their times: the hours of a day, and local moments."""

from __future__ import annotations

import re
from datetime import datetime

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MOMENT = re.compile(r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d")
DAY_MIN = 24 * 60


def minutes(text: str) -> int | None:
    """`22:00` as minutes after midnight; 24:00 is the day's end. None where the text is no time of day."""
    if text == "24:00":
        return DAY_MIN
    found = _CLOCK.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def local_moment(text: str) -> datetime | None:
    """`2026-12-20T00:00`, naive, of the years 2000 to 2199. None where the text is no such moment."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
