"""The program of fake_file_box.py, but that it ends itself by SIGKILL at one boundary.

python -m tests.change.killed_file_box LOG BOUNDARY apply|resume FOLDER      BOUNDARY as in boundaries.py, or `-`
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.change.boundaries import Boundaries, watch_journal, watch_targets
from tests.change.fake_file_box import FakeFileTarget, main

if __name__ == "__main__":
    log, dies_at, verb, folder = sys.argv[1:]
    boundaries = Boundaries(Path(log), "" if dies_at == "-" else dies_at)
    watch_journal(boundaries)
    watch_targets(boundaries, FakeFileTarget)
    main(verb, Path(folder))
