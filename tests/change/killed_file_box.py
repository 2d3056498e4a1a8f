"""The program of fake_file_box.py, but that it ends itself by SIGKILL at one boundary: for processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.change.boundaries import Boundaries, watch_journal, watch_targets
from tests.change.fake_file_box import FakeFileTarget, main


def run_killed(log: Path, dies_at: str, verb: str, folder: Path) -> None:
    """Apply or resume; `dies_at` as in boundaries.py. It changes classes, so it is not for a process that goes on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    boundaries = Boundaries(log, dies_at)
    watch_journal(boundaries)
    watch_targets(boundaries, FakeFileTarget)
    main(verb, folder)
