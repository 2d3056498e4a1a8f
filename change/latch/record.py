"""What is kept of steps: of the last one its order and where it stands, sealed; of every other how it ended."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from change.latch.box import Box, write
from change.latch.part import Part
from change.latch.wire import Broken, Json, digest, shaped

PENDING = frozenset({"armed", "trying", "tried", "failed", "reverting"})
RESERVE_OCTETS = 16384


@dataclass(frozen=True)
class Order:
    """An accepted step with its pre-image: step.json, from the arm to the end."""

    step: str
    plan: str
    boot: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Record:
    """Where the last accepted step stands. `deadline`: seconds of CLOCK_MONOTONIC, meaningful within `boot` alone."""

    step: str
    plan: str
    state: str
    boot: str
    deadline: float
    detail: str = ""


def remaining(record: Record) -> float:
    return round(max(0.0, record.deadline - time.monotonic()), 3)


def parts_in(order: Order | None) -> tuple[Part, ...]:
    return () if order is None else order.parts


def inspection(box: Box, step: str) -> dict[str, Json]:
    """Where a step stands, as `inspect` answers."""
    try:
        record = load_record(box)
    except Broken as problem:
        return {"state": "broken", "plan": None, "remaining_s": None, "detail": str(problem)}
    if record is not None and record.step == step:
        left = remaining(record) if record.state in PENDING and record.boot == box.boot else None
        return {"state": record.state, "plan": record.plan, "remaining_s": left, "detail": record.detail}
    state, plan = finished(box).get(step, ("absent", None))
    return {"state": state, "plan": plan, "remaining_s": None, "detail": ""}


def save(box: Box, record: Record) -> Record:
    """The one moment at which a state changes. On a full disk it takes the place that the arm set aside."""
    try:
        write(box.state / "record.json", sealed(asdict(record)))
    except OSError:
        (box.state / "reserve").unlink(missing_ok=True)
        write(box.state / "record.json", sealed(asdict(record)))
    return record


def load_record(box: Box) -> Record | None:
    """A damaged record of an open step is taken for an overdue one: its pre-image says what to undo."""
    try:
        document = unsealed(box.state / "record.json")
    except Broken:
        order = load_order(box)
        if order is None:
            raise
        return Record(order.step, order.plan, "reverting", order.boot, 0.0, "the record was damaged")
    return None if document is None else shaped(Record, document)


def load_order(box: Box) -> Order | None:
    document = unsealed(box.state / "step.json")
    if document is None:
        return None
    order = shaped(Order, document)
    return replace(order, parts=tuple(shaped(Part, entry) for entry in order.parts))  # JSON objects until here


def sealed(document: dict[str, Json]) -> bytes:
    """A line of SHA-256, a line of JSON: so that a torn or rotten file is known as such."""
    body = json.dumps(document)
    return f"{digest(body)}\n{body}\n".encode()


def unsealed(path: Path) -> dict[str, Json] | None:
    """None where there is no such file. Raises Broken where it is not what was written."""
    try:
        seal, _, body = path.read_bytes().decode(errors="replace").partition("\n")
    except FileNotFoundError:
        return None
    if digest(body.removesuffix("\n")) != seal:
        raise Broken(f"{path} is damaged: a person must look")
    document: dict[str, Json] = json.loads(body)
    return document


def finished(box: Box) -> dict[str, tuple[str, str]]:
    """Every step that was ever accepted before the last one: how it ended, and its plan's digest."""
    path = box.state / "finished"
    rows = (row.split(" ") for row in path.read_text().splitlines()) if path.exists() else ()
    return {step: (state, plan) for step, state, plan in rows}


def prepare(box: Box, order: Order, last: Record | None) -> None:
    """What must lie there before the record of a step: how the last one ended, the pre-image, room on a full disk."""
    known = finished(box)
    if last is not None and last.step not in known:
        known[last.step] = (last.state, last.plan)
        write(box.state / "finished", "".join(f"{step} {how} {plan}\n" for step, (how, plan) in known.items()).encode())
    write(box.state / "step.json", sealed(asdict(order)))
    write(box.state / "reserve", bytes(RESERVE_OCTETS))
