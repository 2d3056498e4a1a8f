"""When the next round is due. Pure: the moment is given, the delay comes back; the poller sleeps."""

from __future__ import annotations

import math


class Rounds:
    """Rounds on a fixed beat from the first one. Beats that a slow round ran over are left out, never made up for."""

    def __init__(self, interval_s: float) -> None:
        """Raises ValueError unless the interval is above zero."""
        if interval_s <= 0:
            raise ValueError("rounds need an interval above zero")
        self._interval_s = interval_s
        self._due_s: float | None = None

    def delay_s(self, now_s: float) -> float:
        """Seconds to wait before the next round, asked at `now_s` (monotonic); each call takes the beat it names.

        The first is due at once. A clock that stepped back begins the beat anew.
        """
        if self._due_s is None or now_s < self._due_s - self._interval_s:
            self._due_s = now_s + self._interval_s
            return 0.0
        missed = max(0, math.ceil((now_s - self._due_s) / self._interval_s))
        beat_s = self._due_s + missed * self._interval_s
        self._due_s = beat_s + self._interval_s
        return max(0.0, beat_s - now_s)
