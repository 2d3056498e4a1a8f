"""The timer of a step: the box undoes by itself."""

from __future__ import annotations

import subprocess
import time
from subprocess import DEVNULL

from change.latch.box import Box
from change.latch.wire import BROKEN, digest


def start_timer(box: Box, step: str, deadline: float) -> None:
    """The box's own undo. Killed while it undoes, it is started again; only `broken` ends it."""
    again = ("Restart=on-failure", "RestartSec=1", "StartLimitIntervalSec=0", f"RestartPreventExitStatus={BROKEN}")
    when = (f"--on-active={deadline - time.monotonic():.3f}", "--timer-property=AccuracySec=100ms")
    words = (f"--unit={timer_unit(step)}", *when, *(f"--property={word}" for word in again), "--")
    command = (*box.systemd_run, *words, *box.program, "recover")
    subprocess.run(command, check=True, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


def stop_timer(box: Box, step: str) -> None:
    """A timer that is left running does no harm: it finds nothing to end."""
    command = (*box.systemctl, "stop", f"{timer_unit(step)}.timer")
    subprocess.run(command, check=False, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


def timer_unit(step: str) -> str:
    return f"govnet-latch-{digest(step)[:16]}"
