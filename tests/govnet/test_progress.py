"""What people see of an apply at a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT


def at_a_terminal(*command: str) -> tuple[int, str]:
    """The exit status, and all that the terminal was sent."""
    near, far = os.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=far, stderr=far, cwd=ROOT) as running:
        os.close(far)
        sent = b""
        try:
            while more := os.read(near, 4096):
                sent += more
        except OSError:  # how Linux tells that nobody holds the other end any more
            pass
        os.close(near)
    return running.returncode, sent.decode()


def test_a_table_moves_while_a_plan_is_applied(folder: Path) -> None:
    make_world(folder)
    plan, state = str(folder / "plan"), str(folder / "state")
    status, sent = at_a_terminal(sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", state)
    assert status == 0, sent
    assert "Wave 1 of 2" in sent and "Wave 2 of 2" in sent
    assert "confirmed: far, middle, near" in sent
