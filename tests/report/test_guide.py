"""What docs/guide/reviewer.md shows of `govnet show` is what it prints, by the golden text."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide" / "reviewer.md"
GOLDEN = Path(__file__).parent / "golden" / "plan.txt"


def test_the_reviewers_guide_shows_what_is_printed() -> None:
    opening = GUIDE.read_text(encoding="utf-8").partition("## What you see")[2].partition("**The last line**")[0]
    blocks = [dedent(block).strip("\n") for block in re.findall(r"(?:^(?: {4}.*)?\n)+", opening, re.MULTILINE)]
    shown = [block for block in blocks if block]
    printed = GOLDEN.read_text(encoding="utf-8")
    assert len(shown) == 5
    assert [block for block in shown if block not in printed] == []
