"""poll and status: what is up, measured and shown."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from change.break_glass import BreakGlass, open_break_glass
from change.calendar import calendar_of
from change.unfinished import Unfinished, unfinished
from govnet import heads, wire
from govnet.desk import Desk
from govnet.report.lines import counted
from govnet.report.unfinished_text import break_glass_lines, unfinished_lines
from govnet.report.windows_text import in_force, windows_lines
from govnet.screen import put_lines
from govnet.span import seconds
from monitoring.document import CERTIFICATE_SOON_DAYS
from monitoring.fresh import is_fresh
from monitoring.model import ServiceReading, State, SubjectKind
from monitoring.poller import Progress, SystemClock
from monitoring.poller import poll as measure
from monitoring.store import Round, Store
from monitoring.uptime import NOT_WATCHED, Change


def poll(desk: Desk, duration: str | None) -> None:
    """Say each change of state as it is seen, and a heartbeat a minute.

    Ctrl-C and SIGTERM are good ends: what was seen is kept.
    """
    duration_s = None if duration is None else seconds("--for", duration)
    rounds = changes = 0
    shown_minute = -1

    def report(progress: Progress) -> None:
        nonlocal rounds, changes, shown_minute
        rounds, changes = progress.number, changes + len(progress.changes)
        at = progress.round.at
        news = [change for change in progress.changes if progress.number > 1 or change.state != "up"]
        for change in news:
            desk.say(f"{at:%H:%M:%S} {change.subject.kind} {change.subject.name}: {_told(change)}")
        if at.minute != shown_minute:
            shown_minute = at.minute
            desk.say(f"{at:%H:%M:%S} round {progress.number}: {_heartbeat(progress.round)}")

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Store(desk.state / "monitoring") as store, suppress(KeyboardInterrupt):
        signer = wire.authority(desk.inventory, desk.secrets)
        asyncio.run(measure(desk.inventory, desk.secrets, signer, store, duration_s, SystemClock(), report))
    desk.document({"rounds": rounds, "changes": changes})


def _heartbeat(found: Round) -> str:
    answered = sum(reading.answered for reading in found.readings)
    text = f"{answered} of {len(found.readings)} devices answered"
    if found.services:
        good = sum(service.fault is None for service in found.services)
        text += f", {good} of {len(found.services)} services"
    return text


def status(desk: Desk) -> None:
    status_at(desk, SystemClock().now())


def status_at(desk: Desk, now: datetime) -> None:
    """What is not up, and a count of what is; certificates that end soon; open changes by their plan.

    All is unknown where the last round is further back than a poller that looks ever lets it be.
    """
    with Store(desk.state / "monitoring") as store:
        at, states = store.last_round()
        services = [service for service in store.last_services() if service.at == at]
    changes = sorted(states.values(), key=lambda change: str(change.subject))
    off_since = at if at is not None and not is_fresh(desk.inventory, at, now) else None
    if off_since is not None:
        changes = [change.model_copy(update={"state": State.UNKNOWN, "cause": NOT_WATCHED}) for change in changes]
    _say_measured(desk, at, off_since, changes)
    if at is not None and off_since is None:
        for line in _certificates(services):
            desk.say(f"  {line}")
    calendar = calendar_of(desk.inventory, {}, lambda _: ())  # whom a window is for is of no account here
    windows = tuple(in_force(calendar, now))
    put_lines(desk.console, windows_lines(calendar, windows, now))
    plans, broken = _plans(desk)
    for plan in plans:
        put_lines(desk.console, unfinished_lines(plan))
    for one in broken:
        put_lines(desk.console, break_glass_lines(one))
    kept = heads.kept(desk)
    for line in heads.kept_text(kept, now):
        desk.say(line)
    desk.document(
        {
            "at": None if at is None else at.isoformat(),
            "off_since": None if off_since is None else off_since.isoformat(),
            "states": [
                {**change.subject.model_dump(), "state": change.state, "cause": change.cause} for change in changes
            ],
            "services": [service.model_dump(mode="json") for service in services],
            "windows": [one.model_dump(mode="json") for one in windows],
            "open_plans": [plan.model_dump(mode="json") for plan in plans if not plan.paused],
            "paused_plans": [plan.model_dump(mode="json") for plan in plans if plan.paused],
            "open_break_glass": [{**one.model_dump(mode="json"), "reviews_missing": one.missing} for one in broken],
            "heads": [one.model_dump(mode="json") for one in kept],
        }
    )


def _say_measured(desk: Desk, at: datetime | None, off_since: datetime | None, changes: Sequence[Change]) -> None:
    """What is not up, and a count of what is; only a count of the unknown where the poller is off."""
    if at is None:
        desk.say("Nothing was measured yet: run govnet poll.")
    elif off_since is not None:
        since = f"{off_since:%Y-%m-%d %H:%M:%S} UTC"
        desk.say(f"The poller is off since {since}: what is up now is unknown. Run govnet poll.")
        for kind, count in Counter(change.subject.kind for change in changes).items():
            desk.say(f"  {counted(count, kind)}: {State.UNKNOWN}")
    else:
        desk.say(f"As of {at:%Y-%m-%d %H:%M:%S} UTC:")
        for kind in SubjectKind:
            mine = [change for change in changes if change.subject.kind == kind]
            ill = [change for change in mine if change.state != "up"]
            desk.say(f"  {len(mine) - len(ill)} of {len(mine)} {kind}s up")
            for change in ill:
                desk.say(f"    {change.subject.name}: {_told(change)}")


def _certificates(services: Iterable[ServiceReading]) -> Iterator[str]:
    """The one that ends first, and each that ends soon."""
    by_days = sorted((one.certificate_days, one.service) for one in services if one.certificate_days is not None)
    if by_days:
        days, name = by_days[0]
        yield f"certificates: {len(by_days)} seen, valid for {days} days or more ({name})"
    for days, name in by_days:
        if days < CERTIFICATE_SOON_DAYS:
            yield f"  {name}: renew its certificate, {days} days left"


def _told(change: Change) -> str:
    return f"{change.state} ({change.cause})" if change.cause else change.state


def _plans(desk: Desk) -> tuple[tuple[Unfinished, ...], tuple[BreakGlass, ...]]:
    """Those that are open or paused; and what is to be reviewed."""
    from change.clock import SystemClock as ChangeClock
    from change.journal import Journal
    from change.locks import Locks
    from change.store import StoreToRead

    if not desk.journal_path.exists():
        return (), ()
    clock = ChangeClock()
    journal = Journal(desk.journal_path, clock, StoreToRead)
    return unfinished(journal, Locks(journal.store, clock).held()), open_break_glass(journal)
