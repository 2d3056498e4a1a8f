"""One round of a kill: govnet applies, ends itself by SIGKILL at a boundary, is resumed, and the boxes are asked."""

from __future__ import annotations

import re
import signal
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from change.clock import SystemClock
from change.journal import Event, Journal
from change.model import JournalEntry, LatchState, Outcome, Plan
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
        found = [entry.outcome for entry in own if entry.step == step.id and entry.outcome]
        if len(found) != (1 if opened else 0):
            faults.append(f"{step.target}: {len(found)} outcomes")
        ends[step.target] = found[0] if found else Outcome.REFUSED
        faults += [f"{step.target}: {what}" for what in box_faults(lane, step.target, before, tries, words, ends)]
        said = lane.field.latch_says(step).state
        if said is not ENDED_AS.get(ends[step.target]):
            faults.append(f"{step.target} is {said} on the box, and {ends[step.target]} in the journal")
    for wave in plan.waves:
        half = {ends[step.target] is Outcome.CONFIRMED for step in wave}
        if len(half) != 1:
            faults.append(f"half of a wave: {ends}")
    return faults


def box_faults(
    lane: Lane,
    router: str,
    before: dict[str, Standing],
    tries: dict[str, int],
    words: str,
    ends: dict[str, Outcome],
) -> list[str]:
    now, old = lane.field.stands(router), before[router]
    confirmed = ends[router] is Outcome.CONFIRMED
    wanted = with_words(old.running, words) if confirmed else old.running
    faults = [] if now.running == wanted else ["it runs what nobody planned"]
    if confirmed and now.start_up.count(words) != 1:
        faults.append("its start-up file is not what it runs")
    if not confirmed and now.start_up != old.start_up:
        faults.append("its start-up file was changed")
    if now.addresses != old.addresses:
        faults.append("its kernel has other addresses")
    if lane.field.tries(router) - tries[router] > 1:
        faults.append("it was tried more than once")
    if left := lane.field.left_by_the_latch(router):
        faults.append(f"its latch left {left}")
    return faults


def with_words(running: str, words: str) -> str:
    changed, times = re.subn(r"(?<= description ).*", words, running)
    assert times == 1, f"{times} descriptions"
    return changed
