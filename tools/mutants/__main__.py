"""How much of change/ its tests hold: mutmut plants one fault at a time, and what no test notices survives.

    python -m tools.mutants [FILE ...]      files of change/; all of them where none is named

Ends with 1 where a mutant survives that `survivors.toml` does not list with its reason, or where fewer than 90 in a
hundred are killed. Each table of that file is a file of change/: its keys are reasons, their values the mutants, as
they are printed here. A file's result is kept under GOVNET_CACHE by the digest of the file and of all tests, and what
killed a mutant is tried first the next time. The checkout is left alone: all is done in a copy, and in namespaces
that end with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tools.mutants.hold import CLOCK
from tools.mutants.plant import plant

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("GOVNET_CACHE", "/var/cache/govnet")) / "mutants"
SURVIVORS = Path(__file__).with_name("survivors.toml")
ROOMS = ("change", "inventory", "network", "deploys", "lab", "tools", "tests", "pyproject.toml")
"""What the tests read."""
TESTS = ("tests/change", "tests/latch")
SHORT = (
    *("-m", "not prove and not twin"),
    *(
        f"--ignore=tests/change/test_{name}.py"
        for name in ("boundaries", "crash", "faults", "kill", "many", "model", "phases")
    ),
    "--ignore=tests/latch/test_kill.py",
)
"""Hundreds of runs in one test are not asked of each mutant: what only those notice counts as a survivor."""
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c")
"""With a /dev/shm of its own, which holds whatever a killed fork leaves."""
ENOUGH = 0.9


def main(names: Sequence[str]) -> int:
    files = list(names) or sorted(str(path.relative_to(ROOT)) for path in (ROOT / "change").rglob("*.py"))
    listed: dict[str, dict[str, list[str]]] = tomllib.loads(SURVIVORS.read_text())
    number = killed = unlisted = by_clock = 0
    for file, mutants in tried(files).items():
        lives = sorted({edit for edit, killer in mutants if not killer})
        known = {edit for edits in listed.get(file, {}).values() for edit in edits}
        number, killed = number + len(mutants), killed + sum(bool(killer) for _, killer in mutants)
        by_clock += sum(killer == CLOCK for _, killer in mutants)
        unlisted += len(set(lives) - known)
        print(f"{file}: {len(mutants)} mutants, {sum(not killer for _, killer in mutants)} survive")
        print("".join(f"    {edit}\n" for edit in lives if edit not in known), end="")
        print("".join(f"    is killed, or is no more: {edit}\n" for edit in sorted(known - set(lives))), end="")
    print(f"{killed} of {number} mutants killed, {by_clock} of them by the clock")
    print(f"{unlisted} survive without a reason in {SURVIVORS.name}")
    return 1 if unlisted or killed < ENOUGH * number else 0


def tried(files: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """By file: each mutant's edit, and the test that kills it. Those that are kept, and those that must be tried."""
    tests = digest(path for folder in TESTS for path in sorted((ROOT / folder).rglob("*.py")))
    kept = {file: CACHE / f"{digest([ROOT / file])}.json" for file in files}
    results = {file: json.loads(path.read_text()) for file, path in kept.items() if path.exists()}
    missing = [file for file in files if file not in results or results[file]["tests"] != tests]
    before = {mutant: killer for result in results.values() for mutant, (_, killer) in result["mutants"].items()}
    CACHE.mkdir(parents=True, exist_ok=True)
    for file, mutants in (run(missing, before) if missing else {}).items():
        results[file] = {"tests": tests, "mutants": mutants}
        kept[file].write_text(json.dumps(results[file]))
    return {file: [(edit, killer) for edit, killer in results[file]["mutants"].values()] for file in files}


def run(
    files: Sequence[str], before: Mapping[str, str], tests: Sequence[str] = TESTS
) -> dict[str, dict[str, tuple[str, str]]]:
    """By file, each mutant's edit and the test that kills it."""
    with tempfile.TemporaryDirectory(prefix="govnet-mutants-") as name:
        tree = Path(name)
        for room in ROOMS:
            copy(ROOT / room, tree / room)
        edits = {file: plant(tree / file, file) for file in files}
        killers = tree / "killers.json"
        killers.write_text(json.dumps({one: before.get(one, "") for mutants in edits.values() for one in mutants}))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tools.mutants.hold",
            f"--mutants={killers}",
            *SHORT,
            *tests,
        ]
        alone = [*ALONE, 'mount -t tmpfs tmpfs /dev/shm && exec "$@"', "sh", *command]
        subprocess.run(alone, cwd=tree, env=os.environ | {"TMPDIR": "/dev/shm"}, stdout=subprocess.DEVNULL, check=True)
        found: dict[str, str] = json.loads(killers.read_text())
    return {file: {one: (edit, found[one]) for one, edit in mutants.items()} for file, mutants in edits.items()}


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
