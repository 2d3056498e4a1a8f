"""What people see at a terminal while a plan is applied: a table that moves, never higher than the terminal."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from change.journal import Event
from change.model import Digest, Outcome, Plan, Step
from change.result import Result, StepEnd
from govnet.report.lines import counted

FURNITURE = 5
"""Lines of the terminal that are not for targets: title, headings, the rest in a line, and room for the cursor."""
NOTES = frozenset({Event.WINDOW, Event.CHECKED, Event.PROBE_RESULT, Event.SUB_STEP})
"""Events within a phase: they begin none."""
TROUBLE = frozenset({Event.FAILED, Event.REVERTING, Event.UNDOING})
TIMER_ENDED = frozenset({Event.CONFIRMED, Event.REVERTED, Event.OUTCOME})


@dataclass(frozen=True)
class Row:
    """One target of the wave in hand."""

    step: Step
    phase: str = "waiting"
    detail: str = ""
    armed_at: float | None = None
    """Where its own timer runs: since when, on our clock."""
    trouble: bool = False

    def left_s(self, now: float) -> float | None:
        return None if self.armed_at is None else max(0.0, self.step.timer_s - (now - self.armed_at))


def told(row: Row, step: Step, phase: str, detail: str, now: float) -> Row:
    """The row after an entry of the journal about its target; of an inverse step too."""
    detail = detail.removeprefix(f"{step.target}: ")
    if phase in NOTES:
        well_again = row.trouble and row.phase == Event.HOLDING and phase == Event.CHECKED
        return replace(row, detail="", trouble=False) if well_again else replace(row, detail=detail)
    if phase == Event.FAILED and row.phase == Event.HOLDING:
        return replace(row, detail=f"not yet well: {detail}", trouble=True)
    back = step.id != row.step.id
    return replace(
        row,
        phase=f"back: {phase}" if back else phase,
        detail=detail,
        armed_at=now if phase == Event.ARMED else None if phase in TIMER_ENDED else row.armed_at,
        trouble=row.trouble or back or phase in TROUBLE,
    )


def ended(row: Row, end: StepEnd) -> Row:
    """Those that failed are in trouble, and those that went back in their company are not."""
    trouble = end.outcome is Outcome.UNKNOWN or end.target in end.because
    return replace(row, phase=end.outcome, detail=end.reason, armed_at=None, trouble=trouble)


class LiveTable:
    """One row a target of the wave in hand: its phase, and how long its own timer has still to run.

    Where the terminal is too low for all of them, those in trouble come first, and the rest is counted.
    """

    def __init__(self, console: Console, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._monotonic = monotonic
        self._rows: dict[str, Row] = {}
        self._title = ""
        self._live = Live(console=console, get_renderable=self.table, refresh_per_second=4, transient=True)

    def __enter__(self) -> LiveTable:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # the terminal went away: how it ended is still to be told
            self._live.__exit__(kind, value, trace)

    def plan_started(self, plan: Plan, digest: Digest) -> None:
        self._waves = len(plan.waves)
        self._console.print(f"Applying {digest}")

    def wave_started(self, number: int, steps: tuple[Step, ...]) -> None:
        self._title = f"Wave {number + 1} of {self._waves}, {counted(len(steps), 'target')}"
        self._rows = {step.target: Row(step) for step in steps}

    def step_phase(self, step: Step, phase: str, detail: str) -> None:
        row = self._rows.get(step.target) or Row(step)
        self._rows = {**self._rows, step.target: told(row, step, phase, detail, self._monotonic())}

    def wave_ended(self, number: int, ends: tuple[StepEnd, ...]) -> None:
        """Its last table stays on the screen, but of a wave that was refused: the verb itself says why at its end."""
        self._rows = {end.target: ended(self._rows[end.target], end) for end in ends}
        if any(end.outcome is not Outcome.REFUSED for end in ends):
            self._console.print(self.table())
        self._rows = {}

    def plan_ended(self, result: Result) -> None:
        """The verb itself says how each target ended."""

    def table(self) -> RenderableType:
        rows = tuple(self._rows.values())
        room = max(1, self._console.size.height - FURNITURE)
        shown = chosen(rows, room)
        drawn = drawing(self._title, (row for row in rows if row in shown), self._monotonic())
        rest = [row for row in rows if row not in shown]
        return Group(drawn, Text(summary(rest), style="dim", overflow="ellipsis", no_wrap=True)) if rest else drawn


def chosen(rows: tuple[Row, ...], room: int) -> tuple[Row, ...]:
    """As many as there is room for: those in trouble before the others, and either in the plan's order."""
    return tuple(sorted(rows, key=lambda row: not row.trouble)[:room])


def summary(rows: Iterable[Row]) -> str:
    """In a line, how many more there are in which phase."""
    phases = Counter(row.phase for row in rows)
    return f"and {phases.total()} more: {', '.join(f'{number} {phase}' for phase, number in phases.items())}"


def drawing(title: str, rows: Iterable[Row], now: float) -> Table:
    """One line a row, whatever its detail: what does not fit is cut."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, expand=True)
    table.add_column("target", no_wrap=True, max_width=28)
    table.add_column("phase", no_wrap=True)
    table.add_column("timer", no_wrap=True, justify="right")
    table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        left_s = row.left_s(now)
        timer = "" if left_s is None else f"{left_s:.0f} s"
        cells = (row.step.target, row.phase, timer, " ".join(row.detail.split()))
        table.add_row(*(Text(cell) for cell in cells), style="bold" if row.trouble else "")
    return table
