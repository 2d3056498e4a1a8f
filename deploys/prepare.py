"""Our side of the worker: ask it for what is pending on one server, and be rid of it in time."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from change.target import HostKeyRefused, TargetError, TargetUnreachable
from deploys.frozen import Prepared
from deploys.wire import Answer, Request

CHECKOUT = Path(__file__).parents[1]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore"}
"""Nothing of the caller's: no agent, no configuration of ssh, and none of our environment's secrets."""
ERRORS: dict[str, type[TargetError]] = {
    "host-key": HostKeyRefused,
    "unreachable": TargetUnreachable,
    "refused": TargetError,
}


@dataclass(frozen=True)
class Place:
    """Where a machine is reached that is not at its server's place: a scratch machine."""

    address: str
    known_hosts: Path
    enter: tuple[str, ...] = ()
    """The words before a command that lead into its network."""

    def instead_of(self, request: Request) -> Request:
        return request.model_copy(update={"address": self.address, "known_hosts": str(self.known_hosts)})


def prepare(request: Request, limit_s: float, enter: tuple[str, ...] = ()) -> Prepared:
    """What the server's deploys would do now. Raises HostKeyRefused, TargetUnreachable, TargetError."""
    name = request.intent.name
    with subprocess.Popen(
        (*enter, sys.executable, "-m", "deploys.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd=CHECKOUT,
    ) as worker:
        over = threading.Event()

        def end() -> None:
            over.set()
            worker.kill()

        late = threading.Timer(limit_s, end)
        late.start()
        try:
            said = _asked(worker, request)
        finally:
            late.cancel()
            worker.kill()
    try:
        answer = Answer.model_validate_json(said)
    except ValidationError:
        if over.is_set():
            raise TargetUnreachable(f"{name}: its deploys could not be prepared within {limit_s:.0f} s") from None
        raise TargetError(f"{name}: the worker that prepares its deploys ended without an answer") from None
    if answer.prepared is None:
        raise ERRORS[answer.kind](f"{name}: {answer.sentence}")
    return answer.prepared


def _asked(worker: subprocess.Popen[bytes], request: Request) -> bytes:
    """Its standard input stays open until it has answered: closed, it would take us for dead."""
    assert worker.stdin is not None and worker.stdout is not None  # PIPE was asked for
    try:
        worker.stdin.write(request.model_dump_json().encode() + b"\n")
        worker.stdin.flush()
    except BrokenPipeError:
        with suppress(BrokenPipeError):
            worker.stdin.close()  # what it still holds nobody reads
        return b""
    return worker.stdout.read()
