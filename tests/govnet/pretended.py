"""The command line, with boxes that are only pretended."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from govnet import wire
from govnet.cli import main
from tests.change.fake_file_box import seen, targets_in

ROOT = Path(__file__).parents[2]
GOVNET = """
import sys
from pathlib import Path
from govnet import wire
from govnet.cli import main
from tests.change.fake_file_box import seen, targets_in

folder = Path(sys.argv.pop(1))
wire.targets = lambda desk, selector: targets_in(folder)
wire.probe_runner = lambda desk, targets: seen
main()
"""
"""The real program; its first argument is the folder of the boxes."""


class Said(NamedTuple):
    status: int
    out: str
    err: str


def in_process(folder: Path, *words: str) -> Said:
    """The same program and main(), in this process: for all that a process of its own proves nothing more of.

    It has no terminal, and its signal handlers are put back by itself.
    """
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(wire, "targets", lambda desk, selector: targets_in(folder))
        patch.setattr(wire, "probe_runner", lambda desk, targets: seen)
        patch.setattr(sys, "argv", ["govnet", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    return Said(int(ended.value.code or 0), out.getvalue(), err.getvalue())
