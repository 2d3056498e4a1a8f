"""The arithmetic of time: whatever was seen, a period is covered exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.document import Maintenance, Watch
from monitoring.model import Interval, State, Subject, SubjectKind, Uptime
from monitoring.outages import episodes, outages
from monitoring.uptime import Change, intervals, uptime, watched

SUBJECT = Subject(kind=SubjectKind.DEVICE, name="dr-chunya")
OTHER = Subject(kind=SubjectKind.LINK, name="dr-chunya")
ZERO = datetime(2026, 11, 1, tzinfo=UTC)
SPAN_MS = 10_000


def at(milliseconds: int) -> datetime:
    return ZERO + timedelta(milliseconds=milliseconds)


def watch(number: int, start: int, end: int) -> Watch:
    return Watch(
        number=number,
        run=1,
        start=at(start),
        end=at(end),
        rounds=1,
        readings=1,
        answered=1,
        probes=1,
        probes_answered=1,
        services=1,
        services_answered=1,
    )


def change(number: int, moment: int, state: State, cause: str = "", subject: Subject = SUBJECT) -> Change:
    return Change(watch=number, subject=subject, at=at(moment), state=state, cause=cause)


def declared(start: int, end: int, subject: Subject = SUBJECT) -> Maintenance:
    return Maintenance(
        subject=subject, start=at(start), end=at(end), reason="new battery", person="asha", recorded=at(0)
    )


def spans(found: tuple[Interval, ...]) -> list[tuple[State, int, int, str]]:
    ms = timedelta(milliseconds=1)
    return [(one.state, (one.start - ZERO) // ms, (one.end - ZERO) // ms, one.cause) for one in found]


moments = st.integers(-SPAN_MS // 5, SPAN_MS + SPAN_MS // 5)
states = st.sampled_from(State)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Change], list[Watch]]:
    """Watches one after another, as one poller at a time leaves them, each with its changes."""
    edges = sorted(draw(st.lists(moments, max_size=8, unique=True)))
    watches, changes = [], []
    for number, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=False)):
        watches.append(watch(number, start, end))
        for moment in sorted({start, *draw(st.lists(st.integers(start, end), max_size=5))}):
            changes.append(change(number, moment, draw(states), draw(st.sampled_from(["", "link a--b down"]))))
            changes.append(change(number, moment, draw(states), subject=OTHER))
    return draw(st.permutations(changes)), draw(st.permutations(watches))


maintenances = st.lists(
    st.builds(lambda one, two: declared(min(one, two), max(one, two)), moments, moments), max_size=3
)


@given(history=histories(), planned=maintenances, first=moments, length=st.integers(1, SPAN_MS))
def test_a_period_is_partitioned_exactly(
    history: tuple[list[Change], list[Watch]], planned: list[Maintenance], first: int, length: int
) -> None:
    start, end = at(first), at(first + length)
    found = intervals(SUBJECT, *history, planned, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.start < one.end for one in found)
    for one, after in pairwise(found):
        assert one.end == after.start
        assert (one.state, one.cause) != (after.state, after.cause)
    sums = uptime(SUBJECT, start, end, found).seconds
    assert set(sums) == set(State)
    assert sum(round(seconds * 1000) for seconds in sums.values()) == length


@given(history=histories(), planned=maintenances, moment=st.integers(0, SPAN_MS - 1))
def test_each_moment_is_what_was_seen_at_it(
    history: tuple[list[Change], list[Watch]], planned: list[Maintenance], moment: int
) -> None:
    """Against the definition, moment by moment, with no arithmetic on intervals."""
    changes, watches = history
    here = at(moment)
    expected = State.UNKNOWN
    for one in watches:
        if one.start <= here < one.end:
            past = [
                each for each in changes if each.watch == one.number and each.subject == SUBJECT and each.at <= here
            ]
            expected = max(past, key=lambda each: each.at).state
    if any(one.start <= here < one.end for one in planned):
        expected = State.MAINTENANCE
    (found,) = (
        one for one in intervals(SUBJECT, changes, watches, planned, at(0), at(SPAN_MS)) if one.start <= here < one.end
    )
    assert found.state is expected


@given(history=histories(), planned=maintenances, middle=st.integers(1, SPAN_MS - 1))
def test_two_halves_sum_to_the_whole(
    history: tuple[list[Change], list[Watch]], planned: list[Maintenance], middle: int
) -> None:
    def seconds(start: int, end: int) -> dict[State, float]:
        found = intervals(SUBJECT, *history, planned, at(start), at(end))
        return uptime(SUBJECT, at(start), at(end), found).seconds

    whole, one, two = seconds(0, SPAN_MS), seconds(0, middle), seconds(middle, SPAN_MS)
    assert all(round(whole[state] * 1000) == round(one[state] * 1000) + round(two[state] * 1000) for state in State)


@given(history=histories())
def test_watched_time_is_all_that_is_not_unknown(history: tuple[list[Change], list[Watch]]) -> None:
    changes, watches = history
    seen = [each.model_copy(update={"state": State.UP}) for each in changes]
    found = uptime(SUBJECT, at(0), at(SPAN_MS), intervals(SUBJECT, seen, watches, (), at(0), at(SPAN_MS)))
    assert found.seconds[State.UP] == watched(watches, at(0), at(SPAN_MS)).total_seconds()


def test_time_between_two_runs_is_unknown_and_says_why() -> None:
    changes = [change(1, 0, State.UP), change(2, 7000, State.UP)]
    found = intervals(SUBJECT, changes, [watch(1, 0, 4000), watch(2, 7000, 9000)], (), at(0), at(10_000))
    assert spans(found) == [
        (State.UP, 0, 4000, ""),
        (State.UNKNOWN, 4000, 7000, "the poller was off"),
        (State.UP, 7000, 9000, ""),
        (State.UNKNOWN, 9000, 10_000, "the poller was off"),
    ]
    assert uptime(SUBJECT, at(0), at(10_000), found).availability == 1.0


def test_nothing_measured_is_no_availability() -> None:
    found = uptime(SUBJECT, at(0), at(1000), intervals(SUBJECT, (), (), (), at(0), at(1000)))
    assert found.availability is None
    assert found.seconds[State.UNKNOWN] == 1.0


def test_a_subject_new_in_the_inventory_is_unknown_before() -> None:
    found = intervals(SUBJECT, [change(1, 600, State.UP)], [watch(1, 0, 1000)], (), at(0), at(1000))
    assert spans(found) == [
        (State.UNKNOWN, 0, 600, "not in the inventory at the time"),
        (State.UP, 600, 1000, ""),
    ]


def test_unreachable_counts_against_availability_and_maintenance_does_not() -> None:
    changes = [change(1, 0, State.UP), change(1, 6000, State.UNREACHABLE, "link a--b down"), change(1, 8000, State.UP)]
    plain = intervals(SUBJECT, changes, [watch(1, 0, 10_000)], (), at(0), at(10_000))
    assert uptime(SUBJECT, at(0), at(10_000), plain).availability == 0.8
    excused = intervals(SUBJECT, changes, [watch(1, 0, 10_000)], [declared(5000, 9000)], at(0), at(10_000))
    assert spans(excused)[1] == (State.MAINTENANCE, 5000, 9000, "new battery")
    assert uptime(SUBJECT, at(0), at(10_000), excused).availability == 1.0


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        intervals(SUBJECT, (), (), (), at(1), at(0))


CUT = "link rr-mbeya--dr-chunya down"


def measured(kind: SubjectKind, name: str, *steps: tuple[int, State, str]) -> tuple[Subject, list[Change]]:
    subject = Subject(kind=kind, name=name)
    return subject, [change(1, moment, state, cause, subject) for moment, state, cause in steps]


def uptimes(*histories_: tuple[Subject, list[Change]], end: int = 10_000) -> list[Uptime]:
    return [
        uptime(subject, at(0), at(end), intervals(subject, changes, [watch(1, 0, end)], (), at(0), at(end)))
        for subject, changes in histories_
    ]


def test_one_cut_is_one_outage_with_all_that_it_took() -> None:
    found = outages(
        uptimes(
            measured(
                SubjectKind.LINK,
                "rr-mbeya--dr-chunya",
                (0, State.UP, ""),
                (2000, State.DOWN, CUT),
                (5000, State.UP, ""),
            ),
            measured(
                SubjectKind.DEVICE,
                "dr-chunya",
                (0, State.UP, ""),
                (1000, State.DOWN, "device dr-chunya down"),
                (2000, State.UNREACHABLE, CUT),
                (6000, State.UP, ""),
            ),
            measured(
                SubjectKind.INSTITUTION,
                "chunya-dc",
                (0, State.UP, ""),
                (2000, State.UNREACHABLE, CUT),
                (6000, State.UP, ""),
            ),
            measured(SubjectKind.INSTITUTION, "rungwe-dc", (0, State.UP, "")),
        )
    )
    (outage,) = found
    assert (outage.number, outage.cause, outage.start, outage.end) == (1, CUT, at(1000), at(6000))
    assert outage.root == (Subject(kind=SubjectKind.LINK, name="rr-mbeya--dr-chunya"),)
    assert (outage.devices, outage.links, outage.institutions) == (
        ("dr-chunya",),
        ("rr-mbeya--dr-chunya",),
        ("chunya-dc",),
    )
    assert not outage.ongoing
    assert outage.duration_s == 5.0


def test_a_link_that_flaps_is_two_outages_and_the_second_goes_on() -> None:
    steps = ((0, State.UP, ""), (1000, State.DOWN, CUT), (2000, State.UP, ""), (3000, State.DOWN, CUT))
    found = outages(uptimes(measured(SubjectKind.LINK, "rr-mbeya--dr-chunya", *steps)))
    assert [(one.number, one.start, one.end, one.ongoing) for one in found] == [
        (1, at(1000), at(2000), False),
        (2, at(3000), at(10_000), True),
    ]


@given(history=histories())
def test_outage_time_is_the_time_down_or_unreachable(history: tuple[list[Change], list[Watch]]) -> None:
    found = uptime(SUBJECT, at(0), at(SPAN_MS), intervals(SUBJECT, *history, (), at(0), at(SPAN_MS)))
    runs = episodes(found)
    total = sum(round((run.end - run.start).total_seconds() * 1000) for run in runs)
    assert total == round((found.seconds[State.DOWN] + found.seconds[State.UNREACHABLE]) * 1000)
    assert all(one.end < after.start for one, after in pairwise(runs))
    assert sum(len(one.devices) for one in outages([found])) <= len(runs)


def test_a_state_does_not_live_on_in_a_later_watch() -> None:
    """The subject left the inventory while the poller was off."""
    found = intervals(SUBJECT, [change(1, 0, State.UP)], [watch(1, 0, 1000), watch(2, 1000, 2000)], (), at(0), at(2000))
    assert spans(found) == [
        (State.UP, 0, 1000, ""),
        (State.UNKNOWN, 1000, 2000, "not in the inventory at the time"),
    ]


def test_maintenance_of_another_subject_excuses_nothing() -> None:
    watches, changes = [watch(1, 0, 1000)], [change(1, 0, State.DOWN)]
    assert spans(intervals(SUBJECT, changes, watches, [declared(0, 1000, OTHER)], at(0), at(1000))) == [
        (State.DOWN, 0, 1000, "")
    ]


def test_an_outage_that_our_looking_ended_in_goes_on() -> None:
    changes = [change(1, 0, State.UP), change(1, 1000, State.DOWN)]
    found = uptime(SUBJECT, at(0), at(9000), intervals(SUBJECT, changes, [watch(1, 0, 5000)], (), at(0), at(9000)))
    assert [(run.start, run.end, run.ongoing) for run in episodes(found)] == [(at(1000), at(5000), True)]
