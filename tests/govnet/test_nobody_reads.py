"""Whoever reads what govnet prints may leave, and the disk of its log may be full: no change ends by that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.journal import Journal
from tests.change.fake_file_box import targets_in
from tests.change.fake_terminal import run_until_lost
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import pin_and_approve


def govnet(folder: Path, stdout: int, *words: str) -> tuple[int, str]:
    """The exit status, and what stood on stderr."""
    command = [sys.executable, "-c", GOVNET, str(folder), *words, "--state", str(folder / "state")]
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    return done.returncode, done.stderr


@pytest.fixture
def plan(folder: Path) -> str:
    """Of three boxes that are as they were."""
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    return str(folder / "plan")


@pytest.fixture
def left() -> int:
    """The writing end of a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def all_is_done(folder: Path) -> bool:
    journal = Journal(folder / "state" / "journal.sqlite", SystemClock())
    confirmed = {entry.target for entry in journal.entries() if entry.outcome == "confirmed"}
    return journal.open_plans() == () and confirmed == set(targets_in(folder))


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_an_apply_whose_reader_left_is_applied_to_the_end(
    folder: Path, plan: str, left: int, more: tuple[str, ...]
) -> None:
    with os.fdopen(left, "w"):
        status, said = govnet(folder, left, "apply", plan, *more)
    assert all_is_done(folder)
    assert status == 0, said


def test_an_apply_whose_log_is_full_is_applied_to_the_end_and_a_person_must_look(folder: Path, plan: str) -> None:
    """Nobody was told how it ended: that is no good end, and no bad input either."""
    with Path("/dev/full").open("w") as full:
        status, said = govnet(folder, full.fileno(), "apply", plan)
    assert all_is_done(folder)
    assert status == 5
    assert "No space left on device" in said and "govnet journal" in said


def test_a_plan_that_is_shown_to_a_reader_who_left_is_no_bad_input(folder: Path, plan: str, left: int) -> None:
    with os.fdopen(left, "w"):
        assert govnet(folder, left, "show", plan) == (0, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_as_good_as_no_reader(folder: Path, plan: str, closed: str) -> None:
    command = f'exec "$0" -c "$1" {folder} apply {plan} --state {folder}/state {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable, GOVNET], cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, all_is_done(folder)) == (0, True)


def test_an_apply_whose_terminal_is_gone_is_applied_to_the_end(folder: Path, plan: str) -> None:
    near, far = os.openpty()
    command = [sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", str(folder / "state")]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=far, stderr=far, cwd=ROOT) as applying:
        os.close(far)
        sent = b""
        while b"Applying sha256:" not in sent:
            sent += os.read(near, 4096)
        os.close(near)
    assert (applying.returncode, all_is_done(folder)) == (5, True)


def test_an_apply_that_lost_its_terminal_is_paused_and_listed_and_goes_on(folder: Path, plan: str) -> None:
    """It ends with the status of a pause, and not with that of a terminal that cannot be written to."""
    command = [sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", str(folder / "state")]
    status = run_until_lost(command, ROOT, b"Wave 1 of 2")
    journal = Journal(folder / "state" / "journal.sqlite", SystemClock())
    (paused,) = journal.paused_plans()
    done = {entry.target for entry in journal.entries() if entry.outcome == "confirmed"}
    assert (status, done) == (4, {"far"})
    with (folder / "out").open("w+") as out:
        assert govnet(folder, out.fileno(), "status")[0] == 0
        assert govnet(folder, out.fileno(), "resume")[0] == 0
        out.seek(0)
        told = out.read()
    listed, _, resumed = told.partition("Nothing is open.\n")
    assert listed.count(f"Paused change\n  {paused}\n") == 1 and "1 of 3 targets ended, 1 confirmed" in listed
    assert resumed.startswith(f"Paused change\n  {paused}\n  - When a window is open")
    assert max(len(line) for line in told.splitlines()) <= 80
    assert govnet(folder, subprocess.DEVNULL, "apply", plan)[0] == 0
    assert all_is_done(folder)


def test_a_paused_change_is_given_up_by_its_digest(folder: Path, plan: str) -> None:
    command = [sys.executable, "-c", GOVNET, str(folder), "apply", plan, "--state", str(folder / "state")]
    run_until_lost(command, ROOT, b"Wave 1 of 2")
    journal = Journal(folder / "state" / "journal.sqlite", SystemClock())
    (paused,) = journal.paused_plans()
    assert govnet(folder, subprocess.DEVNULL, "resume", "--give-up", paused[:20])[0] == 3
    assert govnet(folder, subprocess.DEVNULL, "resume", "--give-up", paused)[0] == 4
    assert (journal.paused_plans(), journal.open_plans()) == ((), ())
    assert govnet(folder, subprocess.DEVNULL, "apply", plan)[0] == 3
