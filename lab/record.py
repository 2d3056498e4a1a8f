"""What a lab is made of, written before the first thing of it is made, so that every later command knows it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from inventory import durable
from inventory.model import Record
from lab.names import Lab
from lab.problem import LabProblem
from lab.wiring import Plan


class NoLab(LabProblem):
    """No lab is up in this state folder."""


class LabRecord(Record):
    version: int = 1
    world: str
    image: Path
    plan: Plan


def write(lab: Lab, record: LabRecord) -> None:
    """Durable before it returns."""
    lab.record.parent.mkdir(parents=True, exist_ok=True)
    durable.write(lab.record, record.model_dump_json(indent=1).encode(), 0o644)


def read(lab: Lab) -> LabRecord:
    """Raises NoLab."""
    try:
        return LabRecord.model_validate_json(lab.record.read_text())
    except FileNotFoundError:
        raise NoLab(f"no lab is up in {lab.folder}: govnet lab up starts one") from None
    except ValidationError as problem:
        raise NoLab(f"{lab.record} is not a lab's record ({problem.error_count()} problems): govnet lab down") from None
