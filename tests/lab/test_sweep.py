"""What a dead run left is told from what is up on purpose, and taken down; the leak check passes over the rest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import claims, remains
from lab.claims import OWNER
from lab.leaks import beyond, leaks
from lab.names import Lab
from lab.sweep import sweep
from stacks.nspawn import cgroups


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No lab of this host but the test's own is known."""
    monkeypatch.setattr(claims, "NOTES", tmp_path / "notes")
    monkeypatch.delenv(OWNER)
    return tmp_path / "notes"


def made(folder: Path) -> Lab:
    """A lab's folder; only the claim of it is made."""
    folder.mkdir()
    claims.claim(Lab(folder))
    return Lab(folder)


def ended() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        return process.pid


def test_a_lab_is_forsaken_when_the_process_that_it_is_there_for_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as run:
        monkeypatch.setenv(OWNER, str(run.pid))
        made(tmp_path / "state")
        assert not next(claims.claims()).forsaken
        run.kill()
        os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOWAIT)
        assert next(claims.claims()).forsaken, "a process that nobody has waited for has ended too"
    assert next(claims.claims()).forsaken


def test_another_process_with_the_same_id_is_not_the_one(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OWNER, str(os.getpid()))
    lab = made(tmp_path / "state")
    assert not next(claims.claims()).forsaken
    note = notes / lab.name
    note.write_text(json.dumps({**json.loads(note.read_text()), "began": "1"}))
    assert next(claims.claims()).forsaken


def test_a_lab_that_was_claimed_for_a_process_that_had_ended_is_forsaken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OWNER, str(ended()))
    made(tmp_path / "state")
    assert next(claims.claims()).forsaken


def test_a_lab_that_a_person_brought_up_stays_as_long_as_its_folder(tmp_path: Path) -> None:
    lab = made(tmp_path / "state")
    assert not next(claims.claims()).forsaken
    shutil.rmtree(lab.folder)
    assert next(claims.claims()).forsaken


LEAVES = """
import os, signal, subprocess, sys
from pathlib import Path
from lab import claims, namespaces
from lab.names import Lab
from stacks.nspawn import cgroups

claims.NOTES = Path(sys.argv[2])
if sys.argv[3] == "owned":
    os.environ[claims.OWNER] = str(os.getpid())
lab = Lab(Path(sys.argv[1]))
lab.disks.mkdir(parents=True)
claims.claim(lab)
namespaces.batch([f"netns add {lab.of('core-1')}"])
groups = cgroups.make(f"{lab.name}/core-1")
machine = subprocess.Popen(["sleep", "1000"], start_new_session=True, stdout=subprocess.DEVNULL)
for group in groups:
    group.write_text(str(machine.pid))
os.kill(os.getpid(), signal.SIGKILL)
"""


def left(folder: Path, notes: Path, how: str) -> Lab:
    """What a run that was killed has left: a namespace, its mount, a control group and a process in it."""
    done = subprocess.run([sys.executable, "-c", LEAVES, str(folder), str(notes), how], check=False, cwd=os.getcwd())
    assert done.returncode < 0
    return Lab(folder)


@pytest.fixture
def two(tmp_path: Path, notes: Path) -> Iterator[tuple[Lab, Lab]]:
    """Of two runs that have ended: one lab was there for its run, the other was to stay."""
    labs = (left(tmp_path / "run", notes, "owned"), left(tmp_path / "stays", notes, "free"))
    try:
        yield labs
    finally:
        for lab in labs:
            remains.remove(lab)


@pytest.mark.twin
def test_what_a_killed_run_left_is_taken_down_and_a_lab_that_is_up_on_purpose_is_not_touched(
    two: tuple[Lab, Lab], notes: Path
) -> None:
    dead, stays = two
    before = leaks(stays.name)
    for kind in ("control group", "1 processes", "network namespace", "mount"):
        assert any(line.startswith(kind) for line in leaks(dead.name)), kind
    assert tuple(sweep()) == (dead,)
    assert leaks(dead.name) == ()
    assert not dead.disks.exists()
    assert leaks(stays.name) == before
    assert len(cgroups.processes(stays.name)) == 1
    assert [path.name for path in notes.iterdir()] == [stays.name]
    assert tuple(sweep()) == ()


@pytest.mark.twin
def test_the_leak_check_tells_what_a_run_left_and_passes_over_what_stood_before_or_is_wanted(
    two: tuple[Lab, Lab],
) -> None:
    dead, stays = two
    found = beyond([])
    assert [line for line in found if dead.name in line] == list(leaks(dead.name))
    assert not [line for line in found if stays.name in line]
    assert not [line for line in beyond([dead.name]) if dead.name in line]
    claims.release(stays)
    assert [line for line in beyond([]) if stays.name in line], "what nobody claimed is left behind"
    assert not [line for line in beyond([stays.name]) if stays.name in line]
