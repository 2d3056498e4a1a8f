"""Who may look on while a plan is applied: hooks for a progress bar, for --json, for a log."""

from __future__ import annotations

from typing import Protocol

from change.model import Digest, Plan, Step
from change.result import Result, StepEnd


class Watcher(Protocol):
    """Called one at a time, after the journal has it. What a watcher raises ends the run as a defect would."""

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
