"""The durable record of every step that a stack ever accepted, one small file each, beside the stack.

It is the stack's latch, without a timer: what it says is what `inspect` says.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from change.model import Digest, LatchState, Record
from change.target import TargetError
from inventory import durable

PENDING = frozenset({LatchState.ARMED, LatchState.TRYING, LatchState.TRIED})


class StepRecord(Record):
    step: str
    plan: Digest
    state: LatchState
    detail: str = ""


class Steps:
    """The records of one stack, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, step: str) -> StepRecord | None:
        """None where the stack never accepted it. Raises TargetError."""
        try:
            return StepRecord.model_validate_json(self._file(step).read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as problem:
            raise TargetError(f"the record of the step {step} cannot be read: {type(problem).__name__}") from None

    def pending(self) -> tuple[str, ...]:
        """Steps that have begun and not ended."""
        found = [self.find(file.stem) for file in sorted(self._folder.glob("*.json"))]
        return tuple(record.step for record in found if record is not None and record.state in PENDING)

    def keep(self, record: StepRecord) -> None:
        """Durable before it returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        durable.write(self._file(record.step), record.model_dump_json().encode(), 0o644)

    def _file(self, step: str) -> Path:
        return self._folder / f"{step}.json"
