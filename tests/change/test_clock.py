"""Dates as records write them, and this machine's own clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from change.clock import SystemClock, from_moment, moment, stamp

EAT = timezone(timedelta(hours=3))
AT = datetime(2026, 11, 23, 6, 32, 47, 123456, tzinfo=EAT)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A jump host whose own zone is neither UTC nor the date's."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_dates_are_written_in_utc_whatever_the_zone() -> None:
    assert moment(AT) == "2026-11-23T03:32:47Z"
    assert stamp(AT) == "2026-11-23T03:32:47.123Z"
    assert stamp(AT.replace(microsecond=0)) == "2026-11-23T03:32:47.000Z"


def test_what_was_written_is_read_as_the_same_time() -> None:
    assert from_moment("2026-11-23T03:32:47Z") == AT.replace(microsecond=0)
    assert from_moment("2026-11-23T03:32:47.123Z") == AT.replace(microsecond=123000)
    assert from_moment("2026-11-23T03:32:47Z").utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="Invalid isoformat"):
        from_moment("yesterday")


@pytest.mark.usefixtures("elsewhere")
def test_this_machine_s_clock_is_aware_and_utc() -> None:
    clock = SystemClock()
    now = clock.utc()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.monotonic() <= clock.monotonic()


def test_a_wait_ends_after_its_time_or_on_its_event() -> None:
    clock, never, now = SystemClock(), threading.Event(), threading.Event()
    now.set()
    began = time.monotonic()
    clock.wait(-1.0, never)
    clock.wait(60.0, now)
    assert time.monotonic() - began < 0.9
    clock.wait(0.02, never)
    assert time.monotonic() - began >= 0.02


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="names no zone"):
        from_moment("2026-11-23T06:00:00")
