"""`pulumi-resource-govnet`: the engine's way to a hypervisor, as a process of its own.

It looks whenever it is asked, and acts only where the call is, to the last input, a frozen sub-step of the run, and our
process has written that down. What fails on the way is removed by the backend before the engine hears of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Mapping, Sequence

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    GetSchemaRequest,
    GetSchemaResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)
from pulumi.provider.experimental.server import main as serve
from pydantic import ValidationError

from change.canonical import Document, document_of
from stacks import run_record
from stacks.announce import Lifeline
from stacks.backend import Backend, Open
from stacks.birth import from_wire
from stacks.difference import Change, Operation, SubStep, changed_fields, inputs_digest, replaced
from stacks.nspawn.backend import NspawnBackend
from stacks.resources import TYPES, Kind, Resource
from stacks.schema import PACKAGE, VERSION, kind_of, schema

BACKENDS: Mapping[str, Open] = {"nspawn": NspawnBackend.opened}


class NotAllowed(Exception):
    """No sub-step of the run is this call."""


def parsed(kind: Kind, properties: Mapping[str, PropertyValue]) -> Resource:
    """Raises ValidationError. Numbers are floats on the wire; a whole one is taken for an integer."""
    return TYPES[kind].model_validate({name: _plain(value) for name, value in properties.items()})


def _plain(value: PropertyValue) -> Document:
    inner = value.value
    if isinstance(inner, Mapping):
        return {name: _plain(one) for name, one in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [_plain(one) for one in inner]
    if inner is None or isinstance(inner, bool | float | str):
        return inner
    return "unknown"  # a value that only the apply would know: no plan has one, and no field of ours allows it


def properties_of(resource: Resource) -> dict[str, PropertyValue]:
    return {name: _property(value) for name, value in document_of(resource).items()}


def _property(value: Document) -> PropertyValue:
    if isinstance(value, dict):
        return PropertyValue({name: _property(one) for name, one in value.items()})
    if isinstance(value, list):
        return PropertyValue([_property(one) for one in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


class GovnetProvider(Provider):
    """Implements what the engine asks of resources; blocking work is done on threads."""

    def __init__(self, backend: Backend, allowed: Sequence[SubStep], lifeline: Lifeline) -> None:
        self._backend = backend
        self._allowed = tuple(allowed)
        self._lifeline = lifeline

    async def get_schema(self, request: GetSchemaRequest) -> GetSchemaResponse:
        return GetSchemaResponse(json.dumps(schema()))

    async def check(self, request: CheckRequest) -> CheckResponse:
        """The inputs with defaults filled in, or every problem by its field."""
        try:
            resource = parsed(kind_of(request.type), request.new_inputs)
        except ValidationError as problem:
            failures = [
                CheckFailure(".".join(map(str, error["loc"])), error["msg"])
                for error in problem.errors(include_url=False, include_input=False)
            ]
            return CheckResponse(inputs=request.new_inputs, failures=failures)
        return CheckResponse(inputs=properties_of(resource))

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """In place or replace, by difference.py. A replacement has the same name, so the old one goes first."""
        kind = kind_of(request.type)
        fields = changed_fields(parsed(kind, request.old_state), parsed(kind, request.new_inputs))
        whole = replaced(fields)
        return DiffResponse(
            changes=bool(fields),
            replaces=[name for name, (change, _) in fields.items() if change is Change.REPLACE],
            delete_before_replace=whole,
            diffs=list(fields),
            detailed_diff={name: PropertyDiff(_diff_kind(change), True) for name, (change, _) in fields.items()},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        resource = parsed(kind_of(request.type), request.properties)
        if request.preview:
            return CreateResponse("", properties_of(resource))
        await asyncio.to_thread(self._create, resource)
        return CreateResponse(resource.name, properties_of(resource))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """Also how what stands is taken in to a stack that does not know it (import). Gone: no id, which says so."""
        found = await asyncio.to_thread(self._find, kind_of(request.type), request.resource_id)
        if found is None:
            return ReadResponse("")
        return ReadResponse(found.name, properties_of(found), properties_of(found))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        kind = kind_of(request.type)
        old, new = parsed(kind, request.olds), parsed(kind, request.news)
        if not request.preview:
            await asyncio.to_thread(self._update, old, new)
        return UpdateResponse(properties_of(new))

    async def delete(self, request: DeleteRequest) -> None:
        await asyncio.to_thread(self._delete, parsed(kind_of(request.type), request.properties))

    async def cancel(self) -> None:
        """What runs is finished or removed: nothing is left half-way because somebody became impatient."""

    def _create(self, new: Resource) -> None:
        answer = self._lifeline.announce(self._sub_step(Operation.CREATE, None, new))
        self._backend.create(new, from_wire(answer.birth))

    def _update(self, old: Resource, new: Resource) -> None:
        self._lifeline.announce(self._sub_step(Operation.UPDATE, old, new))
        self._backend.update(old, new)

    def _delete(self, old: Resource) -> None:
        self._lifeline.announce(self._sub_step(Operation.DELETE, old, None))
        self._backend.delete(old)

    def _find(self, kind: Kind, name: str) -> Resource | None:
        return self._backend.look().by_key.get((kind, name))

    def _sub_step(self, operation: Operation, old: Resource | None, new: Resource | None) -> SubStep:
        """The frozen one that is this call, while what stands is what it was frozen for. Raises NotAllowed."""
        subject = new or old
        assert subject is not None  # one of them is given
        inputs = inputs_digest(old, new)
        for step in self._allowed:
            if (step.operation, step.kind, step.name, step.inputs) == (operation, subject.kind, subject.name, inputs):
                if self._find(subject.kind, subject.name) != old:
                    raise NotAllowed(f"{step}: what stands is no longer what the plan was made for")
                return step
        raise NotAllowed(f"{operation} {subject.kind} {subject.name}: no approved plan has this; use govnet plan")


def _diff_kind(change: Change) -> PropertyDiffKind:
    return PropertyDiffKind.UPDATE_REPLACE if change is Change.REPLACE else PropertyDiffKind.UPDATE


def run(backends: Mapping[str, Open]) -> int:
    """Serve the engine that started this process until it, or our own process, ends."""
    try:
        record = run_record.read()
        held = os.open(record.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_SH)
        os.dup2(held, 0)  # what we start keeps the lock by its standard input, until it can be found in its own group
        lifeline = Lifeline(record.folder)
    except (run_record.NoRun, OSError) as problem:
        print(f"{PACKAGE}: {problem}", file=sys.stderr)
        return 1
    kind, _, where = record.backend.partition(":")
    serve(sys.argv[1:], VERSION, GovnetProvider(backends[kind](where), record.allowed, lifeline))
    return 0


def main() -> int:
    return run(BACKENDS)


if __name__ == "__main__":
    sys.exit(main())
