"""A plane that is only pretended: boxes with a latch and a timer of their own, on a clock that a test moves.

A box lives on when the process that changes it is killed; a FakeTarget is one process's view of it. Faults are given
by phase; a boundary is passed before and after every call, so that a test can end the process at any of them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from change.canonical import digest_of
from change.model import (
    Diff,
    DiffLine,
    Digest,
    Effect,
    Inspection,
    LatchState,
    PartDiff,
    Probe,
    RevertStrength,
    Step,
)
from change.target import Announce, HostKeyRefused, Preview, TargetError, TargetUnreachable

T = TypeVar("T")
PENDING = {LatchState.ARMED, LatchState.TRYING, LatchState.TRIED, LatchState.FAILED}


class FakeClock:
    """Stands still until somebody waits. `on_wait` is told of each wait, after it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stepped_s = 0.0
        """How far somebody has set the dates; no duration follows from it."""
        self.on_wait: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def utc(self) -> datetime:
        return datetime(2026, 11, 23, 6, 0, tzinfo=UTC) + timedelta(seconds=self.now - 1000.0 + self.stepped_s)

    def wait(self, timeout_s: float, until: threading.Event) -> None:
        if not until.is_set():
            self.advance(timeout_s)
        self.on_wait()

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


class Killed(BaseException):
    """The process is gone: nothing after this line runs in it."""


@dataclass
class FakeProcess:
    """Counts boundaries, and dies at the one it is told to; after that every further boundary kills too."""

    dies_at: int | None = None
    passed: int = 0
    dead: bool = False
    names: list[str] = field(default_factory=list)

    def boundary(self, name: str) -> None:
        if self.dead:
            raise Killed
        self.passed += 1
        self.names.append(name)
        if self.passed == self.dies_at:
            self.dead = True
            raise Killed


class Fault(StrEnum):
    SAYS_NO = "says no"
    """TargetError, and nothing was done."""
    LOST_BEFORE = "lost before"
    """The command never reached the box."""
    LOST_AFTER = "lost after"
    """The box did it, and we never heard."""
    SILENT = "silent"
    """The box does it, and never answers anybody again."""
    CUT = "cut"
    """The box does it, and answers nobody until it has undone it."""
    OTHER_KEY = "other key"
    SLOW = "slow"
    """It takes a minute, and works."""
    LATE = "late"
    """It takes two seconds, and works."""


DELAY_S = {Fault.SLOW: 60, Fault.LATE: 2}


class Lie(StrEnum):
    CONFIRM = "confirm"
    """It says that it keeps the change, and its timer runs on."""
    READ = "read"
    """It reads as it did when the lie began."""
    REVERT = "revert"
    """It says that its pre-image is back, and it is not."""


@dataclass
class FakeRecord:
    state: LatchState
    deadline: float
    before: str
    plan: Digest
    claims: LatchState | None = None
    """What a box that lies says instead of its state."""


@dataclass
class FakeBox:
    """The machine: its content, its latch. Undoes by itself what nobody confirms."""

    name: str
    clock: FakeClock
    content: str = "old"
    records: dict[str, FakeRecord] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    closed: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False
    sick: bool = False
    """In force it reads right, and is not healthy."""
    breaks: bool = False
    """A revert does not bring the content back, and the latch says so."""
    latch_says: str = ""
    """What its latch has to say beside the state of a step."""
    later: frozenset[str] = frozenset()
    """What the last verify was told comes later in the plan."""
    lie: Lie | None = None
    startup: str = ""
    """What it starts with again: changed by a confirm alone, or by hand."""
    read_before: str = ""
    meddled: int = 0
    """How often it is no longer what an honest box would be: changed by hand, or by a lie that took effect."""
    on_hear: Callable[[str, str], None] = lambda phase, step: None
    """Told of each command that may change something, with the step's id, before the box acts."""

    def __post_init__(self) -> None:
        self.startup = self.startup or self.content

    def tell(self, lie: Lie) -> None:
        self.lie, self.read_before = lie, self.content

    def by_hand(self, content: str) -> None:
        """Somebody logs in, changes it and saves that."""
        self.content = self.startup = content
        self.meddled += 1

    def reboot(self) -> None:
        """Power off and on: it starts with its start-up content, and its latch has ended what was pending."""
        self.meddled += any(record.before != self.startup for record in self.pending())
        self.meddled += not self.pending() and self.content != self.startup
        for record in self.pending():
            record.state = LatchState.REVERTED
        self.content, self.silent, self.cut = self.startup, False, False

    def heal(self) -> None:
        """It answers, is healthy and speaks the truth again; what was done to it stands."""
        self.faults.clear()
        self.silent = self.cut = self.sick = self.breaks = False
        self.lie = None

    def pending(self) -> list[FakeRecord]:
        return [record for record in self.records.values() if record.state in PENDING]

    @property
    def seen(self) -> str:
        """What a read finds."""
        stale = self.lie is Lie.READ and self.read_before != self.content
        self.meddled += stale
        return self.read_before if stale else self.content

    def tick(self) -> None:
        for step, record in self.records.items():
            if record.state in PENDING and self.clock.monotonic() >= record.deadline:
                self.go_back(step)

    def go_back(self, step: str) -> None:
        record = self.records[step]
        if record.state is not LatchState.ARMED:
            spoilt = self.breaks or self.lie is Lie.REVERT
            self.meddled += spoilt or record.claims is not None
            self.content = "rubble" if spoilt else record.before
        record.state = LatchState.BROKEN if self.breaks and self.content == "rubble" else LatchState.REVERTED
        self.cut = False

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        if step.id in self.records:
            raise TargetError("a step is accepted once")
        if any(record.state in PENDING for record in self.records.values()):
            raise TargetError("another step is pending")
        if fingerprint(self.content) != step.base.fingerprint:
            raise TargetError("the base is another")
        self.records[step.id] = FakeRecord(LatchState.ARMED, self.clock.monotonic() + deadline_s, self.content, plan)

    def try_(self, step: Step) -> None:
        record = self.expect(step, LatchState.ARMED)
        self.tried[step.id] += 1
        self.content = step.payload
        record.state = LatchState.TRIED

    def confirm(self, step: Step) -> None:
        if step.id in self.records and self.records[step.id].state is LatchState.CONFIRMED:
            return
        record = self.expect(step, LatchState.TRIED)
        if self.lie is Lie.CONFIRM:
            self.meddled += 1
            record.claims = LatchState.CONFIRMED
            return
        record.state = LatchState.CONFIRMED
        self.startup = self.content

    def close(self, step: Step) -> None:
        self.expect(step, LatchState.CONFIRMED)
        self.closed.append(step.id)

    def revert(self, step: Step) -> None:
        record = self.records.get(step.id)
        if record is None or record.state is LatchState.CONFIRMED:
            raise TargetError("there is nothing to revert")
        if record.state in PENDING:
            self.go_back(step.id)

    def expect(self, step: Step, state: LatchState) -> FakeRecord:
        record = self.records.get(step.id)
        if record is None or record.state is not state:
            raise TargetError(f"the step is {record.state if record else 'absent'} here, not {state}")
        return record


def fingerprint(content: str) -> Digest:
    return digest_of(content.encode())


@dataclass
class FakeTarget:
    box: FakeBox
    wanted: str = "new"
    process: FakeProcess = field(default_factory=FakeProcess)
    plane: str = "fake"
    site: str = "here"
    distance: int = 1
    revert_strength: RevertStrength = RevertStrength.TIMED
    effects: tuple[Effect, ...] = ()
    hold_s: int = 2
    timer_s: int = 10
    probes: tuple[Probe, ...] = ()
    born_of: str | None = None
    sub_steps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.box.name

    def read(self) -> Digest:
        return self.call("read", lambda: fingerprint(self.box.seen))

    def intent(self) -> Digest:
        self.box.calls.append("intent")
        return fingerprint(f"intent {self.wanted}")

    def preview(self) -> Preview | None:
        """It reads the box, so what goes wrong in a read goes wrong in it."""
        return self.call("read", lambda: self.preview_of(self.box.seen))

    def preview_of(self, old: str) -> Preview | None:
        new = self.wanted
        if old == new:
            return None
        lines = (DiffLine(sign="-", text=old), DiffLine(sign="+", text=new, effects=self.effects))
        return Preview(
            base=fingerprint(old),
            payload=new,
            inverse=old,
            result=fingerprint(new),
            diff=Diff(parts=(PartDiff(part="content", lines=lines),)),
            intent=fingerprint(f"intent {new}"),
            hold_s=self.hold_s,
            timer_s=self.timer_s,
            probes=self.probes,
            born_of=self.born_of,
        )

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        self.command("arm", step, lambda: self.box.arm(step, plan, deadline_s))

    def try_(self, step: Step, announce: Announce) -> None:
        for what in self.sub_steps:
            announce(what)
        self.command("try", step, lambda: self.box.try_(step))

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        def check() -> None:
            self.box.later = frozenset(later)
            if fingerprint(self.box.seen) != step.result:
                raise TargetError("it does not read as the result")
            if self.box.sick:
                raise TargetError("it is not healthy")

        self.call("verify", check)

    def confirm(self, step: Step) -> None:
        self.command("confirm", step, lambda: self.box.confirm(step))

    def revert(self, step: Step, announce: Announce) -> None:
        self.command("revert", step, lambda: self.box.revert(step))

    def close(self, step: Step) -> None:
        self.call("close", lambda: self.box.close(step))

    def inspect(self, step: Step) -> Inspection:
        def look() -> Inspection:
            record = self.box.records.get(step.id)
            if record is None:
                return Inspection(state=LatchState.ABSENT)
            left = record.deadline - self.box.clock.monotonic() if record.state in PENDING else None
            state, detail = record.claims or record.state, self.box.latch_says
            return Inspection(state=state, plan=record.plan, remaining_s=left, detail=detail)

        return self.call("inspect", look)

    def command(self, phase: str, step: Step, act: Callable[[], None]) -> None:
        def heard() -> None:
            self.box.on_hear(phase, step.id)
            act()

        self.call(phase, heard)

    def call(self, phase: str, act: Callable[[], T]) -> T:
        self.process.boundary(f"{self.name} {phase} before")
        result = self.answer(phase, act)
        self.process.boundary(f"{self.name} {phase} after")
        return result

    def answer(self, phase: str, act: Callable[[], T]) -> T:
        box, fault = self.box, self.box.faults.get(phase)
        box.calls.append(phase)
        box.clock.advance(DELAY_S.get(fault, 0) if fault else 0)
        box.tick()
        if fault is Fault.OTHER_KEY:
            raise HostKeyRefused("its host key is not the one we know")
        if box.silent or box.cut or fault is Fault.LOST_BEFORE:
            raise TargetUnreachable("no session")
        if fault is Fault.SAYS_NO:
            raise TargetError("no")
        result = act()
        box.silent = box.silent or fault is Fault.SILENT
        box.cut = box.cut or fault is Fault.CUT
        if fault in (Fault.LOST_AFTER, Fault.SILENT, Fault.CUT):
            raise TargetUnreachable("the session was lost")
        return result


class PlanningTarget(FakeTarget):
    """As who makes a plan meets it: no fault strikes then, and nobody dies."""

    def preview(self) -> Preview | None:
        return self.preview_of(self.box.content)
