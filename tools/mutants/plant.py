"""All faults that mutmut knows for a file, planted at once in a copy of it; an environment variable picks one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from mutmut.mutation.data import LineSpan
from mutmut.mutation.file_mutation import mutate_file_contents

ORIGINAL = "orig"
IMPORT = "from mutmut.mutation.trampoline import wrap_in_trampoline as _mutmut_mutated, MutantDict\n"
ALONE = f"""\
try:
    {IMPORT}except ImportError:
    MutantDict = dict
    _mutmut_mutated = lambda planted: lambda _: lambda *args, **named: planted["_mutmut_orig"](*args, **named)
"""
"""A file of change/ may be run by a Python that has nothing but its own library: then without a fault."""


def plant(file: Path, name: str) -> dict[str, str]:
    """Rewrites the file, which is `name` in its checkout (`change/undo.py`); returns each mutant's edit by its id.

    An id is the module, the function and a number, as mutmut and its variable MUTANT_UNDER_TEST have it. What is
    decorated (properties, context managers) and what stands outside of functions is not mutated.
    """
    planted = mutate_file_contents(name, file.read_text())
    file.write_text(planted.code.replace(IMPORT, ALONE, 1))
    lines = planted.code.splitlines()
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    spans = planted.line_span_by_function_name
    return {f"{module}.{mutant}": edit(lines, spans, mutant) for mutant in planted.mutant_names}


def edit(lines: list[str], spans: Mapping[str, LineSpan], mutant: str) -> str:
    """`land: - if late: + if not late:`, the function's name and what its lines become: the same wherever it stands."""
    stem, _, _ = mutant.rpartition("_")
    old, new = (
        lines_of(lines[spans[each].start - 1 : spans[each].end], each, stem) for each in (f"{stem}_{ORIGINAL}", mutant)
    )
    changes = [
        f"{line[0]} {line[1:].strip()}"
        for line in difflib.unified_diff(old, new, n=0, lineterm="")
        if line[0] in "+-" and not line.startswith(("---", "+++"))
    ]
    return f"{plain(stem)}: {' '.join(changes)}"


def lines_of(function: list[str], name: str, stem: str) -> list[str]:
    """With the function's own name, which mutmut changed in each copy."""
    return [line.replace(f"def {name}(", f"def {plain(stem)}(") for line in function]


def plain(stem: str) -> str:
    """`x_land__mutmut` is land, `xǁLocksǁtake__mutmut` is Locks.take."""
    return stem.removesuffix("__mutmut").removeprefix("x").lstrip("_ǁ").replace("ǁ", ".")
