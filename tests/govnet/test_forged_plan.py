"""A plan with a harmless diff and other commands behind it, sealed by hand, signed by all: the program refuses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from change.plan import seal, unseal
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import approve, pin

PLACE = ("--inventory", str(ROOT / "inventory" / "demo"))


def govnet(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", GOVNET, str(folder), *words, *PLACE, "--state", str(folder / "state")]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


@pytest.mark.parametrize("field", ["payload", "inverse"])
def test_signed_by_all_it_is_refused_and_no_box_hears_of_it(folder: Path, field: str) -> None:
    make_world(folder)
    plan = folder / "state" / "all.plan"
    assert govnet(folder, "plan", "all", "-o", str(plan), "--as", "asha").returncode == 10
    made = unseal(plan.read_bytes())
    first, *others = made.steps
    forged = made.model_copy(update={"steps": (first.model_copy(update={field: "rubble"}), *others)})
    plan.write_bytes(seal(forged))
    pin(folder / "state")
    approve(folder / "state", plan)
    done = govnet(folder, "apply", str(plan))
    part = {"payload": "other commands", "inverse": "another way back"}[field]
    said = " ".join(done.stdout.split())
    assert done.returncode == 3, done.stderr
    assert f"{first.target} govnet itself makes {part} of its lines; this plan was altered" in said
    assert "make a new plan" in said
    for step in made.steps:
        box = json.loads((folder / f"{step.target}.json").read_text())
        assert box == {"content": "old", "records": {}}
