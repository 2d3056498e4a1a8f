"""What every phase of an apply or a resume has at hand: the means to change targets, and the plan that is in hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from pydantic import Field

from change.approval import Approvals
from change.clock import Clock
from change.guards.surroundings import Surroundings
from change.journal import Event, Journal, Note
from change.locks import Locks
from change.model import Digest, Outcome, Plan, Probe, Record, Step
from change.permits import Limits, side_by_side
from change.result import StepEnd
from change.scribe import Scribe
from change.target import Announce, Target, TargetError, TargetUnreachable
from change.watch import Untroubled, Unwatched, Watcher
from change.window import Calendar

T = TypeVar("T")


class ProbeResult(Record):
    ok: bool
    detail: str = Field(min_length=1)
    """What was seen, in a few words: who saw nothing cannot say that all is well."""


RunProbe = Callable[[Probe], ProbeResult]
"""Asks one probe once. It has a time limit of its own; a TargetError that it raises counts as not ok."""


class Pace(Record):
    """How apply goes about it; nothing that decides whether a change is good."""

    limits: Limits = Limits()
    """Of the sessions."""
    poll_s: float = 2.0
    """Between two rounds of checks in the hold, and between two questions to a box that is on its way back."""
    confirm_s: float = 2.0
    """What must be left of a timer when confirming starts; with less, the wave goes back."""
    settle_s: float = 30.0
    """How long past its deadline a box may take to be back and to answer."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What plans are applied with, whichever plan it is."""

    targets: Mapping[str, Target]
    """All of today's inventory, by name."""
    journal: Journal
    locks: Locks
    clock: Clock
    run_probe: RunProbe
    approvals: Approvals
    """Asked before anything is sent, and again before each wave: a revocation counts at once."""
    watcher: Watcher = field(default_factory=Unwatched)
    calendar: Calendar
    """When which of the targets may be changed."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by a person who wants it to end: no further wave is begun."""
    unattended: threading.Event = field(default_factory=threading.Event)
    """Set when the terminal is lost: the wave in hand goes on to its end, and the plan is paused there."""
    pace: Pace = field(default_factory=Pace)
    around: Callable[[], Surroundings] = Surroundings
    """What a plan is judged beside, what is down just now included: asked at the start, and before each wave."""


@dataclass(frozen=True, kw_only=True)
class Run(Means):
    """One apply or resume of one plan: the means, and that plan in hand."""

    plan: Plan
    digest: Digest
    scribe: Scribe
    sent: set[str] = field(default_factory=set)
    """Steps whose box may have heard of them in this run."""
    told_to_keep: set[str] = field(default_factory=set)
    """Of these, steps whose box may have heard in this run that it is to confirm."""
    refused: set[str] = field(default_factory=set)
    """Steps that this run refused."""
    _speaking: threading.RLock = field(default_factory=threading.RLock)

    def target(self, step: Step) -> Target:
        """Raises TargetUnreachable where the inventory has lost the step's target since the plan was opened."""
        if step.target not in self.targets:
            raise TargetUnreachable("today's inventory has no such target")
        return self.targets[step.target]

    def note(self, event: Event, steps: Iterable[Step], detail: str = "") -> None:
        """One durable entry a step, in one transaction; then the watcher hears of it."""
        self._write([(step, self._entry(event, step, None, detail)) for step in steps])

    def announce(self, step: Step) -> Announce:
        """What the step's target announces its sub-steps through."""
        return lambda what: self.note(Event.SUB_STEP, (step,), what)

    def note_ends(self, steps: Iterable[Step], ends: Mapping[str, StepEnd]) -> None:
        """The outcomes of steps, all in one transaction."""
        ended = [(step, ends[step.id]) for step in steps]
        self._write([(step, self._entry(Event.OUTCOME, step, one.outcome, one.reason)) for step, one in ended])

    def _write(self, told: Sequence[tuple[Step, Note]]) -> None:
        if not told:
            return
        self.scribe.append([note for _, note in told])
        with self._speaking:
            for step, note in told:
                self.watcher.step_phase(step, note.event, note.outcome or note.detail)

    def _entry(self, event: Event, step: Step, outcome: Outcome | None, detail: str) -> Note:
        return Note(event=event, plan=self.digest, step=step.id, target=step.target, outcome=outcome, detail=detail)

    def each(self, steps: Iterable[Step], act: Callable[[Step], T]) -> dict[str, T | TargetError]:
        """Do it for all steps at once, as the limits allow; by step id what it returned, or why the target said no."""

        def guarded(step: Step) -> T | TargetError:
            try:
                return act(step)
            except TargetError as problem:
                return problem

        asked = tuple(steps)
        work = {step.target: partial(guarded, step) for step in asked}
        answers = {target: ended.result() for target, ended in side_by_side(work, self.pace.limits)}
        return {step.id: answers[step.target] for step in asked}

    def pause(self) -> None:
        """One poll interval, whatever happens."""
        self.clock.wait(self.pace.poll_s, threading.Event())


def begin(means: Means, plan: Plan, digest: Digest) -> Run:
    """The run of one plan; from here on no watcher can end it by being away, and what is written needs our locks."""
    means.journal.fence(means.locks.must_hold)
    return Run(
        **{**vars(means), "watcher": Untroubled(means.watcher)},
        plan=plan,
        digest=digest,
        scribe=Scribe(means.journal),
    )


def end(step: Step, outcome: Outcome, reason: str = "", because: tuple[str, ...] = ()) -> StepEnd:
    return StepEnd(step=step.id, target=step.target, outcome=outcome, reason=reason, because=because)
