"""What one measurement says: a figure of ours, the rival's beside it, and how busy the machine was meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from bench.cost import Cost

Unit = Literal["s", "ms", "MiB", "a minute", "devices"]
COSTS: frozenset[Unit] = frozenset({"s", "ms", "MiB"})
"""Units of which less is better, and which have a ratio."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Record):
    """Its JSON has the ratio too, which is not read back."""

    model_config = ConfigDict(extra="ignore")

    what: str
    unit: Unit
    ours: float
    rival: float | None = None
    rival_name: str = ""

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way; mypy knows no decorated property
    @property
    def ratio(self) -> float | None:
        """Rival to ours: above 1 ours is the cheaper. None of what is no cost."""
        compared = self.unit in COSTS and self.rival is not None and self.ours
        return self.rival / self.ours if compared and self.rival is not None else None


def beside(what: str, unit: Unit, ours: Cost, rival_name: str = "", rival: Cost | None = None) -> tuple[Figure, ...]:
    """Time on the wall, processor time and peak memory of the same work. `unit` is that of the times.

    Raises AssertionError where the two did different amounts of work.
    """
    assert rival is None or rival.amount == ours.amount, f"{what}: {ours} beside {rival_name} {rival}"
    scale = 1000 if unit == "ms" else 1

    def figure(of: str, unit: Unit, scale: int, column: int) -> Figure:
        there = None if rival is None else rival[column] * scale
        return Figure(what=f"{what}: {of}", unit=unit, ours=ours[column] * scale, rival=there, rival_name=rival_name)

    return (
        figure("wall", unit, scale, 0),
        figure("processor", unit, scale, 1),
        figure("peak memory", "MiB", 1, 2),
    )


class Document(Record):
    """What `python -m bench.NAME` prints, as JSON."""

    bench: str
    load_before: float
    load_after: float
    """Processes that ran or wanted to, the minute's average (proc_loadavg(5)); ours are among those after."""
    cores: int
    figures: tuple[Figure, ...]


def report(bench: str, figures: Callable[[], tuple[Figure, ...]]) -> None:
    """Measure, and print the document."""
    before = os.getloadavg()[0]
    found = figures()
    document = Document(
        bench=bench,
        load_before=round(before, 2),
        load_after=round(os.getloadavg()[0], 2),
        cores=len(os.sched_getaffinity(0)),
        figures=found,
    )
    print(document.model_dump_json(indent=2), flush=True)
