"""One round of a kill: govnet applies, ends itself by SIGKILL at a boundary, is resumed, and the boxes are asked."""

from __future__ import annotations

import re
import signal
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from change.clock import SystemClock
from change.history import inverse_id
from change.journal import Event, Journal
from change.model import JournalEntry, LatchState, Outcome, Plan, Step
from change.plan import digest, unseal
from tests.change.boundaries import Crossed, read_log
from tests.twin.conftest import LIMIT_S
from tests.twin.field import Lane, Standing

SIZE = 3
"""Routers of a round: a canary, and a wave of two that must end alike."""
ENDED_AS = {
    Outcome.CONFIRMED: LatchState.CONFIRMED,
    Outcome.REVERTED: LatchState.REVERTED,
    Outcome.REFUSED: LatchState.ABSENT,
}
"""What the latch says of a step, by what the journal says of it."""
INVERSES = 3
"""As many attempts as a round may need."""
NUMBERS = count(1)


@dataclass(frozen=True)
class Kill:
    """`resume_at`: where the resume that follows is killed too; empty where it is left in peace."""

    at: str
    resume_at: str = ""


@dataclass(frozen=True)
class Round:
    """What was found wrong, and where it was killed in truth: an apply may end before it comes to the boundary."""

    kill: Kill
    faults: tuple[str, ...]
    crossed: Crossed
    killed: bool
    killed_again: bool


def labels_of(lane: Lane) -> tuple[str, ...]:
    """Every boundary of an apply that nobody kills, as it would be called in any lane."""
    done = run_round(lane, Kill(""))
    assert done.faults == (), done.faults
    return tuple(label.replace(f"-{lane.region}-", "-*-") for label in done.crossed.labels)


def told_round(lane: Lane, kill: Kill) -> Round:
    """One that could not be brought to its end is a fault of its own, and spoils no other; each is told as it ends."""
    try:
        done = run_round(lane, kill)
    except (AssertionError, subprocess.SubprocessError) as problem:
        done = Round(kill, (f"it was not brought to its end: {problem}",), Crossed((), frozenset()), False, False)
    print(f"{lane.region} {kill}: {'; '.join(done.faults) or 'whole'}")
    return done


def run_round(lane: Lane, kill: Kill) -> Round:
    number = next(NUMBERS)
    words = f"round {number}"
    routers = [router.name for router in lane.routers[:SIZE]]
    before = {router: lane.field.stands(router) for router in routers}
    tries = {router: lane.field.tries(router) for router in routers}
    lane.describe(words, routers)
    path = lane.plan(lane.selector)
    plan = unseal(path.read_bytes())
    log = lane.state / f"round-{number}.log"
    killed = ended_by_kill(lane, log, kill.at.replace("-*-", f"-{lane.region}-"), "apply", str(path))
    again = ended_by_kill(lane, log.with_suffix(".resume"), kill.resume_at, "resume") if kill.resume_at else False
    resumed = lane.govnet("resume")
    faults = [] if resumed.returncode in (0, 3, 4) else [f"resume ended {resumed.returncode}: {resumed.stdout}"]
    crossed, more = read_log(log), read_log(log.with_suffix(".resume"))
    entries, journal_faults = journal_of(lane, crossed.kept | more.kept)
    faults += [*journal_faults, *step_faults(lane, plan, entries, before, tries, words)]
    return Round(kill, tuple(faults), crossed, killed, again)


def ended_by_kill(lane: Lane, log: Path, boundary: str, *words: str) -> bool:
    done = subprocess.run(
        lane.killable(log, boundary, *words), capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert killed or done.returncode in (0, 3, 4), f"{words} ended {done.returncode}: {done.stdout}{done.stderr}"
    return killed


def journal_of(lane: Lane, kept: frozenset[tuple[int, str]]) -> tuple[tuple[JournalEntry, ...], list[str]]:
    """All entries; and what is wrong with them: an acknowledged one that is lost, a broken chain, an open plan."""
    path = lane.state / "journal.sqlite"
    if not path.exists():
        return (), [f"{len(kept)} entries were lost"] if kept else []
    journal = Journal(path, SystemClock())
    entries = journal.entries()
    lost = kept - {(entry.number, entry.digest) for entry in entries}
    faults = [f"{len(lost)} entries were lost"] if lost else []
    faults += [*journal.verify(), *(f"{plan} is still open" for plan in journal.open_plans())]
    journal.close()
    return entries, faults


def step_faults(
    lane: Lane,
    plan: Plan,
    entries: tuple[JournalEntry, ...],
    before: dict[str, Standing],
    tries: dict[str, int],
    words: str,
) -> list[str]:
    """What the boxes say that the journal does not, and what a wave ended in that it may not end in."""
    own = [entry for entry in entries if entry.plan == digest(plan)]
    opened = any(entry.event == Event.PLAN_OPENED for entry in own)
    faults: list[str] = []
    ends: dict[str, Outcome] = {}
    for step in plan.steps:
        router = step.target
        found = [entry.outcome for entry in own if entry.step == step.id and entry.outcome]
        if len(found) != (1 if opened else 0):
            faults.append(f"{router}: {len(found)} outcomes")
        ends[router] = found[0] if found else Outcome.REFUSED
        inverses = [entry for entry in own if entry.step in inverse_ids(step) and entry.event == Event.INTENT]
        wanted = LatchState.CONFIRMED if inverses else ENDED_AS.get(ends[router])
        said = lane.field.latch_says(step).state
        if said is not wanted:
            faults.append(f"{router} is {said} on the box, and {ends[router]} in the journal")
        if lane.field.tries(router) - tries[router] > 1 + len(inverses):
            faults.append(f"{router} was tried more than once")
        faults += [f"{router}: {what}" for what in box_faults(lane, router, before[router], words, ends[router])]
    for wave in plan.waves:
        if len({ends[step.target] is Outcome.CONFIRMED for step in wave}) != 1:
            faults.append(f"half of a wave: {ends}")
    return faults


def inverse_ids(step: Step) -> tuple[str, ...]:
    """A confirmed step goes back by one of these, each a step of its own for its box."""
    return tuple(inverse_id(step, attempt) for attempt in range(1, INVERSES + 1))


def box_faults(lane: Lane, router: str, before: Standing, words: str, outcome: Outcome) -> list[str]:
    now, confirmed = lane.field.stands(router), outcome is Outcome.CONFIRMED
    wanted = with_words(before.running, words) if confirmed else before.running
    faults = [] if now.running == wanted else ["it runs what nobody planned"]
    if confirmed and now.start_up.count(words) != 1:
        faults.append("its start-up file is not what it runs")
    if not confirmed and now.start_up != before.start_up:
        faults.append("its start-up file was changed")
    if now.addresses != before.addresses:
        faults.append("its kernel has other addresses")
    if left := lane.field.left_by_the_latch(router):
        faults.append(f"its latch left {left}")
    return faults


def with_words(running: str, words: str) -> str:
    changed, times = re.subn(r"(?<= description ).*", words, running)
    assert times == 1, f"{times} descriptions"
    return changed
