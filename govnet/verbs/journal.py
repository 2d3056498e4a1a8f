"""journal: what was done, and proof that nobody edited it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from change.clock import SystemClock
from change.head_places import place_of
from change.heads import kept_problems
from change.journal import Event, Journal
from change.model import JournalEntry
from change.store import Store, StoreToRead
from govnet import heads
from govnet.desk import Desk
from govnet.report.lines import counted, hung
from govnet.status import Ended, Status


def book_of(desk: Desk, store: Callable[[Path], Store] = StoreToRead) -> Journal:
    """The journal that stands. A reader never makes one: nothing is proved by an empty file."""
    if not desk.journal_path.exists():
        raise Ended(Status.BAD_INPUT, f"{desk.journal_path}: there is no journal; name the --state that has one")
    return Journal(desk.journal_path, SystemClock(), store)


def journal(desk: Desk, plan: str | None) -> None:
    """All of it, or the entries of one plan, by its digest or the beginning of one."""
    entries = book_of(desk).entries()
    if plan is not None:
        entries = of_plan(entries, plan)
    day = ""
    for entry in entries:
        if entry.at[:10] != day:
            day = entry.at[:10]
            desk.say(f"{day}, UTC")
        for line in told(entry):
            desk.say(line)
    desk.document({"entries": [entry.model_dump(mode="json") for entry in entries]})


def of_plan(entries: Sequence[JournalEntry], wanted: str) -> tuple[JournalEntry, ...]:
    digits = wanted.removeprefix("sha256:")
    digests = {entry.plan for entry in entries if entry.plan and entry.plan.removeprefix("sha256:").startswith(digits)}
    if len(digests) != 1 or not digits:
        what = (
            "the journal has no plan" if not digests else f"{counted(len(digests), 'plan')} of the journal begin with"
        )
        raise Ended(Status.BAD_INPUT, f"{what} {wanted}; `govnet journal` names them")
    return tuple(entry for entry in entries if entry.plan in digests)


def told(entry: JournalEntry) -> Iterator[str]:
    """The lines of one entry, at most 80 columns wide."""
    if entry.event == Event.PLAN_OPENED:
        yield f"plan {entry.plan}"
    about = " ".join(word for word in (entry.target, entry.outcome, entry.detail) if word)
    yield from hung(about, f"{entry.number:5} {entry.at[11:19]} {entry.event:14} ")


def verify(desk: Desk, kept: Sequence[str]) -> None:
    """Status 5 where an entry was changed, moved or removed, as far as the chain and the kept heads tell."""
    book = book_of(desk)
    problems = list(book.verify())
    for where in kept:
        lines = place_of(where, desk.inventory.world.jump_host).read()
        problems += (f"{where}: {problem}" for problem in kept_problems(lines, book.digests(), heads.keys_of(desk)))
    for problem in problems:
        desk.say(problem)
    entries = len(book.digests())
    desk.document({"entries": entries, "heads": list(kept), "problems": problems})
    if problems:
        desk.say(f"The journal is not as it was written: {counted(len(problems), 'problem')}.")
        raise Ended(Status.UNKNOWN)
    desk.say(f"The journal is whole: {counted(entries, 'entry', 'entries')}, each chained to the one before.")
    if kept:
        desk.say(f"Every head kept in {', '.join(kept)} is in it.")
    else:
        desk.say("That its end was not cut off, heads show that are kept elsewhere: --heads FILE.")


def head(desk: Desk, where: str, person: str | None, key: Path | None) -> None:
    """Sign today's head and keep it there: in the jump host's name, or in a person's with that person's key."""
    if (person is None) != (key is None):
        raise Ended(Status.BAD_INPUT, "name both who signs and with which key: --as PERSON --key FILE")
    book = book_of(desk)
    last = book.head()
    if last is None:
        raise Ended(Status.BAD_INPUT, "the journal is empty: it has no head yet")
    by = person or desk.inventory.world.jump_host
    line = heads.line_of(desk, last, by, key or heads.key_of(desk))
    place_of(where, desk.inventory.world.jump_host).append(line)
    desk.say(f"Kept in {where}: entry {last.number} is {last.digest}, signed by {by}.")
    desk.document({"where": where, "by": by, **last.model_dump(mode="json")})


def export(desk: Desk, out: Path) -> None:
    """JSON lines, for tools/verify_journal.py and for whoever reads JSON."""
    entries = 0
    with out.open("wb") as file:
        for line in book_of(desk).export():
            file.write(line)
            entries += 1
    desk.say(f"{counted(entries, 'entry', 'entries')} in {out}")
    desk.document({"entries": entries, "file": str(out)})
