"""Time as something handed in: durations are monotonic, dates are for people, and a wait ends early on an event."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from change.model import Moment


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that never go back, from an origin of no meaning."""

    def utc(self) -> datetime:
        """Aware, UTC. For records and for a plan's expiry; no timer is ever reckoned from it."""

    def wait(self, timeout_s: float, until: threading.Event) -> None:
        """Return after timeout_s, at once where that is no time, or as soon as the event is set."""


class SystemClock:
    """This machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, timeout_s: float, until: threading.Event) -> None:
        until.wait(timeout_s)


def moment(at: datetime) -> Moment:
    """UTC to the whole second: 2026-11-23T03:32:47Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(at: datetime) -> str:
    """UTC to the millisecond: 2026-11-23T03:32:47.123Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_moment(text: str) -> datetime:
    """The aware datetime that a Moment or stamp names. Raises ValueError, also where no zone is named."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} names no zone")
    return at
