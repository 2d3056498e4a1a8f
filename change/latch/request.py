"""A request on standard input: its shape, and what is refused before anything is done."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, replace

from change.latch.box import Box
from change.latch.part import Part
from change.latch.record import Order
from change.latch.wire import Json, Refused, Shape, shaped

NAME = re.compile(r"[a-z][a-z0-9-]*")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,199}")


@dataclass(frozen=True)
class ArmRequest:
    step: str
    plan: str
    timer_s: float
    parts: tuple[Json, ...]
    base: dict[str, Json]


@dataclass(frozen=True)
class StepRequest:
    step: str


@dataclass(frozen=True)
class ReadRequest:
    parts: tuple[Json, ...]


def asked(kind: type[Shape]) -> Shape:
    """The request on standard input. Raises Refused."""
    try:
        return shaped(kind, json.load(sys.stdin))
    except ValueError as problem:
        raise Refused("the request is not JSON") from problem


def new_order(box: Box, request: ArmRequest) -> Order:
    if not (WORD.fullmatch(request.step) and WORD.fullmatch(request.plan) and request.parts and request.timer_s > 0):
        raise Refused("an arm needs a step, a plan, a timer and at least one part")
    return Order(request.step, request.plan, box.boot, parts_of(box, request.parts))


def parts_of(box: Box, entries: tuple[Json, ...]) -> tuple[Part, ...]:
    """The parts of a request, their paths under the box's root. Raises Refused."""
    parts = []
    for part in (shaped(Part, entry) for entry in entries):
        if not (NAME.fullmatch(part.name) and NAME.fullmatch(part.kind) and (box.parts / part.kind).is_file()):
            raise Refused(f"part {part.name!r}: this box has no handler of the kind {part.kind!r}")
        if os.path.normpath(part.path) != part.path or not part.path.startswith("/"):
            raise Refused(f"part {part.name}: {part.path!r} is not an absolute path in its plain form")
        path = box.root / part.path.lstrip("/")
        if not path.parent.is_dir():
            raise Refused(f"part {part.name}: there is no folder {path.parent}")
        parts.append(replace(part, path=str(path), candidate=str(path.with_name(f".{path.name}.govnet"))))
    for what in ("name", "path"):
        if len({getattr(part, what) for part in parts}) != len(parts):
            raise Refused(f"two parts have one {what}")
    return tuple(parts)
