"""A sealed plan by its verb: on the terminal in either language, and as a report from one document."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from change.plan import digest, seal
from lab.people import AUTHOR, REVIEWERS
from tests.change.test_kill import make_world
from tests.signed import approve, pin

GOVNET = str(Path(sys.executable).parent / "govnet")


def show(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GOVNET, "show", *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("lang", "says"), [("en", "What it touches"), ("sw", "Kinachoguswa")])
def test_a_plan_is_shown_in_the_language_asked_for(folder: Path, lang: str, says: str) -> None:
    made = make_world(folder)
    done = show(str(folder / "plan"), "--lang", lang)
    assert (done.returncode, done.stderr) == (0, "")
    assert says in done.stdout
    assert done.stdout.splitlines()[-1].endswith(digest(made))
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_plan_is_shown_without_an_inventory(folder: Path) -> None:
    made = make_world(folder)
    done = show(str(folder / "plan"), "--inventory", str(folder / "none"))
    assert (done.returncode, done.stderr) == (0, "")
    assert digest(made) in done.stdout


def test_a_report_stands_beside_its_document(folder: Path) -> None:
    made = make_world(folder)
    done = show(str(folder / "plan"), "-o", str(folder / "out"), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    name = f"plan-{digest(made).removeprefix('sha256:')[:12]}"
    files = [f"{name}.{end}" for end in ("json", "en.html", "en.pdf", "sw.html", "sw.pdf")]
    assert [Path(path).name for path in told["files"]] == files
    content = (folder / "out" / files[0]).read_bytes()
    assert told["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert json.loads(content)["plan"] == made.model_dump(mode="json")


@pytest.fixture
def ours(folder: Path) -> Path:
    """A plan of the world of this jump host, sealed and not yet signed."""
    made = make_world(folder)
    source = made.source.model_copy(update={"world": "demo"})
    ours = made.model_copy(update={"source": source, "author": AUTHOR})
    (folder / "plan").write_bytes(seal(ours))
    pin(folder / "state")
    return folder


def shown(folder: Path) -> str:
    done = show(str(folder / "plan"), "--inventory", "inventory/demo", "--state", str(folder / "state"))
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_who_has_signed_and_what_is_still_needed_is_shown(ours: Path) -> None:
    assert "Nobody has signed it." in shown(ours) and "Still needed: 1 × reviewer" in shown(ours)
    approve(ours / "state", ours / "plan")
    text = shown(ours)
    assert "Enough have signed it." in text, text
    assert "Still needed" not in text
    assert f"{REVIEWERS[0]} (reviewer), " in text


def test_when_it_may_begin_is_shown(ours: Path) -> None:
    assert re.search(r"When \(as of [^)]+\) wave 1, 2: may begin ", shown(ours))


def test_a_changed_plan_is_no_report(folder: Path) -> None:
    make_world(folder)
    content = bytearray((folder / "plan").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "plan").write_bytes(content)
    done = show(str(folder / "plan"), "-o", str(folder / "out"))
    assert done.returncode == 3 and "Refused:" in done.stderr
    assert not (folder / "out").exists()
