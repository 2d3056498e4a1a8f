"""The latch's end of a call: the program on the box that knows what a part is."""

from __future__ import annotations

import grp
import json
import os
import pwd
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE

from change.latch.box import Box, write
from change.latch.part import Look, Part
from change.latch.wire import Broken, Refused, shaped

HANDLER_LIMIT_S = 90.0
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class HandlerFailed(Broken):
    """A handler said no, or did not end in time. One sentence, without any text of the part."""


def stage(part: Part) -> None:
    """The candidate beside its start-up file, with that one's owner and mode."""
    owner, group = pwd.getpwnam(part.owner).pw_uid, grp.getgrnam(part.group).gr_gid
    write(Path(part.candidate), part.text.encode(), part.mode, owner, group)


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
