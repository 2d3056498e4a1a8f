"""`govnet` as it is, but that it ends itself by SIGKILL at one boundary.

python -m tests.twin.killed_govnet LOG BOUNDARY VERB ...      BOUNDARY as in tests/change/boundaries.py, or `-`
"""

from __future__ import annotations

import sys
from pathlib import Path

from govnet.cli import main
from network.router import RouterTarget
from tests.change.boundaries import Boundaries, watch_journal, watch_targets

if __name__ == "__main__":
    log, dies_at, *words = sys.argv[1:]
    boundaries = Boundaries(Path(log), "" if dies_at == "-" else dies_at)
    watch_journal(boundaries)
    watch_targets(boundaries, RouterTarget)
    sys.argv[1:] = words
    main()
