"""The Release file: written and read back to the letter; anything else is not one of ours."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.mirror.release import Release, parse

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
PATHS = st.text(string.ascii_letters + string.digits + "/.-", min_size=1, max_size=20)
RELEASES = st.builds(
    Release,
    date=MOMENTS,
    valid_until=MOMENTS,
    architecture=st.sampled_from(["amd64", "arm64"]),
    key=st.text("0123456789abcdef", min_size=40, max_size=40),
    files=st.dictionaries(PATHS, st.tuples(DIGESTS, st.integers(0, 10**9)), max_size=4),
)


@given(RELEASES)
def test_what_is_written_is_read_back(release: Release) -> None:
    assert parse(release.text) == release
    assert parse(release.text).digest == release.digest


@given(st.text(max_size=300))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Release file of ours"):
        parse(text)


@given(RELEASES, st.data())
def test_one_changed_letter_is_refused_or_another_release(release: Release, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(release.text) - 1))
    letter = data.draw(st.characters(exclude_characters=release.text[place], exclude_categories=["Cs"]))
    changed = release.text[:place] + letter + release.text[place + 1 :]
    try:
        found = parse(changed)
    except ValueError:
        return
    assert found.digest != release.digest


def test_dates_are_in_utc_as_apt_wants_them() -> None:
    moment = datetime(2026, 11, 1, 2, 30, tzinfo=timezone(timedelta(hours=3)))
    text = Release(moment, moment + timedelta(days=30), "amd64", "0" * 40, {}).text
    assert "\nDate: Sat, 31 Oct 2026 23:30:00 UTC\n" in text
    assert "\nValid-Until: Mon, 30 Nov 2026 23:30:00 UTC\n" in text
