"""The command line, with boxes that are only pretended."""

from __future__ import annotations

from pathlib import Path

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
