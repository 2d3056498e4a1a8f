"""The demonstration itself, end to end, as `make demo` runs it; it takes its own twin down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab import claims
from lab.demo import DemoFailed, clear
from lab.leaks import leaks
from lab.names import Lab


def test_what_an_earlier_demonstration_left_is_cleared_and_what_takes_time_to_make_is_kept(tmp_path: Path) -> None:
    kept = ("secrets/secrets.age", "host-keys/core-1", "authority.pem", "mirror/cache/a.deb", "promises/web-1.json")
    made = (
        *("journal.sqlite", "journal.sqlite-wal", "journal.sqlite.head", "world/world.yaml", "plans/first.plan"),
        *("stacks/dodoma-dc/state.json", "monitoring/states.sqlite", "reports/uptime-2026-10.en.pdf", "evidence/a.log"),
        *("people/asha", "people/trust.yaml", "trust/pin.json"),
    )
    for name in (*kept, *made):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    clear(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*kept, "lab/lock"}


def test_where_nothing_is_there_is_nothing_to_clear(tmp_path: Path) -> None:
    clear(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_what_no_demonstration_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").touch()
    with pytest.raises(DemoFailed, match="name another folder"):
        clear(tmp_path)
    assert (tmp_path / "journal.sqlite").exists()


def test_a_lab_that_is_still_wanted_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(claims.OWNER)  # nobody's in particular: it stays until somebody takes it down
    (tmp_path / "world").mkdir()
    claims.claim(Lab(tmp_path))
    try:
        with pytest.raises(DemoFailed, match="still wanted"):
            clear(tmp_path)
    finally:
        claims.release(Lab(tmp_path))
    assert (tmp_path / "world").is_dir()


@pytest.mark.twin
def test_the_demonstration_ends_well_and_names_its_reports_last(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "lab.demo", str(state)], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.count("byte for byte as before") == 3
    assert "institution chunya-dc: unreachable (link rr-mbeya--dr-chunya down)" in done.stdout
    assert "device dr-rungwe: down" not in done.stdout
    reports = sorted((state / "reports").glob("*"))
    assert len(reports) == 15
    paths = [path for path in reports if path.suffix != ".json"]
    assert done.stdout.splitlines()[-len(paths) :] == [f"  {path}" for path in paths]
    (uptime,) = (state / "reports").glob("uptime-*.json")
    rows = {row["uptime"]["subject"]["name"]: row["outages"] for row in json.loads(uptime.read_text())["institutions"]}
    assert rows["chunya-dc"] == 1
    assert rows["rungwe-dc"] == 0
    asked = (state / "evidence" / "web-sites-asked.log").read_text().splitlines()
    assert len(asked) > 100
    assert {line.split(" ")[2] for line in asked} == {"200"}
    (named_log,) = json.loads((state / "reports" / "changes.json").read_text())["attachments"]
    said = subprocess.check_output(["sha256sum", state / "evidence" / "web-sites-asked.log"], text=True).split()[0]
    assert (named_log["name"], named_log["digest"]) == ("web-sites-asked.log", f"sha256:{said}")
    for code in ("en", "sw"):
        page = (state / "reports" / f"changes.{code}.html").read_text()
        assert "web-sites-asked.log" in page
        assert f"sha256:{said}" in page
    assert leaks(Lab(state).name) == ()
