"""What one run of the engine may do: written by our process, and read by the provider's."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from change.model import Record
from stacks.difference import SubStep

VARIABLE = "GOVNET_STACK_RUN"
"""Names the record's file."""


class NoRun(Exception):
    """The provider was started outside a run of ours, or what it was given does not read as a run."""


class RunRecord(Record):
    version: int = 1
    backend: str
    """Its address, as stacks.backend."""
    folder: Path
    """The stack's own; the socket of announcements and the provider's lock lie in it."""
    allowed: tuple[SubStep, ...] = ()
    """The frozen sub-steps. None: the run may look and do nothing."""

    @property
    def lock(self) -> Path:
        """Held, shared, by every provider as long as it lives."""
        return self.folder / "provider.lock"


def write(record: RunRecord) -> Path:
    path = record.folder / "run.json"
    new = path.with_suffix(".new")
    new.write_text(record.model_dump_json())
    new.replace(path)
    return path


def read() -> RunRecord:
    """The record of the run that this process is in. Raises NoRun."""
    path = os.environ.get(VARIABLE)
    if path is None:
        raise NoRun("this provider works within a run of govnet alone: govnet stack -- pulumi ...")
    try:
        return RunRecord.model_validate_json(Path(path).read_text())
    except (OSError, ValidationError) as problem:
        raise NoRun(f"{path} is no record of a run: {type(problem).__name__}") from None
