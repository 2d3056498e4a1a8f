"""The verbs: each reads its request, and returns an exit status and an answer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace

from change.latch.box import Box, locked
from change.latch.ending import clear, recover, undo
from change.latch.handler import HandlerFailed, handler, look, stage
from change.latch.record import Order, Record, finished, inspection, load_order, parts_in, prepare, remaining, save
from change.latch.request import ArmRequest, ReadRequest, StepRequest, asked, new_order, parts_of
from change.latch.timer import start_timer
from change.latch.wire import BROKEN, DONE, FAILED_AND_REVERTED, Answer, Json, Refused, digest, reason

LOCK_WAIT_S = 5.0


def arm(box: Box) -> Answer:
    request = asked(ArmRequest)
    deadline = time.monotonic() + request.timer_s
    with locked(box, LOCK_WAIT_S) as lock:
        order = new_order(box, request)
        last = recover(box, lock)
        if last is not None and last.state not in ("confirmed", "reverted"):
            raise Refused(f"step {last.step} is {last.state} here: one step at a time")
        if order.step in finished(box) or (last is not None and last.step == order.step):
            raise Refused(f"step {order.step} was accepted before: a step is accepted once")
        order = looked_at(box, order, request.base, lock)
        try:
            prepare(box, order, last)
            for part in order.parts:
                stage(part)
            start_timer(box, order.step, deadline)
            record = save(box, Record(order.step, order.plan, "armed", order.boot, deadline))
        except (OSError, LookupError, subprocess.SubprocessError) as problem:
            clear(box, order)
            raise Refused(f"it could not be prepared, and nothing was changed: {reason(problem)}") from problem
    return DONE, {"state": "armed", "remaining_s": remaining(record)}


def try_(box: Box) -> Answer:
    step = asked(StepRequest).step
    with locked(box, LOCK_WAIT_S) as lock:
        record = expect(recover(box, lock), step, "armed")
        order = load_order(box)
        try:
            record = save(box, replace(record, state="trying"))
        except OSError as problem:
            raise Refused(f"the record could not be written: {reason(problem)}") from problem
        try:
            for part in parts_in(order):
                handler(box, part, "try", lock, record.deadline)
            prove(box, order, lock, record.deadline)
            if remaining(record) <= 0:
                raise HandlerFailed("the deadline passed during the try")
            save(box, replace(record, state="tried"))
        except (HandlerFailed, OSError) as problem:
            return undone(undo(box, record, "failed", reason(problem), lock))
    return DONE, {"state": "tried", "remaining_s": remaining(record)}


def confirm(box: Box) -> Answer:
    step = asked(StepRequest).step
    with locked(box, LOCK_WAIT_S) as lock:
        record = recover(box, lock)
        if record is not None and (record.step, record.state) == (step, "confirmed"):
            return DONE, {"state": "confirmed"}
        record = expect(record, step, "tried")
        try:
            prove(box, load_order(box), lock, None)
            save(box, replace(record, state="confirmed", detail=""))  # from here on it stays
        except (HandlerFailed, OSError) as problem:
            return undone(undo(box, record, "failed", f"not confirmed: {reason(problem)}", lock))
        recover(box, lock)
    return DONE, {"state": "confirmed"}


def revert(box: Box) -> Answer:
    step = asked(StepRequest).step
    with locked(box, LOCK_WAIT_S) as lock:
        record = recover(box, lock)
        if record is None or record.step != step or record.state == "confirmed":
            raise Refused(f"step {step} is {inspection(box, step)['state']} here: there is nothing to revert")
        if record.state != "reverted":
            record = undo(box, record, "reverting", "asked to", lock)
    return (BROKEN if record.state == "broken" else DONE), {"state": record.state, "detail": record.detail}


def inspect(box: Box) -> Answer:
    """Takes no lock: the record is whole at every moment, so the answer never waits for a long try."""
    return DONE, inspection(box, asked(StepRequest).step)


def read(box: Box) -> Answer:
    """Takes no lock and keeps nothing."""
    return DONE, {"parts": {part.name: look(box, part, None).text for part in parts_of(box, asked(ReadRequest).parts)}}


def recover_now(box: Box) -> Answer:
    """What the timer and the boot unit call. It waits for the lock as long as it takes."""
    with locked(box, None) as lock:
        record = recover(box, lock)
    state = record.state if record is not None else "absent"
    return (BROKEN if state == "broken" else DONE), {"state": state}


VERBS: dict[str, Callable[[Box], Answer]] = {
    "arm": arm,
    "try": try_,
    "confirm": confirm,
    "revert": revert,
    "inspect": inspect,
    "read": read,
    "recover": recover_now,
}


def usage(_: Box) -> Answer:
    raise Refused(f"usage: govnet-latch {'|'.join(VERBS)}, one JSON request on standard input")


def looked_at(box: Box, order: Order, base: dict[str, Json], lock: int) -> Order:
    """The order with what is live and what must read back. Raises Refused where the box is not what was planned on."""
    parts, stale = [], []
    for part in order.parts:
        try:
            seen = look(box, part, lock)
        except HandlerFailed as problem:
            raise Refused(str(problem)) from problem
        if digest(seen.text) != base.get(part.name):
            stale.append(part.name)
        parts.append(replace(part, pre=seen.text, facts=seen.facts, wanted=digest(seen.wanted)))
    if stale or set(base) != {part.name for part in parts}:
        names = ", ".join(stale) or "base"
        raise Refused(f"stale: {names} is not what the plan was made from")
    return replace(order, parts=tuple(parts))


def prove(box: Box, order: Order | None, lock: int, until: float | None) -> None:
    """Every part reads back as wanted, to the byte. Raises HandlerFailed."""
    for part in parts_in(order):
        if digest(look(box, part, lock, until).text) != part.wanted:
            raise HandlerFailed(f"{part.name}: it does not read back as approved")
        handler(box, part, "check", lock, until)


def expect(record: Record | None, step: str, state: str) -> Record:
    if record is None or record.step != step:
        raise Refused(f"step {step} is not the one that is armed here")
    if record.state != state:
        raise Refused(f"step {step} is {record.state} here, not {state}; {record.detail or 'nothing else is known'}")
    return record


def undone(record: Record) -> Answer:
    status = FAILED_AND_REVERTED if record.state == "reverted" else BROKEN
    return status, {"state": record.state, "error": record.detail}
