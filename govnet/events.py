"""What programs read while a plan is applied: with --json, an event a line on standard output.

Each line is one JSON object with `event`, `at` (UTC, ISO 8601 with milliseconds, when it was told) and `plan`:

    plan-started  waves, targets
    wave-started  wave (from 1), targets
    any of change.journal.Event  wave, step, target, detail: written in the journal before it is told
    wave-ended    wave, ends: of each step its outcome, its reason, and because of which targets
    plan-ended    status

The last line of the verb is its document, which has no `event`.
"""

from __future__ import annotations

from collections.abc import Callable

from change.clock import Clock, stamp
from change.model import Digest, Plan, Step
from change.result import Result, StepEnd
from govnet.streams import Json


class Events:
    """Raises OSError where nobody can be told."""

    def __init__(self, put: Callable[[Json], None], clock: Clock) -> None:
        self._put = put
        self._clock = clock
        self._plan: Digest = ""
        self._wave = 0

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self._plan = digest
        self._tell("plan-started", {"waves": len(plan.waves), "targets": len(plan.steps)})

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self._wave = number + 1
        self._tell("wave-started", {"wave": self._wave, "targets": [step.target for step in steps]})

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        self._tell(phase, {"wave": self._wave, "step": step.id, "target": step.target, "detail": detail})

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        self._tell("wave-ended", {"wave": number + 1, "ends": [end.model_dump(mode="json") for end in ends]})

    def plan_ended(self, result: Result) -> None:
        self._tell("plan-ended", {"status": result.exit_status})

    def _tell(self, event: str, more: Json) -> None:
        self._put({"event": event, "at": stamp(self._clock.utc()), "plan": self._plan, **more})
