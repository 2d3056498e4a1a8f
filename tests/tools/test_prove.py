"""`make prove`: every long form has its turn, each is told, and none keeps the others waiting for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools.prove import MACHINES, NO_MACHINES, Proof, bound_s, prove

MARK = "pytest.mark." + "prove"


def proof(title: str, program: str, limit_s: float = 20.0) -> Proof:
    return Proof(title, limit_s, (sys.executable, "-c", program))


def test_every_file_with_a_long_form_has_its_turn_once() -> None:
    marked = [str(path) for path in Path("tests").rglob("test_*.py") if MARK in path.read_text()]
    taken = [word for one in (*MACHINES, *NO_MACHINES) for word in one.command if word.endswith(".py")]
    assert sorted(taken) == sorted(marked)


def test_what_needs_machines_is_in_their_lane_and_nothing_else() -> None:
    def needs_them(file: str) -> bool:
        return "pytest.mark.twin" in Path(file).read_text()

    assert all(needs_them(word) for one in MACHINES for word in one.command if word.endswith(".py"))
    assert not any(needs_them(word) for one in NO_MACHINES for word in one.command if word.endswith(".py"))


def test_lanes_go_side_by_side_and_what_fails_is_told_with_what_it_said() -> None:
    said: list[str] = []
    lanes = (
        [proof("one", "print('forty cut off')"), proof("two", "print('oh'); raise SystemExit(3)")],
        [proof("three", "print('fifty')")],
    )
    failed = prove(lanes, said.append, threading.Event())
    assert [one.title for one in failed] == ["two"]
    assert {text for text in said if text.startswith("begins")} == {
        f"begins: {title} (at most 0 min)" for title in ("one", "two", "three")
    }
    ends = {text.splitlines()[0].split("s: ")[1]: text for text in said if " after " in text}
    assert ends["one"].startswith("holds") and ends["one"].endswith("\nforty cut off\n")
    assert ends["two"].startswith("FAILED (3)") and "\noh\n" in ends["two"]
    assert "1 failed\n  two" in said[-1]


def test_one_that_never_ends_is_ended_cleanly_and_the_next_has_its_turn(tmp_path: Path) -> None:
    tidied = tmp_path / "tidied"
    endless = f"""
import pathlib, time
try:
    time.sleep(600)
finally:
    pathlib.Path({str(tidied)!r}).touch()
"""
    said: list[str] = []
    failed = prove([[proof("endless", endless, 1.0), proof("next", "")]], said.append, threading.Event())
    assert [one.title for one in failed] == ["endless"]
    assert tidied.exists()
    assert said[-1].startswith("1 failed") and any(text.startswith("holds") for text in said)


def test_a_person_who_stops_it_waits_for_nothing_more() -> None:
    stop = threading.Event()

    def say(text: str) -> None:
        if text.startswith("begins: endless"):
            stop.set()

    failed = prove([[proof("endless", "import time; time.sleep(600)"), proof("next", "")]], say, stop)
    assert [one.title for one in failed] == ["endless", "next"]


def test_the_whole_is_bounded() -> None:
    assert bound_s((MACHINES, NO_MACHINES)) <= 3.5 * 3600


@pytest.mark.parametrize("lane", [MACHINES, NO_MACHINES])
def test_the_short_ones_are_first(lane: tuple[Proof, ...]) -> None:
    assert [one.limit_s for one in lane] == sorted(one.limit_s for one in lane)


def test_it_is_what_make_prove_runs_after_all_other_tests() -> None:
    told = subprocess.run(["make", "-n", "prove"], capture_output=True, text=True, check=True).stdout
    assert told.index('tests/run.sh "and not prove"') < told.index("tests/prove.sh")
    assert "tools.prove" in Path("tests/prove.sh").read_text()
