"""How much of change/ the tests hold: mutmut plants one fault at a time, and what no test notices survives.

    python -m tools.mutants [FILE ...]      files of change/; all of them where none is named

Prints, for each file, how many mutants there were and which survived; `mutmut show NAME` in the folder that is named
shows one. A file's result is kept under GOVNET_CACHE by the digest of the file and of all tests of change/, so that
only what changed is tried again. It works on a copy, and leaves the checkout alone. mutmut does not
mutate what is decorated (properties, context managers) nor what is outside of functions.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = Path(os.environ.get("GOVNET_CACHE", "/var/cache/govnet")) / "mutants"
TESTS = ("tests/change",)
ROOMS = ("inventory", "network", "deploys", "lab", "tools")
"""What the tests read beside change/."""
LONG = (
    "--ignore=tests/change/test_kill.py",
    "--ignore=tests/change/test_faults.py",
    "--ignore=tests/change/test_phases.py",
    "--deselect=tests/change/test_crash.py::test_resume_is_killed_too_and_resumed",
    "--deselect=tests/change/test_crash.py::test_killed_anywhere_then_resumed",
    "--deselect=tests/change/test_crash.py::test_killed_twice_among_faults_and_threads",
)
"""What takes too long to be asked of each mutant; a mutant that only these notice counts as a survivor."""
KILLED = frozenset({1, 3, -24, 24, 36, 152})
"""mutmut's statuses of a test that failed, an error of pytest, and a time that ran out."""

CONFIG = """\
[tool.pytest.ini_options]
addopts = "--import-mode=importlib -q --strict-markers -p no:cacheprovider"
pythonpath = ["."]
markers = ["twin: needs machines", "prove: long"]

[tool.mutmut]
source_paths = ["change/"]
only_mutate = {files}
also_copy = {rooms}
pytest_add_cli_args_test_selection = {selection}
"""


def digest(file: str) -> str:
    """Of the file and of every test."""
    found = hashlib.sha256((ROOT / file).read_bytes())
    for folder in TESTS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()


def tried(files: Sequence[str], folder: Path) -> dict[str, dict[str, int]]:
    """By file, the exit status of each mutant. Raises CalledProcessError where mutmut itself fails."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("change", *ROOMS, *TESTS):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    selection = [*TESTS, "-m", "not prove and not twin", *LONG]
    text = CONFIG.format(files=json.dumps(files), rooms=json.dumps(ROOMS), selection=json.dumps(selection))
    (folder / "pyproject.toml").write_text(text)
    subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "1"], cwd=folder, check=True)
    metas = {name: folder / "mutants" / f"{name}.meta" for name in files}
    return {
        name: json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {} for name, meta in metas.items()
    }


def results(files: Sequence[str], folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Those that are kept, and then those that must be tried."""
    kept = {name: CACHE / f"{digest(name)}.json" for name in files}
    missing = [name for name in files if not kept[name].exists()]
    for name, statuses in (tried(missing, folder) if missing else {}).items():
        kept[name].parent.mkdir(parents=True, exist_ok=True)
        kept[name].write_text(json.dumps(statuses))
    for name in files:
        yield name, json.loads(kept[name].read_text())


def main(names: Sequence[str]) -> int:
    files = list(names) or sorted(str(path.relative_to(ROOT)) for path in (ROOT / "change").rglob("*.py"))
    folder = CACHE / "tree"
    number = killed = 0
    for name, statuses in results(files, folder):
        lives = sorted(mutant for mutant, status in statuses.items() if status not in KILLED)
        number, killed = number + len(statuses), killed + len(statuses) - len(lives)
        print(f"{name}: {len(statuses)} mutants, {len(lives)} survive")
        print("".join(f"    {mutant}\n" for mutant in lives), end="")
    print(f"{killed} of {number} killed; the tree is {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
