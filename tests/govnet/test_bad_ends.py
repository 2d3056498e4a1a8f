"""A program that asked for --json gets one document, however the verb ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from govnet.endings import End, ending
from govnet.status import Ended, Status
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET as PRETENDED
from tests.govnet.pretended import ROOT
from tests.signed import pin_and_approve

GOVNET = str(Path(sys.executable).parent / "govnet")


def document(*command: str) -> tuple[int, dict[str, object]]:
    """The exit status, and the document of stdout, which is its last line."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert done.stderr
    return done.returncode, found


def test_every_problem_of_a_bad_world_is_in_the_document_with_its_place_and_its_fix(tmp_path: Path) -> None:
    shutil.copytree("inventory/demo", tmp_path / "world")
    (tmp_path / "world" / "services.yaml").write_text(
        "services:\n  - {name: a, kind: fax}\n  - {name: x9, kind: mail, color: red}\n"
    )
    status, found = document(GOVNET, "check", "--inventory", str(tmp_path / "world"), "--json")
    assert (status, found["status"]) == (2, 2)
    problems = found["problems"]
    assert isinstance(problems, list)
    assert {(each["file"].rpartition("/")[2], each["line"]) for each in problems} >= {
        ("services.yaml", 2),
        ("services.yaml", 3),
    }
    assert all(each["what"] and each["fix"] for each in problems)


VERBS: tuple[tuple[str, ...], ...] = (
    ("plan", "--bogus"),
    ("drift", "no-such-device"),
    ("show", "no-such-file.plan"),
    ("apply", "no-such-file.plan"),
    ("approve", "no-such-file.plan", "--as", "juma"),
    ("review", "no-such-file.plan", "--as", "juma"),
    ("trust", "init", "no-such-file.yaml"),
    ("trust", "show"),
    ("journal",),
    ("journal", "--verify"),
    ("evidence",),
    ("poll", "--for", "5"),
    ("uptime", "--month", "november"),
    ("secrets", "list"),
    ("secrets", "rotate", "no-such-secret"),
    ("stack", "--", "pulumi", "up"),
    ("mirror", "build"),
    ("lab", "status"),
    ("lab", "exec", "core-1", "--", "true"),
    ("lab", "fault", "flood", "dr-kyela"),
    ("no-such-verb",),
)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_bad_end_of_any_verb_is_a_document(words: tuple[str, ...], tmp_path: Path) -> None:
    ours = words.index("--") if "--" in words else len(words)
    status, found = document(GOVNET, *words[:ours], "--json", "--state", str(tmp_path), *words[ours:])
    assert status != 0
    assert set(found) == {"status", "problems"}
    assert found["status"] == status
    problems = found["problems"]
    assert isinstance(problems, list) and problems
    assert all(isinstance(problem["what"], str) and problem["what"] for problem in problems)


def test_what_a_refused_plan_is_refused_for_are_problems_each(folder: Path) -> None:
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    words = (sys.executable, "-c", PRETENDED, str(folder), "apply", str(folder / "plan"))
    (folder / "distances").write_text('{"far": 3}')
    status, found = document(*words, "--state", str(folder / "state"), "--json")
    assert (status, found) == (
        3,
        {
            "status": 3,
            "problems": [
                {"what": "middle: today's inventory has no such target"},
                {"what": "near: today's inventory has no such target"},
            ],
        },
    )


def test_a_verb_that_gave_its_document_gives_no_other(folder: Path) -> None:
    """An apply of a plan whose base is gone: its own document has the outcomes, and its own status."""
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    words = (sys.executable, "-c", PRETENDED, str(folder), "apply", str(folder / "plan"))
    (folder / "far.json").write_text('{"content": "other", "records": {}}')
    status, found = document(*words, "--state", str(folder / "state"), "--json")
    assert (status, set(found)) == (3, {"results"})


def end_of(problem: BaseException) -> End:
    try:
        raise problem
    except BaseException as raised:  # noqa: BLE001  # any end is an end
        return ending(raised)


def whats(problems: tuple[Mapping[str, object], ...]) -> list[object]:
    return [problem["what"] for problem in problems]


def test_a_defect_of_ours_and_an_interruption_are_problems_too() -> None:
    defect = end_of(ZeroDivisionError("siri-kubwa"))
    assert defect.status is Status.DEFECT
    assert "siri" not in str(defect)
    assert "ZeroDivisionError in test_bad_ends.py" in str(whats(defect.problems))
    assert end_of(KeyboardInterrupt()).problems == ({"what": "Stopped. `govnet resume` ends what is open."},)


def test_a_file_that_could_not_be_had_is_named_apart() -> None:
    end = end_of(FileNotFoundError(2, "No such file or directory", "a.plan"))
    assert end == End(
        Status.BAD_INPUT,
        "a.plan: No such file or directory",
        ({"file": "a.plan", "what": "No such file or directory"},),
    )


def test_a_verb_that_said_all_itself_leaves_nothing_to_say() -> None:
    assert end_of(Ended(Status.DIFFERENCES)) == End(Status.DIFFERENCES, "", ())
