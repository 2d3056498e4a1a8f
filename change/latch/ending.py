"""How a step ends: undone or kept, with nothing left of it but its record."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

from change.latch.box import Box, sync, unfinished
from change.latch.handler import HandlerFailed, handler, look
from change.latch.record import PENDING, Order, Record, load_order, load_record, parts_in, remaining, save
from change.latch.timer import stop_timer
from change.latch.wire import Broken


def recover(box: Box, lock: int) -> Record | None:
    """Finish what an end left open, end what is overdue; returns the record as it then is."""
    record = load_record(box)
    try:
        order = load_order(box)
    except Broken as problem:
        if record is not None and record.state in PENDING:
            save(box, replace(record, state="broken", detail=str(problem)))
        raise
    if record is None or record.state == "reverted" or (order is not None and order.step != record.step):
        clear(box, order)  # an arm that died before its record, or what an end left behind
    elif record.state == "confirmed":
        keep(box, order, lock)
    elif record.boot != box.boot:
        record = save(box, replace(record, state="reverted", detail="the box started again before the confirm"))
        clear(box, order)
    elif record.state in PENDING and remaining(record) <= 0:
        record = undo(box, record, "reverting", "nobody confirmed in time", lock)
    return record


def undo(box: Box, record: Record, state: str, why: str, lock: int) -> Record:
    """Put the pre-image back, in the opposite order, and prove it; a second round where a part disturbed another."""
    order = load_order(box)
    wrong = [] if record.state == "armed" else ["the pre-image is gone"]
    if order is not None and wrong:
        with contextlib.suppress(OSError):  # undoing matters more than saying so
            record = save(box, replace(record, state=state, detail=why))
        wrong = undo_once(box, order, lock) and undo_once(box, order, lock)
    if wrong:
        return save(box, replace(record, state="broken", detail=f"{why}; then: {'; '.join(wrong)}"))
    record = save(box, replace(record, state="reverted", detail=why))
    clear(box, order)
    return record


def undo_once(box: Box, order: Order, lock: int) -> list[str]:
    """What is still not as before, one sentence for each part."""
    wrong: dict[str, str] = {}
    back = [(part, "revert") for part in reversed(order.parts)]
    for part, verb in (*back, *((part, "settle") for part in order.parts)):
        try:
            handler(box, part, verb, lock)
        except HandlerFailed as problem:
            wrong[part.name] = str(problem)
    for part in order.parts:
        try:
            seen = look(box, part, lock)
        except HandlerFailed as problem:
            wrong[part.name] = str(problem)
            continue
        if (seen.text, seen.facts) != (part.pre, part.facts):
            wrong.setdefault(part.name, f"{part.name}: it does not read as its pre-image")
        else:
            wrong.pop(part.name, None)
    return list(wrong.values())


def keep(box: Box, order: Order | None, lock: int) -> None:
    """Make the start-up files what was confirmed. A candidate that is gone was put in place before."""
    for part in parts_in(order):
        if os.path.lexists(part.candidate):
            try:
                handler(box, part, "release", lock)
            except HandlerFailed as problem:
                raise Broken(f"confirmed, but {part.path} could not be written yet: {problem}") from problem
            Path(part.candidate).replace(part.path)
            sync(Path(part.path).parent)
    clear(box, order)


def clear(box: Box, order: Order | None) -> None:
    """Leave nothing of a step but its record. step.json goes last: it names what else must go."""
    if order is not None:
        stop_timer(box, order.step)
    files = [*(Path(part.candidate) for part in parts_in(order)), box.state / "reserve", box.state / "step.json"]
    for path in [*map(unfinished, files), *files]:
        if os.path.lexists(path):
            path.unlink()
            sync(path.parent)
