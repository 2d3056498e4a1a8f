"""journal: what was done, and proof that nobody edited it."""

from __future__ import annotations

from change.clock import SystemClock
from change.journal import Event, Journal
from govnet.desk import Desk
from govnet.report.lines import counted
from govnet.status import Ended, Status


def book_of(desk: Desk) -> Journal:
    """The journal that stands. A reader never makes one: nothing is proved by an empty file."""
    if not desk.journal_path.exists():
        raise Ended(Status.BAD_INPUT, f"{desk.journal_path}: there is no journal; name the --state that has one")
    return Journal(desk.journal_path, SystemClock())


def journal(desk: Desk) -> None:
    entries = book_of(desk).entries()
    for entry in entries:
        if entry.event == Event.PLAN_OPENED:
            desk.say(f"plan {entry.plan}")
        about = " ".join(word for word in (entry.target, entry.outcome, entry.detail) if word)
        desk.say(f"{entry.number:5} {entry.at} {entry.event:14} {about}")
    desk.document({"entries": [entry.model_dump(mode="json") for entry in entries]})


def verify(desk: Desk) -> None:
    """Status 5 where an entry was changed, moved or removed."""
    book = book_of(desk)
    problems = [str(problem) for problem in book.verify()]
    for problem in problems:
        desk.say(problem)
    entries = len(book.entries())
    desk.document({"entries": entries, "problems": problems})
    if problems:
        desk.say(f"The journal is not as it was written: {counted(len(problems), 'problem')}.")
        raise Ended(Status.UNKNOWN)
    desk.say(f"The journal is whole: {entries} entries, each chained to the one before.")
