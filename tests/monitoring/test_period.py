from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.period import from_ms, month, to_ms, whole_ms

ZONES = [
    "Africa/Dar_es_Salaam",
    "Africa/Cairo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Amman",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "UTC",
]


def test_a_month_in_dar_es_salaam_begins_three_hours_before_utc() -> None:
    assert month("2026-11", "Africa/Dar_es_Salaam") == (
        datetime(2026, 10, 31, 21, tzinfo=UTC),
        datetime(2026, 11, 30, 21, tzinfo=UTC),
    )


def test_a_month_in_which_the_clocks_change_is_an_hour_off() -> None:
    lengths = {text: end - start for text in ("2026-03", "2026-10") for start, end in [month(text, "Europe/Berlin")]}
    assert lengths == {"2026-03": timedelta(days=31, hours=-1), "2026-10": timedelta(days=31, hours=1)}


def test_a_month_that_begins_with_a_midnight_that_never_was() -> None:
    """Amman, 1 April 2016: the clock went from 24:00 of 31 March to 01:00."""
    start, _ = month("2016-04", "Asia/Amman")
    assert start.astimezone(ZoneInfo("Asia/Amman")).strftime("%m-%d %H:%M") == "04-01 01:00"
    assert (start - timedelta(milliseconds=1)).astimezone(ZoneInfo("Asia/Amman")).month == 3


@given(year=st.integers(1970, 2100), number=st.integers(1, 12), zone=st.sampled_from(ZONES))
def test_months_follow_each_other_without_a_gap(year: int, number: int, zone: str) -> None:
    start, end = month(f"{year:04}-{number:02}", zone)
    after = f"{year + number // 12:04}-{number % 12 + 1:02}"
    assert month(after, zone)[0] == end
    assert timedelta(days=26) < end - start < timedelta(days=33)
    assert (start.tzinfo, end.tzinfo) == (UTC, UTC)
    assert start.astimezone(ZoneInfo(zone)).month == number


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "11-2026", "2026-11-01", "", "0000-01", "1969-12"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month: write it as 2026-11"):
        month(text, "UTC")


@given(st.datetimes(timezones=st.sampled_from([ZoneInfo(zone) for zone in ZONES])))
def test_moments_are_cut_to_whole_milliseconds(moment: datetime) -> None:
    cut = whole_ms(moment)
    assert timedelta() <= moment.astimezone(UTC) - cut < timedelta(milliseconds=1)
    assert from_ms(to_ms(cut)) == cut
