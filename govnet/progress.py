"""What people see while a plan is made, and in a log while it is applied: a line for each thing that they wait for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.markup import escape

from change.journal import Event
from change.model import Digest, Plan, Step
from change.plan import Hear, Previewed
from change.result import Result, StepEnd
from govnet.report.lines import counted
from govnet.screen import Screen

TROUBLE = {Event.FAILED, Event.REVERTING, Event.UNDOING}
TOLD = {Event.ARMED, Event.TRIED, Event.HOLDING, Event.VERIFIED, Event.CONFIRMED, Event.REVERTED}


@contextmanager
def reading(targets: int) -> Iterator[Hear]:
    """Each target as it has been read, on stderr: a line that moves at a terminal, a line each elsewhere."""
    began = f"Reading {counted(targets, 'target')} ..."
    if sys.stderr.isatty():
        with Screen(stderr=True, highlight=False).status(began) as moving:
            yield lambda one: moving.update(escape(_read(one)))
    else:
        _log(began)
        yield lambda one: _log(_read(one))


def _read(one: Previewed) -> str:
    return f"{one.number} of {one.of}: {one.target}: {one.says.removeprefix(f'{one.target}: ')}"


def _log(line: str) -> None:
    with suppress(OSError):  # nobody reads it: that is no reason to make no plan
        print(line, file=sys.stderr, flush=True)


class Lines:
    """A line when a whole wave has come to a phase, and one for each thing that goes wrong."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._wave: tuple[Step, ...] = ()
        self._number = 0
        self._reached: dict[str, set[str]] = {}
        self._began = time.monotonic()

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self._waves = len(plan.waves)
        self._say(f"Applying {digest}: {counted(len(plan.steps), 'target')} in {counted(self._waves, 'wave')}.")

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self._wave, self._number, self._reached = steps, number, {}

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        if phase == Event.INTENT and not self._reached:
            self._reached[phase] = set()
            names = ", ".join(one.target for one in self._wave)
            self._say(f"{self._at()} wave {self._number + 1} of {self._waves}: {names}")
        elif phase == Event.SUB_STEP:
            self._say(f"{self._at()}   {step.target}: {detail}")
        elif phase in TROUBLE:
            word = "not yet well" if phase == Event.FAILED and self._holding else phase
            self._reached.setdefault(phase, set())
            why = detail.removeprefix(f"{step.target}: ")
            self._say(f"{self._at()}   {step.target}: {word}{': ' + why if why else ''}")
        elif phase in TOLD:
            there = self._reached.setdefault(phase, set())
            there.add(step.id)
            if len(there) == len(self._wave):
                self._say(f"{self._at()}   {f'all {len(there)} ' if len(there) > 1 else ''}{phase}")

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        """Said by the phases; a wave that was not begun says nothing."""

    def plan_ended(self, result: Result) -> None:
        """The verb itself says how each target ended."""

    @property
    def _holding(self) -> bool:
        """What fails while a change is held is judged only when the hold has run out."""
        return Event.HOLDING in self._reached and Event.REVERTING not in self._reached

    def _at(self) -> str:
        return f"[{time.monotonic() - self._began:5.1f} s]"
