#!/usr/bin/python3 -I
"""govnet-latch: a change that the box undoes by itself unless somebody confirms it in time.

    govnet-latch VERB      one JSON request on standard input, one JSON answer on standard output

    arm       keep the pre-image, start the timer; changes nothing else      read      the live text of named parts
    try       put the wanted parts in force, read them back                  inspect   where a step stands, at once
    confirm   make it stay                                                   recover   end what must end (timer, boot)
    revert    the pre-image, now

Exit status: 0 done; 3 refused, nothing changed; 4 failed and reverted; 5 broken, a person must look; anything else: ask
`inspect`. The wire format, the states and who wins are in docs/adr/0003-latch-and-part-handlers.md.

What a part is, only its handler knows: /usr/local/lib/govnet/parts/KIND VERB, the part as JSON on standard input.

    look      print JSON: text (what is live), wanted (the wanted text in that form), facts (what else must come back)
    try       put the text in force without touching the start-up file
    check     the text is in force beyond its letters (status 0)
    revert    back to the pre-image; may be called again, and after a try that never began
    settle    every part was reverted: wait for, or put back, what depends on another part
    release   the candidate is about to become the start-up file: let go of it

How it stays whole. The record is one file, replaced by rename after fsync: the only moment at which a state changes.
Whatever is written before it is not believed; whatever must follow it is finished by the next `recover`. The candidate
of a start-up file lies beside it from the arm on, so that nothing that can fail is left after the confirm but a rename.
One lock covers every verb that writes, and handlers hold it too: a killed try keeps it until its last handler ends.

Standard library only, Python 3.11. No text of a part ever reaches an argument, a log, or an answer other than `read`'s.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import NoReturn, TypeVar

DONE, REFUSED, FAILED_AND_REVERTED, BROKEN = 0, 3, 4, 5
PENDING = frozenset({"armed", "trying", "tried", "failed", "reverting"})
DETACHED = frozenset({"try", "confirm", "revert"})
LOCK_WAIT_S = 5.0
HANDLER_LIMIT_S = 90.0
RESERVE_OCTETS = 16384
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

NAME = re.compile(r"[a-z][a-z0-9-]*")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,199}")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Shape = TypeVar("Shape")
Answer = tuple[int, dict[str, Json]]
"""Exit status and the document on standard output."""


class Refused(Exception):
    """No, and nothing was changed."""


class Broken(Exception):
    """The latch cannot know what to do: a person must look."""


class HandlerFailed(Exception):
    """A handler said no, or did not end in time. One sentence, without any text of the part."""


@dataclass(frozen=True)
class Box:
    """Where everything is. A machine has the defaults; the tests give another root and other programs."""

    root: Path = Path("/")
    program: tuple[str, ...] = ("/usr/local/sbin/govnet-latch",)
    systemd_run: tuple[str, ...] = ("systemd-run", "--quiet", "--collect")
    systemctl: tuple[str, ...] = ("systemctl", "--quiet")
    boot_id_file: Path = Path("/proc/sys/kernel/random/boot_id")

    @property
    def state(self) -> Path:
        return self.root / "var/lib/govnet-latch"

    @property
    def parts(self) -> Path:
        return self.root / "usr/local/lib/govnet/parts"

    @property
    def boot(self) -> str:
        return self.boot_id_file.read_text().strip()


@dataclass(frozen=True)
class Part:
    """One part of a step, and all that its handler is told. `wanted` is the digest of what must read back."""

    name: str
    kind: str
    path: str
    candidate: str = ""
    owner: str = "root"
    group: str = "root"
    mode: int = 0o600
    text: str = ""
    commands: tuple[str, ...] = ()
    unit: str | None = None
    wanted: str = ""
    pre: str = ""
    facts: str = ""


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


@dataclass(frozen=True)
class Look:
    """What a handler sees: the live text, the wanted text in the same form, and what else a revert must bring back."""

    text: str
    wanted: str
    facts: str


def main(argv: list[str], box: Box) -> int:
    """Read the request, do the verb, print the answer; returns the exit status."""
    verb = argv[1] if len(argv) == 2 else ""
    try:
        if verb in DETACHED:
            detach(box, verb)
        status, answer = VERBS.get(verb.removeprefix("unit-"), usage)(box)
    except Refused as problem:
        status, answer = REFUSED, {"error": str(problem)}
    except (Broken, OSError) as problem:
        status, answer = BROKEN, {"error": str(problem)}
    print(json.dumps(answer))
    return status


def usage(_: Box) -> Answer:
    raise Refused(f"usage: govnet-latch {'|'.join(VERBS)}, one JSON request on standard input")


def detach(box: Box, verb: str) -> NoReturn:
    """Become the caller of a unit that does the verb: a lost session ends the caller, and the unit goes on."""
    run = (*box.systemd_run, "--pipe", "--wait", f"--unit=govnet-latch-{verb}-{os.getpid()}", "--")
    command = (*run, *box.program, f"unit-{verb}")
    os.execvp(command[0], command)


# -- the verbs ------------------------------------------------------------------------------------------------------


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
            remember(box, last)
            write(box.state / "step.json", sealed(asdict(order)))
            write(box.state / "reserve", bytes(RESERVE_OCTETS))
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
    texts: dict[str, Json] = {}
    for part in parts_of(box, asked(ReadRequest).parts):
        try:
            texts[part.name] = look(box, part, None).text
        except HandlerFailed as problem:
            raise Broken(str(problem)) from problem
    return DONE, {"parts": texts}


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


# -- what the verbs are made of -------------------------------------------------------------------------------------


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


def parts_in(order: Order | None) -> tuple[Part, ...]:
    return () if order is None else order.parts


def prove(box: Box, order: Order | None, lock: int, until: float | None) -> None:
    """Every part reads back as wanted, to the byte. Raises HandlerFailed."""
    for part in parts_in(order):
        if digest(look(box, part, lock, until).text) != part.wanted:
            raise HandlerFailed(f"{part.name}: it does not read back as approved")
        handler(box, part, "check", lock, until)


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


def expect(record: Record | None, step: str, state: str) -> Record:
    if record is None or record.step != step:
        raise Refused(f"step {step} is not the one that is armed here")
    if record.state != state:
        raise Refused(f"step {step} is {record.state} here, not {state}; {record.detail or 'nothing else is known'}")
    return record


def undone(record: Record) -> Answer:
    status = FAILED_AND_REVERTED if record.state == "reverted" else BROKEN
    return status, {"state": record.state, "error": record.detail}


def inspection(box: Box, step: str) -> dict[str, Json]:
    try:
        record = load_record(box)
    except Broken as problem:
        return {"state": "broken", "plan": None, "remaining_s": None, "detail": str(problem)}
    if record is not None and record.step == step:
        left = remaining(record) if record.state in PENDING and record.boot == box.boot else None
        return {"state": record.state, "plan": record.plan, "remaining_s": left, "detail": record.detail}
    state, plan = finished(box).get(step, ("absent", None))
    return {"state": state, "plan": plan, "remaining_s": None, "detail": ""}


def remaining(record: Record) -> float:
    return round(max(0.0, record.deadline - time.monotonic()), 3)


# -- handlers, timer, lock ------------------------------------------------------------------------------------------


def handler(box: Box, part: Part, verb: str, lock: int | None, until: float | None = None) -> str:
    """Run the part's handler; returns what it printed. It inherits the lock, so that the lock outlives a killed latch.

    `until`: the moment of CLOCK_MONOTONIC at which it is killed; HANDLER_LIMIT_S from now where there is none.
    """
    limit_s = HANDLER_LIMIT_S if until is None else max(0.001, until - time.monotonic())
    command = [str(box.parts / part.kind), verb]
    fds = () if lock is None else (lock,)
    with subprocess.Popen(
        command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT, pass_fds=fds, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(json.dumps(asdict(part)).encode(), timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise HandlerFailed(f"{part.name}: {verb} did not end in time") from None
    if process.returncode != 0:
        said = err.decode(errors="replace").strip().splitlines() or ["it did not say why"]
        raise HandlerFailed(f"{part.name}: {verb} failed: {said[-1]}")
    return out.decode()


def look(box: Box, part: Part, lock: int | None, until: float | None = None) -> Look:
    try:
        return shaped(Look, json.loads(handler(box, part, "look", lock, until)))
    except (ValueError, Refused) as problem:
        raise HandlerFailed(f"{part.name}: look did not answer as it should") from problem


def timer_unit(step: str) -> str:
    return f"govnet-latch-{digest(step)[:16]}"


def start_timer(box: Box, step: str, deadline: float) -> None:
    """The box's own undo. Killed while it undoes, it is started again; only `broken` ends it."""
    again = ("Restart=on-failure", "RestartSec=1", "StartLimitIntervalSec=0", f"RestartPreventExitStatus={BROKEN}")
    when = (f"--on-active={deadline - time.monotonic():.3f}", "--timer-property=AccuracySec=100ms")
    words = (f"--unit={timer_unit(step)}", *when, *(f"--property={word}" for word in again), "--")
    subprocess.run(
        (*box.systemd_run, *words, *box.program, "recover"), check=True, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )


def stop_timer(box: Box, step: str) -> None:
    """A timer that is left running does no harm: it finds nothing to end."""
    command = (*box.systemctl, "stop", f"{timer_unit(step)}.timer")
    subprocess.run(command, check=False, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


@contextlib.contextmanager
def locked(box: Box, wait_s: float | None) -> Iterator[int]:
    """The one lock. Raises Refused where another call has it for longer than `wait_s`; None waits for ever."""
    box.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(box.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, wait_s or 0)
        fcntl.flock(lock, fcntl.LOCK_EX)
        signal.setitimer(signal.ITIMER_REAL, 0)
        unfinished(box.state / "record.json").unlink(missing_ok=True)  # of a call that was killed as it wrote
        yield lock
    finally:
        os.close(lock)


def give_up(number: int, frame: object) -> NoReturn:
    raise Refused("another call holds the latch: nothing was done")


# -- files ----------------------------------------------------------------------------------------------------------


def unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def write(path: Path, data: bytes, mode: int = 0o600, uid: int = -1, gid: int = -1) -> None:
    """The whole of it or nothing, and still there after a power cut; root's alone unless said otherwise."""
    new = unfinished(path)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fchown(file.fileno(), uid, gid)
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def stage(part: Part) -> None:
    """The candidate beside its start-up file, with that one's owner and mode."""
    owner, group = pwd.getpwnam(part.owner).pw_uid, grp.getgrnam(part.group).gr_gid
    write(Path(part.candidate), part.text.encode(), part.mode, owner, group)


def save(box: Box, record: Record) -> Record:
    """The one moment at which a state changes. On a full disk it takes the place that the arm set aside."""
    try:
        write(box.state / "record.json", sealed(asdict(record)))
    except OSError:
        (box.state / "reserve").unlink(missing_ok=True)
        write(box.state / "record.json", sealed(asdict(record)))
    return record


def sealed(document: dict[str, Json]) -> bytes:
    """A line of SHA-256, a line of JSON: so that a torn or rotten file is known as such."""
    body = json.dumps(document)
    return f"{digest(body)}\n{body}\n".encode()


def unsealed(path: Path) -> dict[str, Json] | None:
    """None where there is no such file. Raises Broken where it is not what was written."""
    try:
        seal, body = path.read_text().splitlines()
    except FileNotFoundError:
        return None
    except ValueError:
        seal, body = "", ""
    if digest(body) != seal:
        raise Broken(f"{path} is damaged: a person must look")
    document = json.loads(body)
    assert isinstance(document, dict)  # by the seal
    return document


def load_order(box: Box) -> Order | None:
    document = unsealed(box.state / "step.json")
    if document is None:
        return None
    parts = document.pop("parts")
    assert isinstance(parts, list)  # by the seal
    return shaped(Order, {**document, "parts": [shaped(Part, entry) for entry in parts]})


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


def finished(box: Box) -> dict[str, tuple[str, str]]:
    """Every step that was ever accepted before the last one: how it ended, and its plan's digest."""
    path = box.state / "finished"
    rows = (row.split(" ") for row in path.read_text().splitlines()) if path.exists() else ()
    return {step: (state, plan) for step, state, plan in rows}


def remember(box: Box, last: Record | None) -> None:
    known = finished(box)
    if last is not None and last.step not in known:
        known[last.step] = (last.state, last.plan)
        write(box.state / "finished", "".join(f"{step} {how} {plan}\n" for step, (how, plan) in known.items()).encode())


# -- the wire -------------------------------------------------------------------------------------------------------


SHAPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "str | None": (str, type(None)),
    "dict[str, Json]": (dict,),
}


def asked(kind: type[Shape]) -> Shape:
    """The request on standard input. Raises Refused."""
    try:
        return shaped(kind, json.load(sys.stdin))
    except ValueError as problem:
        raise Refused("the request is not JSON") from problem


def shaped(kind: type[Shape], document: object) -> Shape:
    """A record from its JSON object: no unknown key, no missing one, each of its type; lists become tuples."""
    every = fields(kind)  # type: ignore[arg-type]  # records all
    known = {field.name: SHAPES.get(str(field.type), (list,)) for field in every}
    if not isinstance(document, dict) or not set(document) <= set(known):
        raise Refused(f"not understood: {kind.__name__} has the fields {', '.join(known)}")
    if wrong := [name for name, value in document.items() if not isinstance(value, known[name])]:
        raise Refused(f"not understood: {kind.__name__} with such a {', '.join(wrong)}")
    values = {name: tuple(value) if known[name] == (list,) else value for name, value in document.items()}
    try:
        return kind(**values)
    except TypeError as problem:
        raise Refused(f"not understood: {kind.__name__} has the fields {', '.join(known)}") from problem


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


def new_order(box: Box, request: ArmRequest) -> Order:
    if not (WORD.fullmatch(request.step) and WORD.fullmatch(request.plan) and request.parts and request.timer_s > 0):
        raise Refused("an arm needs a step, a plan, a timer and at least one part")
    return Order(request.step, request.plan, box.boot, parts_of(box, request.parts))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def reason(problem: BaseException) -> str:
    """One sentence; of a system error without the path that it names."""
    return problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv, Box()))
