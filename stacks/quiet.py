"""Pulumi's runtime leaves coroutines behind when the engine ends before an inline program does, and Python complains of
each on stderr. The engine's failure has been told by then; the complaint tells a person nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import CoroutineType
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

PULUMI = str(Path(pulumi.__file__).parent)
_before = sys.unraisablehook


def quiet() -> None:
    """Once for the process: everything else is complained of as before."""
    sys.unraisablehook = _hook


def _hook(unraisable: UnraisableHookArgs) -> None:
    left = unraisable.object
    if isinstance(left, CoroutineType) and left.cr_code.co_filename.startswith(PULUMI):
        return
    _before(unraisable)
