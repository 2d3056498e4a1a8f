"""What a plan freezes of a stack: the estate that is to stand, and every sub-step that leads to it."""

from __future__ import annotations

from pydantic import ValidationError

from change.canonical import canonical, document_of
from change.model import Record
from change.target import TargetError
from stacks.difference import SubStep, sub_steps
from stacks.resources import Estate, Key


class Payload(Record):
    version: int = 1
    estate: Estate
    sub_steps: tuple[SubStep, ...]

    @property
    def touched(self) -> frozenset[Key]:
        return frozenset((step.kind, step.name) for step in self.sub_steps)

    def text(self) -> str:
        return canonical(document_of(self)).decode()


def payload(have: Estate, want: Estate) -> Payload:
    return Payload(estate=want, sub_steps=sub_steps(have, want))


def parsed(text: str) -> Payload:
    """Raises TargetError."""
    try:
        return Payload.model_validate_json(text)
    except ValidationError as problem:
        raise TargetError(f"the plan's payload is not a stack's ({problem.error_count()} problems)") from None
