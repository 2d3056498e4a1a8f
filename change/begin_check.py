"""Whether each wave was begun when it might be, from the evidence alone: by calendar, date and the waves before. Pure.

The calendar is the one that the journal kept when the plan was opened or went on. What a wave needs at the least
follows from its plan; what it was given besides (time to answer, sessions side by side) only the jump host knew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from change.canonical import canonical, digest_of, document_of
from change.clock import from_moment
from change.evidence import Evidence
from change.journal import Event
from change.longest import longest_s
from change.model import INVERSE, JournalEntry, Outcome, Step
from change.run import Pace
from change.store import BUSY_TIMEOUT_S
from change.window import Calendar, Dated, Shut, ask, begun_in

BEGINNINGS = (Event.PLAN_OPENED, Event.PLAN_CONTINUED)
AT_LEAST = Pace(settle_s=0.0)
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Of what is dated: whoever makes a calendar up cannot have us look through more."""


def problems(change: Evidence) -> Iterator[str]:
    """Each in one sentence; none where every wave began within its window, its plan's time and its turn."""
    calendars = {kept.entry: read_calendar(kept.calendar) for kept in change.calendars}
    named = {entry.number: entry for entry in change.entries if entry.event == Event.CALENDAR}
    if list(named) != [kept.entry for kept in change.calendars]:
        yield "its calendars are not those that its entries name"
    for kept in change.calendars:
        entry = named.get(kept.entry)
        if entry is not None and entry.detail != digest_of(kept.calendar.encode()):
            yield f"the calendar of entry {kept.entry} is not the one that it names"
        if calendars[kept.entry] is None:
            yield f"the calendar of entry {kept.entry} does not read as one in its canonical form"
    for wave in begun(change):
        before = [number for number in calendars if number < wave[0].number]
        yield from wave_problems(change, wave, calendars[max(before)] if before else None)
    yield from turn_problems(change)


def read_calendar(text: str) -> Calendar | None:
    """None where it is not a calendar in the form whose digest is kept, or one that no inventory could say."""
    try:
        calendar = Calendar.model_validate_json(text)
        periods = (*calendar.windows, *calendar.freezes)
        for zone in (calendar.zone, *(period.zone for period in periods)):
            ZoneInfo(zone)
    except (ValidationError, ZoneInfoNotFoundError, ValueError, OSError):
        return None
    dated = [period.when for period in periods if isinstance(period.when, Dated)]
    if any(not FIRST_YEAR <= edge.year <= LAST_YEAR or edge.tzinfo for one in dated for edge in (one.start, one.end)):
        return None
    return calendar if canonical(document_of(calendar)) == text.encode() else None


def begun(change: Evidence) -> tuple[tuple[JournalEntry, ...], ...]:
    """The entries `window` by wave, each time that one began."""
    number = {step.id: step.wave for step in change.plan.steps}
    found: dict[tuple[int, int], list[JournalEntry]] = {}
    occasion = 0
    for entry in change.entries:
        occasion += entry.event in BEGINNINGS
        if entry.event == Event.WINDOW and entry.step in number:
            found.setdefault((occasion, number[entry.step]), []).append(entry)
    return tuple(tuple(wave) for wave in found.values())


def wave_problems(change: Evidence, wave: Sequence[JournalEntry], calendar: Calendar | None) -> Iterator[str]:
    ids = {entry.step for entry in wave}
    steps = [step for step in change.plan.steps if step.id in ids]
    first, at = wave[0], from_moment(wave[0].at)
    name = f"the wave of entry {first.number}"
    if at < from_moment(change.plan.created):
        yield f"{name} began before its plan was made, at {first.at}"
    if at - timedelta(seconds=BUSY_TIMEOUT_S) >= from_moment(change.plan.expires):  # an entry may wait for the journal
        yield f"{name} began at {first.at}, and its plan had expired at {change.plan.expires}"
    if calendar is None:
        yield f"{name} began by no calendar that stands here: nobody can say whether its window was open"
        return
    targets = [step.target for step in steps]
    answer = ask(calendar, targets, at, longest_s(change.plan, steps, AT_LEAST))
    if isinstance(answer, Shut):
        yield f"{name} began at {first.at}, when it might not: {answer.why}"
    elif any(entry.detail != begun_in(calendar, targets, at) for entry in wave):
        yield f"{name} names another window than its calendar: {begun_in(calendar, targets, at)}"


def turn_problems(change: Evidence) -> Iterator[str]:
    """A step is intended in a wave that began, when all waves before it stood, and nothing was being taken back."""
    plan = {step.id: step for step in change.plan.steps}
    windows: set[str] = set()
    intended: dict[str, Step] = {}
    ended: dict[str, Outcome] = {}
    going_back = 0
    for entry in change.entries:
        if entry.event in BEGINNINGS:
            windows.clear()
        if entry.step is None:
            continue
        step = plan.get(entry.step)
        if entry.event == Event.WINDOW:
            windows.add(entry.step)
        if entry.event == Event.INTENT and INVERSE in entry.step:
            going_back = going_back or entry.number
        if entry.event == Event.INTENT and step is not None:
            yield from intent_problems(entry, step, windows, open_before(step, intended, ended), going_back)
            intended[step.id] = step
        if entry.outcome is not None:
            ended[entry.step] = entry.outcome


def open_before(step: Step, intended: Mapping[str, Step], ended: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Targets of earlier waves that had not been confirmed."""
    return tuple(
        other.target
        for other in intended.values()
        if other.wave < step.wave and ended.get(other.id) is not Outcome.CONFIRMED
    )


def intent_problems(
    entry: JournalEntry, step: Step, windows: set[str], unconfirmed: Sequence[str], going_back: int
) -> Iterator[str]:
    if step.id not in windows:
        yield f"{step.target}: entry {entry.number} (intent) stands without window before it"
    if unconfirmed:
        yield f"{step.target}: entry {entry.number} (intent) stands before {', '.join(unconfirmed)} was confirmed"
    if going_back:
        yield f"{step.target}: entry {entry.number} (intent) stands after entry {going_back} had begun to take back"
