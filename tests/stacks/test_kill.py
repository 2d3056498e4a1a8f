"""A real `kill -9` of our process, of the engine or of the provider in the middle of an `up`, then a real resume."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.evidence import evidence
from change.journal import Journal
from change.locks import Locks
from change.model import Outcome
from change.plan import digest, unseal
from stacks.resources import Kind
from stacks.run_record import VARIABLE
from tests.stacks.apply_program import first, second, write_plan
from tests.stacks.world import step_of

ROOT = Path(__file__).parents[2]
WITHIN_S = 240.0
WEB_2 = (Kind.MACHINE, "web-2")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first estate stands and the plan to the second is sealed; each test takes a copy of it."""
    folder = tmp_path_factory.mktemp("built")
    first(folder).build()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Iterator[Path]:
    """The engine's record names no path, so that a copy is another stack just like it."""
    copied = tmp_path / "world"
    shutil.copytree(built, copied)
    write_plan(copied)
    yield copied
    assert processes_of(copied) == {}


def processes_of(folder: Path) -> dict[int, str]:
    """Engine and providers of this stack that run, by their environment: id to name."""
    found = {}
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"{VARIABLE}={folder}".encode() in (proc / "environ").read_bytes()
            name = (proc / "comm").read_text().strip()
        except OSError:
            continue
        if ours:
            found[int(proc.name)] = name
    return found


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not what():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def start(verb: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.stacks.apply_program", verb, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def ours(folder: Path, program: subprocess.Popen[str]) -> list[int]:
    return [program.pid]


def engine(folder: Path, program: subprocess.Popen[str]) -> list[int]:
    return [number for number, name in processes_of(folder).items() if name == "pulumi"]


def provider(folder: Path, program: subprocess.Popen[str]) -> list[int]:
    return [number for number, name in processes_of(folder).items() if name != "pulumi"]


def everybody(folder: Path, program: subprocess.Popen[str]) -> list[int]:
    return [*ours(folder, program), *processes_of(folder)]


Victim = Callable[[Path, "subprocess.Popen[str]"], list[int]]


MOMENTS = ("delete-web-1", "create-web-1", "update-web-2", "create-web-3", "delete-data-1")
OFTEN = {
    (ours, "delete-web-1"),
    (engine, "create-web-1"),
    (provider, "update-web-2"),
    (everybody, "create-web-3"),
}
"""Each victim once in every run of the tests; the rest of the square in make prove."""


def square() -> Iterator[object]:
    for victim in (ours, engine, provider, everybody):
        for moment in MOMENTS:
            marks = () if (victim, moment) in OFTEN else (pytest.mark.prove,)
            yield pytest.param(victim, moment, marks=marks, id=f"{victim.__name__}-{moment}")


@pytest.mark.parametrize(("victim", "moment"), tuple(square()))
def test_killed_in_the_middle_of_a_sub_step(folder: Path, victim: Victim, moment: str) -> None:
    backend = first(folder).backend
    base = backend.look()
    backend.stand_still_at(moment)
    with start("apply", folder) as program:
        wait_for(lambda: backend.stands_still_at(moment))
        numbers = victim(folder, program)
        assert numbers
        for number in numbers:
            os.kill(number, signal.SIGKILL)
        backend.go_on(moment)
        assert program.stdout is not None
        print(program.communicate(timeout=WITHIN_S)[0])
    finish(folder)
    assert outcome(folder) is Outcome.REVERTED
    assert backend.look() == base
    whole_again(folder)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        pytest.param("intent", Outcome.REFUSED, marks=pytest.mark.prove),
        pytest.param("armed", Outcome.REVERTED, marks=pytest.mark.prove),
        pytest.param("trying", Outcome.REVERTED, marks=pytest.mark.prove),
        ("tried", Outcome.REVERTED),
        ("confirming", Outcome.CONFIRMED),
        pytest.param("confirmed", Outcome.CONFIRMED, marks=pytest.mark.prove),
    ],
)
def test_killed_between_two_phases(folder: Path, moment: str, ends: Outcome) -> None:
    backend = first(folder).backend
    base = backend.look()
    with start("apply", folder) as program:
        assert program.stdout is not None
        for line in program.stdout:
            print(line, end="")
            if line.strip() == moment:
                os.kill(program.pid, signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL, f"it never came to {moment}"
    finish(folder)
    assert outcome(folder) is ends
    assert (backend.look() == base) is (ends is not Outcome.CONFIRMED)
    whole_again(folder)


@pytest.mark.prove
def test_killed_again_in_the_middle_of_going_back(folder: Path) -> None:
    backend = first(folder).backend
    base = backend.look()
    for moment in ("create-web-3", "update-web-2"):
        backend.stand_still_at(moment)
    with start("apply", folder) as program:
        wait_for(lambda: backend.stands_still_at("create-web-3") and backend.stands_still_at("update-web-2"))
        backend.go_on("update-web-2")
        wait_for(lambda: backend.look().by_key.get(WEB_2) not in (None, base.by_key[WEB_2]))
        os.kill(program.pid, signal.SIGKILL)
    backend.go_on("create-web-3")
    backend.stand_still_at("update-web-2")
    with start("resume", folder) as program:
        wait_for(lambda: backend.stands_still_at("update-web-2"))
        os.kill(program.pid, signal.SIGKILL)
    backend.go_on("update-web-2")
    finish(folder)
    assert outcome(folder) is Outcome.REVERTED
    assert backend.look() == base
    whole_again(folder)
    takes_the_next_change(folder)


def finish(folder: Path) -> None:
    """Resume, as an engineer would, whether or not anything is open."""
    with start("resume", folder) as program:
        try:
            print(program.communicate(timeout=WITHIN_S)[0])
        except subprocess.TimeoutExpired:
            program.kill()
            raise
    assert program.returncode == 0


def outcome(folder: Path) -> Outcome | None:
    plan = digest(unseal((folder / "plan").read_bytes()))
    journal = Journal(folder / "journal.db", SystemClock())
    try:
        assert journal.verify() == ()
        assert Locks(journal.store, SystemClock()).held() == ()
        found = evidence(journal, plan)
        assert found.closed is not None
        return found.steps[0].outcome
    finally:
        journal.close()


def whole_again(folder: Path) -> None:
    """Nothing half made, nothing set aside, no lock; and the engine agrees with the next plan."""
    world = second(folder)
    assert world.backend.half_made() == ()
    assert not list((world.backend.folder / "aside").iterdir())
    assert not list(folder.glob("stacks/*/state/.pulumi/locks/**/*.json"))
    world.target().preview()


def takes_the_next_change(folder: Path) -> None:
    world = second(folder)
    world.apply(step_of(world.target(), "again"))
    assert world.target().preview() is None
