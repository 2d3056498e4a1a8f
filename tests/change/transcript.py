"""What happened in a pretended world, in the order in which it happened, as lines that a person can read.

A line is what was written into the journal (`| `), what a box was asked (`> `), who looked on was told (`: `), or how
it ended (`= `), after the seconds since the beginning. Names stand for digests: a step is <far>, its inverse
<far.inverse1>, a fingerprint <old>.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from change.approval import Approved
from change.journal import Journal, JournalError, Note
from change.model import Digest, Inspection, JournalEntry, Plan, Probe, Step
from change.plan import PlanRefused, digest, seal
from change.result import Result, StepEnd
from change.run import ProbeResult
from change.target import Announce, Preview
from change.watch import Unwatched
from tests.change.fake_approvals import PAPERS
from tests.change.fake_target import FakeProcess, FakeTarget, Killed, fingerprint
from tests.change.fake_world import PACE, FakeJournal, FakeLocks, FakeWorld

STEP = re.compile(r"\b([a-z][\w-]*)\.[0-9a-f]{12}(\.inverse\d+)?")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
CONTENTS = ("old", "new", "newer", "meddled", "rubble", "lost", "born as another")
NAMES = {fingerprint(content): f"<{content}>" for content in CONTENTS} | {
    paper: f"<{content.decode()}>" for paper, content in PAPERS.items()
}


@dataclass
class Transcript:
    """Lines, and the names of what stands in them."""

    now: Callable[[], float]
    lines: list[tuple[float, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=NAMES.copy)

    def say(self, line: str) -> None:
        named = DIGEST.sub(lambda found: self.names.get(found[0], "<?>"), line)
        self.lines.append((self.now(), STEP.sub(r"<\1\2>", named)))

    def result(self, result: Result) -> None:
        for end in result.ends:
            because = f" because of {', '.join(end.because)}" if end.because else ""
            self.say(f"= {end.target} {end.outcome}{because}{tail(end.reason)}")
        if result.paused:
            left = ", ".join(result.paused.left)
            self.say(f"= paused until {result.paused.opens or 'nobody knows'}, left: {left}{tail(result.paused.why)}")
        if result.problem:
            self.say(f"= problem{tail(result.problem)}")
        self.say(f"= exit status {result.exit_status}")

    def text(self) -> str:
        """A line that comes again and again stands once, with its first and last time."""
        runs: list[tuple[str, list[float]]] = []
        for at, line in self.lines:
            if not runs or runs[-1][0] != line:
                runs.append((line, []))
            runs[-1][1].append(at)
        return "".join(f"{span(times):>10} {line}\n" for line, times in runs)


def span(times: Sequence[float]) -> str:
    return f"{times[0]:g}" if len(times) == 1 else f"{len(times)}x {times[0]:g}-{times[-1]:g}"


def tail(detail: str) -> str:
    return f": {detail}" if detail else ""


@dataclass
class ToldTarget(FakeTarget):
    """A target whose questions are written down with what else was said in them."""

    transcript: Transcript = field(kw_only=True)

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        self.told("arm", step, f"{plan}, {deadline_s} s")
        super().arm(step, plan, deadline_s)

    def try_(self, step: Step, announce: Announce) -> None:
        self.told("try", step, step.payload)
        super().try_(step, announce)

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        self.told("verify", step, ", ".join(sorted(later)))
        super().verify(step, later)

    def confirm(self, step: Step) -> None:
        self.told("confirm", step)
        super().confirm(step)

    def revert(self, step: Step, announce: Announce) -> None:
        self.told("revert", step)
        announce(f"put {step.base.fingerprint} back")
        super().revert(step, announce)

    def close(self, step: Step) -> None:
        self.told("close", step)
        super().close(step)

    def inspect(self, step: Step) -> Inspection:
        self.told("inspect", step)
        return super().inspect(step)

    def preview(self) -> Preview | None:
        self.transcript.say(f"> {self.name} preview")
        return super().preview()

    def read(self) -> Digest:
        self.transcript.say(f"> {self.name} read")
        return super().read()

    def intent(self) -> Digest:
        self.transcript.say(f"> {self.name} intent")
        return super().intent()

    def told(self, phase: str, step: Step, more: str = "") -> None:
        assert step.target == self.name
        self.transcript.say(f"> {self.name} {phase} {step.id}{tail(more)}")


class ToldJournal(FakeJournal):
    world: ToldWorld

    def _append(self, notes: Sequence[Note], plan: Plan | None) -> tuple[JournalEntry, ...]:
        if self.world.full:
            raise JournalError("the disk is full")
        return super()._append(notes, plan)

    def kept(self, entries: Sequence[JournalEntry], plan: Plan | None) -> None:
        """Entries of one transaction that say the same of several steps are one line."""
        told: dict[str, list[str]] = {}
        for one in entries:
            whose = one.step or "plan"
            assert (one.step is None) == (one.target is None) and (one.target or "") in whose
            told.setdefault(f"{one.event}{f' {one.outcome}' if one.outcome else ''}{tail(one.detail)}", []).append(
                whose
            )
        for what, steps in told.items():
            self.world.transcript.say(f"| {' '.join(steps)} {what}")


class ToldLocks(FakeLocks):
    transcript: Transcript
    world: ToldWorld

    def take(self, targets: Iterable[str], plan: Digest, unresolved: Collection[Digest]) -> None:
        meanwhile, self.world.before_locks = self.world.before_locks, lambda: None
        meanwhile()
        super().take(targets, plan, unresolved)

    def beat(self) -> None:
        self.transcript.say("> locks beat")
        super().beat()

    def release(self, plan: Digest) -> None:
        self.transcript.say(f"> locks release {plan}")
        super().release(plan)


class ToldWatcher(Unwatched):
    """Of waves and plans it tells; what it hears of steps is what the journal holds of them, entry by entry."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.heard: list[tuple[str, str, str]] = []

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self.transcript.say(f": {digest} started: {', '.join(step.target for step in plan.steps)}")

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self.transcript.say(f": wave {number} started: {', '.join(step.target for step in steps)}")

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self.heard.append((step.id, phase, detail))

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        self.transcript.say(f": wave {number} ended: {', '.join(f'{end.target} {end.outcome}' for end in ends)}")

    def plan_ended(self, result: Result) -> None:
        self.transcript.say(f": {result.plan} ended: exit status {result.exit_status}")


class ToldWorld(FakeWorld):
    """A FakeWorld that keeps a transcript of what is applied and resumed in it."""

    full: bool = False
    """Nothing can be written into its journal."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pace = PACE.model_copy(update={"poll_s": 4.0, "settle_s": 4.0})
        self.transcript = Transcript(lambda: self.clock.now - 1000)
        self.watcher = ToldWatcher(self.transcript)
        self.before_locks: Callable[[], None] = lambda: None
        self.stop = threading.Event()
        self.unattended = threading.Event()
        self.signed, self.asked = self.approvals, self.probe_says
        self.approvals, self.probe_says = self.told_approvals, self.told_probe

    def told_approvals(self, plan: Plan, now: datetime) -> Approved:
        assert isinstance(plan, Plan) and now == self.clock.utc()
        self.transcript.say("> signatures are counted")
        return self.signed(plan, now)

    def told_probe(self, probe: Probe) -> ProbeResult:
        self.transcript.say(f"> probe {probe.kind} {probe.subject}")
        return self.asked(probe)

    def targets(self, process: FakeProcess, kind: type[FakeTarget] = FakeTarget) -> dict[str, FakeTarget]:
        """Who makes a plan is not listened to."""
        if kind is not FakeTarget:
            return super().targets(process, kind)
        return {
            name: ToldTarget(**vars(target), transcript=self.transcript)
            for name, target in super().targets(process).items()
        }

    def journal(self, process: FakeProcess | None = None) -> FakeJournal:
        journal = ToldJournal(self.folder / "journal.db", self.clock)
        journal.process, journal.world = process or FakeProcess(), self
        return journal

    def locks(self, journal: Journal, process: FakeProcess) -> FakeLocks:
        locks = super().locks(journal, process)
        told = ToldLocks(journal.store, self.clock, locks.owner, lambda other: not self.processes[other.token].dead)
        told.process, told.transcript, told.world = process, self.transcript, self
        return told

    def do(self, plan: Plan, process: FakeProcess | None = None) -> None:
        """Apply it, and say how that ended."""
        self.transcript.names[digest(plan)] = "<plan>"
        try:
            result = self.apply(seal(plan), process, self.watcher, self.stop, self.unattended)
        except PlanRefused as problem:
            for one in problem.problems:
                self.transcript.say(f"= refused: {one}")
        except Killed:
            self.transcript.say("= killed")
        else:
            self.transcript.result(result)

    def go_on(self, process: FakeProcess | None = None) -> None:
        """Resume, and say how that ended."""
        try:
            results = self.resume(process, self.watcher, self.stop)
        except Killed:
            self.transcript.say("= killed")
            return
        self.transcript.say(f"= {len(results)} resumed")
        for result in results:
            self.transcript.result(result)

    def leave(self, plan: Plan) -> None:
        """Give it up, and say how that ended."""
        try:
            result = self.give_up(plan)
        except PlanRefused as problem:
            self.transcript.say(f"= refused: {problem}")
        else:
            self.transcript.result(result)

    def holds(self) -> None:
        """Say who holds a lock still."""
        journal = self.journal()
        held = [f"{lock.target} ({lock.owner})" for lock in self.locks(journal, FakeProcess()).held()]
        self.transcript.say(f"= locked: {', '.join(held) or 'nothing'}")
        journal.close()
