"""The calendar against an oracle that looks at a clock on the wall, minute by minute."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from change.window import DAY_MIN, Calendar, Dated, Open, Period, Shut, Weekly, ask, said

MINUTE = timedelta(minutes=1)
NIGHTS = {
    "Europe/London": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)),
    "Africa/Dar_es_Salaam": (datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2026, 12, 31, 21, tzinfo=UTC)),
}
"""By zone, when its clock goes forward and back; in Dar es Salaam it never does."""
TARGETS = ("far", "near")
SEEN_MIN = 2 * DAY_MIN


def weekly(days: str, start: str, end: str, zone: str = "Africa/Dar_es_Salaam", **targets: frozenset[str]) -> Period:
    """`days` as digits, 0 for Monday."""
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
    when = Weekly(
        days=frozenset(int(day) for day in days), start_min=first, end_min=last if last > first else last + DAY_MIN
    )
    return Period(name=f"{days} {start}", title="Night", when=when, zone=zone, targets=targets.get("targets"))


def once(name: str, start: str, end: str, zone: str = "Africa/Dar_es_Salaam") -> Period:
    when = Dated(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
    return Period(name=name, title=name.title(), when=when, zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reads(period: Period, wall: datetime) -> bool:
    """Whether a clock on the wall reads a time of it."""
    if isinstance(period.when, Dated):
        return period.when.start <= wall < period.when.end
    minute = wall.hour * 60 + wall.minute
    today = wall.weekday() in period.when.days and period.when.start_min <= minute < period.when.end_min
    yesterday = (wall.weekday() - 1) % 7 in period.when.days and minute + DAY_MIN < period.when.end_min
    return today or yesterday


def is_open(calendar: Calendar, target: str, now: datetime) -> bool:
    def any_of(periods: Sequence[Period]) -> bool:
        walls = ((period, now.astimezone(ZoneInfo(period.zone)).replace(tzinfo=None)) for period in periods)
        return any(period.is_for(target) and reads(period, wall) for period, wall in walls)

    return any_of(calendar.windows) and not any_of(calendar.freezes)


@st.composite
def weeklies(draw: st.DrawFn, zone: str, targets: st.SearchStrategy[frozenset[str] | None]) -> Period:
    start = draw(st.integers(0, DAY_MIN - 1))
    when = Weekly(
        days=draw(st.frozensets(st.integers(0, 6), min_size=2)),
        start_min=start,
        end_min=draw(st.integers(start + 1, start + DAY_MIN)),
    )
    return Period(name="weekly", title="Weekly", when=when, zone=zone, targets=draw(targets))


@st.composite
def dateds(draw: st.DrawFn, zone: str, near: datetime) -> Period:
    start = near.replace(tzinfo=None) + draw(st.integers(-DAY_MIN, DAY_MIN)) * MINUTE
    when = Dated(start=start, end=start + draw(st.integers(1, DAY_MIN)) * MINUTE)
    return Period(name="dated", title="Dated", when=when, zone=zone)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Windows and freezes of one zone or two around a night in which the first one's clock jumps."""
    zone, other = draw(st.sampled_from(list(NIGHTS))), draw(st.sampled_from(list(NIGHTS)))
    jump = draw(st.sampled_from(NIGHTS[zone]))
    whom = st.none() | st.frozensets(st.sampled_from(TARGETS), min_size=1)
    some = st.one_of(weeklies(zone, whom), weeklies(other, whom), dateds(zone, jump))
    calendar = Calendar(
        windows=tuple(draw(st.lists(some, min_size=1, max_size=3))),
        freezes=tuple(draw(st.lists(dateds(zone, jump), max_size=1))),
    )
    return calendar, jump + draw(st.integers(-DAY_MIN, 120)) * MINUTE


@settings(max_examples=60, deadline=None)
@given(scenes(), st.integers(1, 600))
def test_the_wall_decides(scene: tuple[Calendar, datetime], needs_min: int) -> None:
    calendar, now = scene
    minutes = [all(is_open(calendar, target, now + n * MINUTE) for target in TARGETS) for n in range(SEEN_MIN)]
    answer = ask(calendar, TARGETS, now, needs_min * 60)
    open_min = len(list(takewhile(bool, minutes)))
    if open_min >= needs_min:
        assert isinstance(answer, Open)
        assert open_min == SEEN_MIN or answer.closes == now + open_min * MINUTE
        return
    assert isinstance(answer, Shut)
    later = (
        n
        for n in range(1, SEEN_MIN - needs_min)
        if minutes[n] and not minutes[n - 1] and all(minutes[n : n + needs_min])
    )
    first = next(later, None)
    if first is not None:
        assert answer.opens == now + first * MINUTE
    elif answer.opens is not None:
        assert answer.opens >= now + (SEEN_MIN - needs_min) * MINUTE


def test_a_night_window_passes_midnight_and_the_weekday_is_that_of_its_evening() -> None:
    calendar = Calendar(windows=(weekly("1", "22:00", "04:00"),), zone="Africa/Dar_es_Salaam")  # Tuesday, UTC+3
    assert ask(calendar, TARGETS, at("2026-11-24T18:59:59")) == Shut("no change window is open", at("2026-11-24T19:00"))
    assert ask(calendar, TARGETS, at("2026-11-24T19:00")) == Open(("1 22:00",), at("2026-11-25T01:00"))
    assert ask(calendar, TARGETS, at("2026-11-25T00:59:59.9")) == Open(("1 22:00",), at("2026-11-25T01:00"))
    assert ask(calendar, TARGETS, at("2026-11-25T01:00")) == Shut("no change window is open", at("2026-12-01T19:00"))


def test_what_does_not_fit_is_told_with_the_time_at_which_it_does() -> None:
    calendar = Calendar(
        windows=(weekly("1", "22:00", "22:10"), weekly("2", "22:00", "04:00")), zone="Africa/Dar_es_Salaam"
    )
    answer = ask(calendar, TARGETS, at("2026-11-24T19:05"), 600)
    what = "the window 1 22:00 closes on Tue 2026-11-24 22:10 Africa/Dar_es_Salaam, and this may take 600 s"
    assert answer == Shut(what, at("2026-11-25T19:00"))
    assert ask(calendar, TARGETS, at("2026-11-24T19:05"), 7 * 3600) == Shut(what.replace("600 s", "25200 s"), None), (
        "no window is ever that long"
    )


def test_a_freeze_wins_and_is_named() -> None:
    freeze = once("budget", "2026-11-01T00:00", "2026-12-01T12:00")
    calendar = Calendar(windows=(weekly("0123456", "00:00", "24:00"),), freezes=(freeze,))
    assert ask(calendar, TARGETS, at("2026-11-24T19:00")) == Shut("frozen: budget (Budget)", at("2026-12-01T09:00"))
    assert ask(calendar, TARGETS, at("2026-12-01T09:00")) == Open(("0123456 00:00",), None)


def test_all_targets_need_a_window_that_is_for_them() -> None:
    calendar = Calendar(windows=(weekly("0123456", "00:00", "24:00", targets=frozenset({"far"})),))
    assert isinstance(ask(calendar, ("far",), at("2026-11-24T19:00")), Open)
    assert ask(calendar, TARGETS, at("2026-11-24T19:00")) == Shut("no change window is open", None)
    assert ask(Calendar(), TARGETS, at("2026-11-24T19:00")) == Shut("no change window is open", None)


@pytest.mark.parametrize(
    ("window", "opens_min"),
    [
        (weekly("6", "01:00", "02:00", "Europe/London"), {"2026-03-29": 0, "2026-10-25": 120}),
        (weekly("6", "01:30", "02:30", "Europe/London"), {"2026-03-29": 30, "2026-10-25": 90}),
        (weekly("5", "22:00", "04:00", "Europe/London"), {"2026-03-29": 180, "2026-10-25": 240}),
    ],
)
def test_in_the_night_of_the_jump_a_window_is_as_long_as_the_wall_says(
    window: Period, opens_min: dict[str, int]
) -> None:
    """Counted from midnight UTC of the Sunday, for twelve hours."""
    calendar = Calendar(windows=(window,))
    for day, total in opens_min.items():
        answers = (ask(calendar, TARGETS, at(f"{day}T00:00") + n * MINUTE) for n in range(720))
        assert sum(isinstance(answer, Open) for answer in answers) == total


def test_a_window_that_falls_into_the_gap_comes_a_week_later() -> None:
    calendar = Calendar(windows=(weekly("6", "01:00", "02:00", "Europe/London"),))
    answer = ask(calendar, TARGETS, at("2026-03-28T12:00"))
    assert answer == Shut("no change window is open", at("2026-04-05T00:00"))


def test_people_are_told_the_time_of_their_own_zone() -> None:
    assert said(Calendar(zone="Africa/Dar_es_Salaam"), at("2026-11-24T19:00")) == (
        "Tue 2026-11-24 22:00 Africa/Dar_es_Salaam"
    )


def test_what_fits_to_the_second_fits() -> None:
    calendar = Calendar(windows=(weekly("1", "22:00", "22:10"),))
    for moment in ("2026-11-24T19:00:00", "2026-11-24T19:00:00.900"):
        assert ask(calendar, TARGETS, at(moment), 600) == Open(("1 22:00",), at("2026-11-24T19:10"))
    assert isinstance(ask(calendar, TARGETS, at("2026-11-24T19:00:00"), 600.5), Shut)
    assert isinstance(ask(calendar, TARGETS, at("2026-11-24T19:00:01"), 600), Shut)
    again = ask(calendar, TARGETS, at("2026-11-24T18:59:59"), 600)
    assert again == Shut("no change window is open", at("2026-11-24T19:00"))


def test_only_what_is_in_force_at_that_second_is_named() -> None:
    """Of windows that are open one after the other, and of a freeze that is to come or just ended."""
    nights = weekly("1", "22:00", "22:10"), weekly("1", "22:10", "22:20")
    calendar = Calendar(windows=nights)
    closes = at("2026-11-24T19:20")
    assert ask(calendar, TARGETS, at("2026-11-24T19:09:59")) == Open(("1 22:00",), closes)
    assert ask(calendar, TARGETS, at("2026-11-24T19:10:00")) == Open(("1 22:10",), closes)
    frozen = Calendar(freezes=(once("budget", "2026-11-24T22:00", "2026-11-24T23:00"),))
    for moment, why in (
        ("2026-11-24T18:59:59", "no change window is open"),
        ("2026-11-24T19:00:00", "frozen: budget (Budget)"),
        ("2026-11-24T19:59:59", "frozen: budget (Budget)"),
        ("2026-11-24T20:00:00", "no change window is open"),
    ):
        assert ask(frozen, TARGETS, at(moment)) == Shut(why, None)


def test_a_freeze_is_for_whom_it_is_for_and_all_of_them_are_named() -> None:
    night = weekly("0123456", "00:00", "24:00")
    budget = once("budget", "2026-11-01T00:00", "2026-12-01T12:00").model_copy(update={"targets": frozenset({"far"})})
    exams = once("exams", "2026-11-20T00:00", "2026-12-02T12:00").model_copy(update={"targets": frozenset({"far"})})
    other = once("other", "2026-11-20T00:00", "2026-12-02T12:00").model_copy(update={"targets": frozenset({"x"})})
    calendar = Calendar(windows=(night,), freezes=(budget, exams, other))
    now = at("2026-11-24T19:00")
    assert isinstance(ask(calendar, ("near",), now), Open)
    assert ask(calendar, TARGETS, now) == Shut("frozen: budget (Budget) and exams (Exams)", at("2026-12-02T09:00"))
    assert ask(calendar, ("far",), at("2026-12-01T09:00")) == Shut("frozen: exams (Exams)", at("2026-12-02T09:00"))


def test_who_has_another_window_is_told_when_all_have_one_at_once() -> None:
    far = weekly("1", "22:00", "23:00", targets=frozenset({"far"}))
    near = weekly("1", "22:30", "23:30", targets=frozenset({"near"}))
    calendar = Calendar(windows=(far, near))
    answer = ask(calendar, TARGETS, at("2026-11-24T19:00"))
    assert answer == Shut("no change window is open", at("2026-11-24T19:30"))
    assert ask(calendar, TARGETS, at("2026-11-24T19:30")) == Open(("1 22:00", "1 22:30"), at("2026-11-24T20:00"))


@pytest.mark.parametrize("second", range(0, 60, 7))
def test_the_jump_is_found_to_the_second_from_wherever_one_looks(second: int) -> None:
    """An hour that comes twice is one window of two hours, and one in which an hour is left out has no part of it."""
    autumn = Calendar(windows=(weekly("6", "01:00", "02:00", "Europe/London"),))
    early = at("2026-10-24T13:37") + timedelta(seconds=second)
    assert ask(autumn, TARGETS, early) == Shut("no change window is open", at("2026-10-25T00:00"))
    assert ask(autumn, TARGETS, at("2026-10-25T00:11") + timedelta(seconds=second)) == Open(
        ("6 01:00",), at("2026-10-25T02:00")
    )
    spring = Calendar(windows=(weekly("6", "01:30", "02:30", "Europe/London"),))
    early = at("2026-03-28T11:11") + timedelta(seconds=second)
    assert ask(spring, TARGETS, early, 1800) == Shut("no change window is open", at("2026-03-29T01:00"))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
def test_the_zone_of_the_machine_and_of_the_clock_decide_nothing(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = Calendar(windows=(weekly("1", "22:00", "04:00"),), zone="Africa/Dar_es_Salaam")
    moments = [at(text) for text in ("2026-11-24T18:59:59", "2026-11-24T19:00", "2026-11-25T00:59:59.9")]
    expected = [ask(calendar, TARGETS, now, 60) for now in moments]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [ask(calendar, TARGETS, now, 60) for now in moments] == expected
        assert [ask(calendar, TARGETS, now.astimezone(ZoneInfo(zone)), 60) for now in moments] == expected
        assert said(calendar, moments[1]) == "Tue 2026-11-24 22:00 Africa/Dar_es_Salaam"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("ends", "opens"),
    [
        ("2026-12-02T06:00", "2026-12-08T19:00"),
        ("2026-12-09T06:00", "2026-12-15T19:00"),
        ("2031-12-03T06:00", "2031-12-09T19:00"),
    ],
)
def test_a_weekly_window_after_a_long_freeze_is_still_found(ends: str, opens: str) -> None:
    """However long the last of the dated things is past."""
    past = once("long ago", "2020-01-01T00:00", "2020-01-02T00:00")
    calendar = Calendar(
        windows=(weekly("1", "22:00", "04:00"), past), freezes=(once("budget", "2026-11-24T00:00", ends),)
    )
    assert ask(calendar, TARGETS, at("2026-11-24T19:00")) == Shut("frozen: budget (Budget)", at(opens))
    open_again = calendar.model_copy(update={"freezes": ()})
    assert ask(open_again, TARGETS, at("2026-11-25T01:00")) == Shut("no change window is open", at("2026-12-01T19:00"))
