"""The evidence report by its verb: changes of the journal, and the files that were kept beside it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.evidence import Evidence, gather
from change.journal import Journal
from change.plan import digest
from govnet.report.change_document import ChangeDocument, change_document, summed
from govnet.report.document import document_bytes
from inventory.load import load
from tests.change.fake_world import FakeWorld
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET as PRETENDED
from tests.govnet.pretended import ROOT
from tests.signed import pin_and_approve

GOVNET = str(Path(sys.executable).parent / "govnet")
LOG = b"2026-11-24T03:04:05.678Z necta.govnet.example 200 12 ms\n"


def evidence(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [GOVNET, "evidence", *words, "--inventory", "inventory/demo", "--state", str(state)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_report_names_what_lies_in_the_folder_of_evidence(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", SystemClock())
    made = FakeWorld(tmp_path, {"near": 1}).plan()
    journal.open_plan(made)
    journal.close()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "asked.log").write_bytes(LOG)
    done = evidence(tmp_path, digest(made))
    assert done.returncode == 0, done.stderr
    name = f"change-{digest(made).removeprefix('sha256:')[:12]}"
    document = (tmp_path / "reports" / f"{name}.json").read_text()
    assert json.loads(document)["attachments"] == [
        {"name": "asked.log", "octets": len(LOG), "lines": 1, "digest": f"sha256:{hashlib.sha256(LOG).hexdigest()}"}
    ]
    assert str(tmp_path) not in document
    for code in ("en", "sw"):
        assert hashlib.sha256(LOG).hexdigest() in (tmp_path / "reports" / f"{name}.{code}.html").read_text()


@pytest.fixture
def reported(folder: Path) -> Path:
    """The document of a change that was signed, applied and confirmed."""
    made = make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    command = [sys.executable, "-c", PRETENDED, str(folder), "apply", str(folder / "plan")]
    done = subprocess.run([*command, "--state", str(folder / "state")], capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    journal = Journal(folder / "state" / "journal.sqlite", SystemClock())
    document = change_document(load(Path("inventory/demo")), gather(journal, (digest(made),)), ())
    (folder / "changes.json").write_bytes(document_bytes(document))
    return folder / "changes.json"


def edited(reported: Path, edit: Callable[[Evidence], Evidence]) -> None:
    """By who makes everything else fit again."""
    document = ChangeDocument.model_validate_json(reported.read_bytes())
    (change,) = document.changes
    reported.write_bytes(document_bytes(summed(document.model_copy(update={"changes": (edit(change),)}))))


def verify(*words: str) -> subprocess.CompletedProcess[str]:
    command = [GOVNET, "evidence", "verify", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")


def test_a_report_is_verified_from_its_file_alone(reported: Path) -> None:
    done = verify(str(reported))
    assert (done.returncode, done.stderr) == (0, "")
    assert "It holds: 1 change, " in done.stdout
    head = done.stdout.partition("The head is ")[2].partition(": compare")[0]
    assert verify(str(reported), "--head", head).returncode == 0
    done = verify(str(reported), "--head", f"{head.partition(':')[0]}:sha256:{'0' * 64}")
    assert done.returncode == 5 and "against the head that you kept" in done.stdout
    assert verify(str(reported), "--head", "12").returncode == 2


def test_an_edited_report_ends_with_5_and_each_problem_in_a_sentence(reported: Path) -> None:
    reported.write_text(reported.read_text().replace("asha", "juma"))
    done = verify(str(reported), "--json")
    assert done.returncode == 5
    problems = json.loads(done.stdout)["problems"]
    assert "change 1: the plan was edited: its digest is" in "\n".join(problems)
    assert f"does not hold: {len(problems)} problems." in done.stderr
    assert all(problem in done.stderr for problem in problems)


def test_signatures_are_checked_again_and_counted_by_the_policy(reported: Path) -> None:
    done = verify(str(reported), "--json")
    assert json.loads(done.stdout)["problems"] == []
    signed = ChangeDocument.model_validate_json(reported.read_bytes()).changes[0].papers
    assert f"{len(signed)} signatures checked" in done.stderr and len(signed) > 1

    def forged(change: Evidence) -> Evidence:
        first, second, *rest = change.papers
        swapped = first.model_copy(update={"signature": second.signature})
        return change.model_copy(update={"papers": (swapped, second, *rest)})

    edited(reported, forged)
    problems = json.loads(verify(str(reported), "--json").stdout)["problems"]
    assert any("a signature does not count" in problem for problem in problems)


def test_what_was_sent_without_a_signature_is_told(reported: Path) -> None:
    edited(reported, lambda change: change.model_copy(update={"papers": ()}))
    problems = json.loads(verify(str(reported), "--json").stdout)["problems"]
    assert "change 1: something was sent, and the journal has no signature for it" in problems


def test_a_file_that_is_not_there_is_bad_input() -> None:
    assert verify("no-such-file.json").returncode == 2


def test_a_plan_that_the_journal_does_not_know_is_bad_input(reported: Path) -> None:
    done = evidence(reported.parent / "state", f"sha256:{'0' * 64}")
    assert done.returncode == 2 and "the journal holds no plan" in done.stderr
