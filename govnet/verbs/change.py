"""plan, drift, apply, resume."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from change.apply import apply as apply_plan
from change.approval import Approvals
from change.break_glass import BreakGlass, break_glass_of
from change.calendar import calendar_of
from change.clock import SystemClock
from change.journal import Journal, JournalError
from change.locks import Locks
from change.model import OnFailure, Plan, Source
from change.plan import Purpose, make_plan, seal, unseal
from change.result import Result
from change.resume import give_up
from change.resume import resume as resume_plans
from change.run import Means, Pace
from change.stop import stop_on_signals
from change.watch import Together, Watcher
from govnet import heads, rollout, wire
from govnet.approvals import of_file, of_nobody
from govnet.desk import Desk
from govnet.events import Events
from govnet.live_table import LiveTable
from govnet.progress import Lines, reading
from govnet.report.ends_text import ends_text
from govnet.report.lines import wrapped
from govnet.report.unfinished_text import break_glass_lines, still_paused_lines
from govnet.screen import put_lines
from govnet.span import seconds
from govnet.status import Ended, Status
from govnet.streams import leaving, put
from govnet.verbs.show import plan_json, put_plan
from inventory.load import commit
from inventory.load import digest as inventory_digest

VALID_S = 24 * 3600
LONGEST_VALID_S = 31 * VALID_S
"""What was read so long ago says little of today."""


@dataclass(frozen=True)
class Wish:
    """What a person says of the plan they want; empty where they said nothing."""

    reason: str = ""
    author: str = ""
    valid: str | None = None
    """As `8h`; a day without it."""
    on_failure: str | None = None
    """`hold` or `take-back`; as the inventory says without it."""


def plan(desk: Desk, selector: str, out: Path | None, purpose: Wish) -> None:
    """Ends with status 10 where there are differences; writes the sealed plan where one was asked for."""
    made = _make(desk, selector, purpose)
    put_plan(desk, made, "en")
    if out is not None and made.steps:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(seal(made))
        desk.say(f"Sealed in {out}")
    desk.document(plan_json(made))
    if made.steps:
        raise Ended(Status.DIFFERENCES)


def drift(desk: Desk, selector: str) -> None:
    plan(desk, selector, None, Wish(reason="drift"))


def apply(desk: Desk, file: Path) -> None:
    """Ends with 0 confirmed, 3 refused, 4 reverted, 5 unknown."""
    sealed = file.read_bytes()
    try:
        journal = _journal(desk)
    except JournalError as problem:
        raise Ended(Status.REFUSED, f"Refused, and nothing was sent: {problem}") from problem
    with _means(desk, of_file(desk.trust, file), journal) as means, _under_way():
        result = apply_plan(sealed, means)
        broken = break_glass_of(means.journal, result.plan) if result.ends and not result.problem else None
        heads.keep(desk, means.journal)
    with _under_way():
        _end(desk, ((unseal(sealed).selector, result),), broken)


def resume(desk: Desk, given_up: str | None) -> None:
    """Ends what is open, or closes the paused plan that is given up (by its digest).

    Makes no journal where there is none: an empty one would read as a proof that nothing was done.
    """
    ended: tuple[tuple[str, Result], ...] = ()
    paused: tuple[str, ...] = ()
    if desk.journal_path.exists():
        with _means(desk, of_nobody, _journal(desk)) as means, _under_way():
            results = resume_plans(means) if given_up is None else (give_up(means, given_up),)
            ended = tuple((_selector(means.journal, result), result) for result in results)
            paused = means.journal.paused_plans()
            heads.keep(desk, means.journal)
    elif given_up is not None:
        raise Ended(Status.REFUSED, f"no plan {given_up} is paused: nothing was applied in this state yet")
    with _under_way():
        if not ended:
            desk.say("Nothing is open.")
        for digest_of_paused in paused:
            put_lines(desk.console, still_paused_lines(digest_of_paused))
        _end(desk, ended)


@contextmanager
def _under_way() -> Iterator[None]:
    """Once a box may have heard of its step, what this machine denies us is no bad input: a person must look."""
    try:
        yield
    except OSError as problem:
        what = "`govnet journal` tells what was done, and `govnet resume` ends what is open"
        raise Ended(Status.UNKNOWN, f"{problem.strerror or problem}; {what}") from problem


def valid_s(said: str | None) -> int:
    """How long a plan may be applied. Raises Ended with what would be right."""
    found = VALID_S if said is None else seconds("--valid", said)
    if found > LONGEST_VALID_S:
        raise Ended(Status.BAD_INPUT, f"--valid {said}: a plan is valid for {LONGEST_VALID_S // 3600}h at most")
    return found


def _make(desk: Desk, selector: str, wish: Wish) -> Plan:
    targets = wire.targets(desk, selector)
    if not targets:
        what = f"`{selector}` selects nothing that govnet manages"
        raise Ended(Status.BAD_INPUT, f"{what}; name a router, a switch or a server")
    purpose = Purpose(
        author=wish.author or os.environ.get("SUDO_USER") or getpass.getuser(),
        reason=wish.reason or "not given",
        valid_s=valid_s(wish.valid),
        selector=selector,
        source=Source(
            world=desk.inventory.world.name,
            inventory=inventory_digest(desk.inventory),
            commit=commit(desk.world),
        ),
        on_failure=OnFailure(wish.on_failure) if wish.on_failure else rollout.on_failure(desk.inventory),
    )
    order, limits = rollout.order(desk.inventory), rollout.limits(desk.inventory)
    off = wire.asleep(desk, targets)
    for name, stack in off.items():
        what = f"{name} is off and {stack} switches it on: what else differs there is planned when it is up."
        put_lines(desk.console, wrapped(what, ""))
    awake = [target for name, target in targets.items() if name not in off]
    with reading(len(awake)) as hear:
        around = wire.around(desk, targets)()
        return make_plan(awake, purpose, SystemClock(), wire.relate(desk), order, limits, hear, around)


def _journal(desk: Desk) -> Journal:
    """That of this state, made where there is none. Raises JournalError where it cannot be written."""
    desk.state.mkdir(parents=True, exist_ok=True)
    return Journal(desk.journal_path, SystemClock())


@contextmanager
def _means(desk: Desk, approvals: Approvals, journal: Journal) -> Iterator[Means]:
    """Every target there is; people see each phase, and can stop it."""
    clock = SystemClock()
    targets = wire.targets(desk, "all")
    calendar = calendar_of(desk.inventory, targets, lambda selector: wire.targets(desk, selector))
    locks = Locks(journal.store, clock)
    with stop_on_signals() as stops, leaving(stops.unattended), locks.beating(), _watching(desk) as watcher:
        yield Means(
            targets=targets,
            journal=journal,
            locks=locks,
            clock=clock,
            run_probe=wire.probe_runner(desk, targets),
            approvals=approvals,
            watcher=watcher,
            pace=Pace(limits=rollout.limits(desk.inventory)),
            calendar=calendar,
            stop=stops.stop,
            unattended=stops.unattended,
            around=wire.around(desk, targets),
        )


def _watching(desk: Desk) -> LiveTable | nullcontext[Watcher]:
    """A table that moves for a person at a terminal; lines for a log, and with --json an event a line beside them."""
    lines = Lines(desk.say)
    if desk.as_json:
        return nullcontext(Together(Events(put, SystemClock()), lines))
    return LiveTable(desk.console) if sys.stderr.isatty() and sys.stdout.isatty() else nullcontext(lines)


def _selector(journal: Journal, result: Result) -> str:
    """Of the plan that it ended; empty of one that is still open, whose copy may be what could not be read."""
    return "" if result.problem else journal.plan(result.plan).selector


def _end(desk: Desk, ended: Sequence[tuple[str, Result]], broken: BreakGlass | None = None) -> None:
    """Say how each target ended, by the selector that each plan was made for, and end with the worst of them."""
    for selector, result in ended:
        desk.say()
        put_lines(desk.console, ends_text(result, selector))
    if broken is not None and broken.open:
        desk.say()
        put_lines(desk.console, break_glass_lines(broken))
    desk.document({"results": [result.model_dump(mode="json") for _, result in ended]})
    worst = max((result.exit_status for _, result in ended), default=0)
    if worst:
        raise Ended(Status(worst))
