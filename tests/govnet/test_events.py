"""With --json an apply tells an event a line, and its document last; who reads them decides nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.change.test_kill import DISTANCES, make_world
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import pin_and_approve

PHASES = ["intent", "armed", "trying", "tried", "holding", "verified", "confirming", "confirmed", "outcome"]


def govnet(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", GOVNET, str(folder), *words, "--state", str(folder / "state"), "--json"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_each_phase_is_a_line_and_the_document_the_last(folder: Path) -> None:
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    done = govnet(folder, "apply", str(folder / "plan"))
    assert done.returncode == 0, done.stderr
    *events, document = [json.loads(line) for line in done.stdout.splitlines()]
    assert all({"event", "at", "plan"} <= event.keys() for event in events)
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    for name in DISTANCES:
        mine = [event["event"] for event in events if event.get("target") == name]
        assert [phase for phase in mine if phase in PHASES] == PHASES
    assert events[0]["event"] == "plan-started" and events[0]["targets"] == len(DISTANCES)
    assert [event["wave"] for event in events if event["event"] == "wave-ended"] == [1, 2]
    assert events[-1] == {**events[-1], "event": "plan-ended", "status": 0}
    assert {result["plan"] for result in document["results"]} == {events[0]["plan"]}
    assert "event" not in document
    assert "all" in done.stderr, "people are told beside"


def test_a_refusal_is_one_line(folder: Path) -> None:
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    govnet(folder, "apply", str(folder / "plan"))
    done = govnet(folder, "apply", str(folder / "plan"))
    assert done.returncode == 3
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["status"] == 3


@pytest.mark.parametrize("lines", [0, 1, 5])
def test_a_reader_who_leaves_after_some_lines_ends_nothing(folder: Path, lines: int) -> None:
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    command = [sys.executable, "-c", GOVNET, str(folder), "apply", str(folder / "plan"), "--json",
               "--state", str(folder / "state")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None and running.stderr is not None
        for _ in range(lines):
            running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode == 0, said
    assert "Confirmed, and stands: 3 of 3 targets" in said and "Traceback" not in said
