"""Whether the evidence of changes holds together: all of it from itself, with no journal at hand. Pure.

Chained entries cannot be changed unseen once a head is kept elsewhere; everything else here is done again from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from change import begin_check, inverse_check, trust_log
from change.canonical import digest_of
from change.chain import GENESIS, entry_digest
from change.clock import from_moment
from change.evidence import Evidence, Gathered, evidence_of
from change.journal import Event
from change.model import INVERSE, Digest, JournalEntry, Outcome
from change.papers import DIGESTS, KINDS
from change.plan import digest
from change.trust_log import accepted

NEEDS: Mapping[str, tuple[Event, ...]] = {
    Event.ARMED: (Event.INTENT,),
    Event.TRYING: (Event.INTENT,),
    Event.TRIED: (Event.INTENT, Event.TRYING),
    Event.HOLDING: (Event.INTENT, Event.TRYING),
    Event.VERIFIED: (Event.INTENT, Event.TRYING, Event.HOLDING),
    Event.CONFIRMING: (Event.INTENT, Event.VERIFIED),
    Event.CONFIRMED: (Event.INTENT, Event.CONFIRMING),
    Event.REVERTING: (Event.INTENT,),
    Event.REVERTED: (Event.INTENT, Event.REVERTING),
    Event.UNDOING: (Event.INTENT,),
}
"""What must stand of a step before an event of it: no box hears a command before its intent is durable."""
CONFIRMED_NEEDS = (Event.INTENT, Event.VERIFIED, Event.CONFIRMING)
"""Likewise before the outcome confirmed."""


def problems(gathered: Gathered) -> Iterator[str]:
    """Each in one sentence; none where all of it holds."""
    yield from chain_problems(gathered)
    yield from trust_problems(gathered)
    for number, change in enumerate(gathered.changes, start=1):
        for problem in change_problems(change, gathered.others):
            yield f"change {number}: {problem}"


def chain_problems(gathered: Gathered) -> Iterator[str]:
    """From the first entry of these changes to the head: none missing, none edited, each naming the one before."""
    own = [entry for change in gathered.changes for entry in change.entries]
    entries = sorted((*own, *gathered.others), key=lambda entry: entry.number)
    before: JournalEntry | None = None
    for entry in entries:
        yield from link_problems(before, entry)
        before = entry
    for head in {change.head for change in gathered.changes}:
        if before is None or (head.number, head.digest) != (before.number, before.digest):
            yield f"the head, entry {head.number}, is not the last of these entries"
    firsts = [change.first for change in gathered.changes]
    if firsts != sorted(firsts):
        yield "the changes do not stand in the order of the journal"
    if entries and entries[0].number != min(firsts, default=entries[0].number):
        yield f"entry {entries[0].number} stands before the first of these changes"


def trust_problems(gathered: Gathered) -> Iterator[str]:
    """No signature counted by a trust document that another one had replaced, as far back as these entries reach."""
    own = [entry for change in gathered.changes for entry in change.entries]
    holds: Digest | None = None
    pinned_by = 0
    for entry in sorted((*own, *gathered.others), key=lambda entry: entry.number):
        says = accepted(entry) if entry.event in trust_log.KINDS else None
        papers = DIGESTS.search(entry.detail) if entry.event in KINDS else None
        if says is not None:
            holds, pinned_by = says.after, entry.number
        if papers is not None and holds is not None and papers[3] != holds:
            yield f"entry {entry.number} counted by another trust document than the one that entry {pinned_by} pinned"


def link_problems(before: JournalEntry | None, entry: JournalEntry) -> Iterator[str]:
    number = entry.number
    if entry.digest != entry_digest(entry):
        yield f"entry {number} was edited: its digest does not match what it says"
    if before is None:
        if number == 1 and entry.previous != GENESIS:
            yield "entry 1 names an entry before it, and there is none"
    elif number != before.number + 1:
        yield f"after entry {before.number} stands entry {number}: one is missing, or stands there twice"
    elif entry.previous != before.digest:
        yield f"entry {number} does not follow the entry before it: one of the two was edited"


def undated_problems(change: Evidence) -> Iterator[str]:
    plan = (("its plan was made", change.plan.created), ("its plan expires", change.plan.expires))
    for what, at in (*plan, *((f"entry {entry.number} was written", entry.at) for entry in change.entries)):
        try:
            from_moment(at)
        except ValueError:
            yield f"{what} at no moment: {at}"


def change_problems(change: Evidence, others: Sequence[JournalEntry]) -> Iterator[str]:
    if digest(change.plan) != change.digest:
        yield f"the plan was edited: its digest is {digest(change.plan)}, and not {change.digest}"
    if not change.entries:
        yield "it has no entry of the journal"
        return
    if undated := tuple(undated_problems(change)):
        yield from undated  # nothing that follows from times can be said
        return
    yield from entries_problems(change, others)
    yield from paper_problems(change)
    yield from derived_problems(change)
    yield from begin_check.problems(change)
    yield from inverse_check.problems(change)
    targets = {step.id: step.target for step in change.plan.steps}
    inverses = inverse_check.inverses(change)
    targets |= {id_: targets.get(id_.partition(INVERSE)[0], id_) for id_ in inverses}
    for id_, target in targets.items():
        yield from step_problems(target, [entry for entry in change.entries if entry.step == id_])
    for problem in change.problems:
        yield f"when this was made the journal itself did not verify: {problem}"


def entries_problems(change: Evidence, others: Sequence[JournalEntry]) -> Iterator[str]:
    """Its entries are of its plan and its steps, begin with its opening, and none of them stands elsewhere."""
    targets = {step.id: step.target for step in change.plan.steps}
    if change.entries[0].event != Event.PLAN_OPENED:
        yield f"its first entry is {change.entries[0].event}, and not {Event.PLAN_OPENED}"
    elif not change.plan.created <= f"{change.entries[0].at[:19]}Z" < change.plan.expires:
        yield "it was opened when the plan was not valid"
    for entry in change.entries:
        if entry.plan != change.digest:
            yield f"entry {entry.number} is of another plan"
        if entry.event not in set(Event):
            yield f"entry {entry.number} has an event that nobody knows: {entry.event}"
        if entry.step is not None and targets.get(entry.step.partition(INVERSE)[0]) != entry.target:
            yield f"entry {entry.number} is of no step of this plan"
    for entry in others:
        if entry.plan == change.digest:
            yield f"entry {entry.number} is of this plan, and left out of its evidence"


def paper_problems(change: Evidence) -> Iterator[str]:
    """Each entry that speaks of a signature has its three papers here, to the byte, and there are no others."""
    named = {entry.number: entry for entry in change.entries if entry.event in KINDS}
    if [paper.entry for paper in change.papers] != list(named):
        yield "its signed papers are not those that its entries name"
    for paper in change.papers:
        entry = named.get(paper.entry)
        digests = ", ".join(
            f"{name} {digest_of(text.encode())}"
            for name, text in (("statement", paper.statement), ("signature", paper.signature), ("trust", paper.trust))
        )
        if entry is not None and (entry.event != paper.event or not entry.detail.endswith(f"; {digests}")):
            yield f"the papers of entry {paper.entry} are not those that it names"


def derived_problems(change: Evidence) -> Iterator[str]:
    """What the document says of the change is what follows from its plan and entries, and nothing else."""
    again = evidence_of(change.plan, change.entries, change.papers, change.calendars, change.head, change.problems)
    for name in ("opened", "closed", "first", "last"):
        if getattr(again, name) != getattr(change, name):
            yield f"it says {name} {getattr(change, name)}, and its entries say {getattr(again, name)}"
    if len(again.steps) != len(change.steps):
        yield f"it tells of {len(change.steps)} steps, and its plan has {len(again.steps)}"
    for said, follows in zip(change.steps, again.steps, strict=False):
        for name in ("step", "outcome", "reason", "phases", "undone_by"):
            if getattr(said, name) != getattr(follows, name):
                what = "its plan" if name == "step" else "its entries"
                yield f"{follows.step.target}: {name} is not what follows from {what}"


def step_problems(target: str, entries: Sequence[JournalEntry]) -> Iterator[str]:
    """Nothing was done before it was written that it would be, and nothing is confirmed that was not verified."""
    had: set[str] = set()
    for entry in entries:
        needs = CONFIRMED_NEEDS if entry.outcome is Outcome.CONFIRMED else NEEDS.get(entry.event, ())
        missing = [event for event in needs if event not in had]
        if missing:
            yield f"{target}: entry {entry.number} ({entry.event}) stands without {', '.join(missing)} before it"
        had.add(entry.event)


def digests_of(gathered: Gathered) -> dict[int, Digest]:
    """By number, the digest of each entry: to compare with a head that was kept elsewhere."""
    own = [entry for change in gathered.changes for entry in change.entries]
    return {entry.number: entry.digest for entry in (*own, *gathered.others)}
