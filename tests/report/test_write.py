"""Reports as files: the same bytes from the same document, in any process; fonts pinned; nothing half-written."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from govnet.report.document import document_digest
from govnet.report.write import write_report
from tests.report.pdf import streams, texts

MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import samples
from govnet.report.write import write_reports
if __name__ == "__main__":
    documents = {"topology": samples.topology(), "uptime": samples.uptime(), "change": samples.change()}
    documents["plan"] = samples.plan_report()
    for path in write_reports(documents, Path(sys.argv[1])):
        print(path.name)
"""


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sample reports, written by two processes with different hash seeds, locales and time zones."""
    script = tmp_path_factory.mktemp("script") / "make.py"
    script.write_text(MAKE)
    folders = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        folder = tmp_path_factory.mktemp(f"seed-{seed}")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": seed}
        command = [sys.executable, str(script), str(folder), str(Path(__file__).parent)]
        subprocess.run(command, check=True, env=environment, capture_output=True, timeout=120)
        folders.append(folder)
    return folders[0], folders[1]


def test_the_same_document_gives_the_same_bytes_in_any_process(two_runs: tuple[Path, Path]) -> None:
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in two_runs)
    names = [f"{name}.{end}" for name in ("topology", "uptime", "change", "plan") for end in
             ("json", "en.html", "en.pdf", "sw.html", "sw.pdf")]  # fmt: skip
    assert sorted(one) == sorted(names), "and nothing half-written is left"
    assert [name for name in names if one[name] != two[name]] == []


def test_a_report_names_the_digest_of_the_file_beside_it(two_runs: tuple[Path, Path], samples: ModuleType) -> None:
    folder = two_runs[0]
    digest = "sha256:" + hashlib.sha256((folder / "topology.json").read_bytes()).hexdigest()
    assert digest == document_digest(samples.topology())
    assert digest in (folder / "topology.sw.html").read_text()


def test_a_pdf_embeds_its_own_fonts_only_and_its_dates_are_the_evidence(two_runs: tuple[Path, Path]) -> None:
    for path in two_runs[0].glob("*.pdf"):
        content = path.read_bytes()
        inside = content + b"".join(streams(content))
        faces = {name.decode() for name in re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([\w-]+)", inside)}
        assert faces, path.name
        assert all(face.startswith(("Open-Sans", "DejaVu-Sans")) for face in faces), faces
        assert re.search(rb"2026-11-23T0[34]:0\d:\d\d", inside), "the moment of the evidence, not of the printing"


def test_what_a_pdf_shows_can_be_read_back(two_runs: tuple[Path, Path]) -> None:
    """So that a search in one for what must not be there would find it."""
    shown = texts((two_runs[0] / "topology.en.pdf").read_bytes())
    digest = hashlib.sha256((two_runs[0] / "topology.json").read_bytes()).hexdigest()
    assert any(f"sha256:{digest}" in text for text in shown)


def test_writing_again_replaces_and_returns_the_paths_in_order(tmp_path: Path, samples: ModuleType) -> None:
    (tmp_path / "october.en.pdf").write_text("old")
    told: list[Path] = []
    paths = write_report(samples.change(), tmp_path, "october", told.append)
    assert [path.name for path in paths] == [
        "october.json", "october.en.html", "october.en.pdf", "october.sw.html", "october.sw.pdf",
    ]  # fmt: skip
    assert (tmp_path / "october.en.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(tmp_path.iterdir()) == sorted(paths) == sorted(told)
    assert [path.suffix for path in told] == [".json", ".html", ".html", ".pdf", ".pdf"], "each when it is written"


def test_a_report_that_asks_for_something_outside_is_refused() -> None:
    from govnet.report.pdf import FetchRefused, pdf

    with pytest.raises(FetchRefused, match="stands alone"):
        pdf('<img src="http://192.0.2.1/x.png" alt="">', "sha256:" + "0" * 64)


def test_a_missing_face_is_an_error_and_not_another_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from govnet.report import pdf

    monkeypatch.setattr(pdf, "FACES", (tmp_path / "OpenSans-Regular.ttf",))
    with pytest.raises(pdf.FontsMissing, match="install fonts-open-sans"):
        pdf.pdf("<p>x</p>", "sha256:" + "0" * 64)
