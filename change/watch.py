"""Who may look on while a plan is applied: hooks for a progress bar, for --json, for a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from change.model import Digest, Plan, Step
from change.result import Result, StepEnd


class Watcher(Protocol):
    """Called one at a time, after the journal has it. After an OSError it is told no more, and the run goes on.

    Whatever else a watcher raises ends the run as a defect would.
    """

    def plan_started(self, plan: Plan, digest: Digest) -> None: ...

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None: ...

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        """`phase` is a value of change.journal.Event; the step may be an inverse step, which no plan lists."""

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None: ...

    def plan_ended(self, result: Result) -> None: ...


class Unwatched:
    """Nobody looks on."""

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        pass

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        pass

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        pass

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        pass

    def plan_ended(self, result: Result) -> None:
        pass


class Untroubled:
    """Tells a watcher as long as it can be told: a closed pipe, a dead terminal, a full disk of logs ends no change."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self._tell(lambda: self._watcher.plan_started(plan, digest))

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self._tell(lambda: self._watcher.wave_started(number, steps))

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self._tell(lambda: self._watcher.step_phase(step, phase, detail))

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        self._tell(lambda: self._watcher.wave_ended(number, ends))

    def plan_ended(self, result: Result) -> None:
        self._tell(lambda: self._watcher.plan_ended(result))

    def _tell(self, say: Callable[[], None]) -> None:
        try:
            say()
        except OSError:
            self._watcher = Unwatched()


class Together:
    """Several who look on: one that can be told no more takes nothing from the others."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = tuple(Untroubled(watcher) for watcher in watchers)

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        for watcher in self._watchers:
            watcher.plan_started(plan, digest)

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        for watcher in self._watchers:
            watcher.wave_started(number, steps)

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        for watcher in self._watchers:
            watcher.step_phase(step, phase, detail)

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        for watcher in self._watchers:
            watcher.wave_ended(number, ends)

    def plan_ended(self, result: Result) -> None:
        for watcher in self._watchers:
            watcher.plan_ended(result)
