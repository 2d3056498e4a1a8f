"""Months of a time zone as intervals of UTC, and moments cut to the millisecond. No clock is read here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def month(text: str, timezone: str) -> tuple[datetime, datetime]:
    """`2026-11` in an IANA zone -> [start, end) in UTC.

    Where the clocks change at the midnight that a month begins with, it begins at the first moment of that day, so
    months follow each other without a gap. Raises ValueError (one sentence) and ZoneInfoNotFoundError.
    """
    match = MONTH.fullmatch(text)
    if match is None or int(match[1]) < 1970:
        raise ValueError(f"{text!r} is not a month: write it as 2026-11")
    year, number = int(match[1]), int(match[2])
    zone = ZoneInfo(timezone)
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    start, end = (datetime(*first, 1, tzinfo=zone).astimezone(UTC) for first in ((year, number), after))
    return start, end


def whole_ms(moment: datetime) -> datetime:
    """The same moment in UTC, cut down to a whole millisecond: the grain of everything we keep."""
    return from_ms(to_ms(moment))


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, floored. Raises TypeError on a moment without a zone."""
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND
