"""The evidence report by its verb: changes of the journal, and the files that were kept beside it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from change.clock import SystemClock
from change.journal import Journal
from tests.change.fake_world import FakeWorld

GOVNET = str(Path(sys.executable).parent / "govnet")
LOG = b"2026-11-24T03:04:05.678Z necta.govnet.example 200 12 ms\n"


def evidence(state: Path) -> subprocess.CompletedProcess[str]:
    words = [GOVNET, "evidence", "--inventory", "inventory/demo", "--state", str(state)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_the_report_names_what_lies_in_the_folder_of_evidence(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", SystemClock())
    journal.open_plan(FakeWorld(tmp_path, {"near": 1}).plan())
    journal.close()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "asked.log").write_bytes(LOG)
    done = evidence(tmp_path)
    assert done.returncode == 0, done.stderr
    document = (tmp_path / "reports" / "changes.json").read_text()
    assert json.loads(document)["attachments"] == [
        {"name": "asked.log", "octets": len(LOG), "lines": 1, "digest": f"sha256:{hashlib.sha256(LOG).hexdigest()}"}
    ]
    assert str(tmp_path) not in document
    for code in ("en", "sw"):
        assert hashlib.sha256(LOG).hexdigest() in (tmp_path / "reports" / f"changes.{code}.html").read_text()
