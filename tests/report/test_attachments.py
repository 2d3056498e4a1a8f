"""Attached evidence: what lies in the folder, by name, size and digest, and nothing of where the folder is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from govnet.report import attachments as room
from govnet.report.attachments import attachments


def test_a_digest_is_what_sha256sum_says_and_the_lines_what_wc_says(tmp_path: Path) -> None:
    log = tmp_path / "asked.log"
    log.write_text("one\ntwo\nnot ended")
    (one,) = attachments(tmp_path)
    assert one.digest == "sha256:" + subprocess.check_output(["sha256sum", log], text=True).split()[0]
    assert one.lines == int(subprocess.check_output(["wc", "-l", log], text=True).split()[0])
    assert (one.name, one.octets) == ("asked.log", 17)


def test_files_of_any_depth_are_ordered_by_name_without_the_machines_path(tmp_path: Path) -> None:
    for name in ("b.log", "a/z.log", "a/b/c.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = attachments(tmp_path)
    assert [one.name for one in found] == ["a/b/c.log", "a/z.log", "b.log"]
    assert not any(str(tmp_path) in one.model_dump_json() for one in found)


def test_what_is_no_text_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "capture").write_bytes(b"\n\0\n")
    assert [(one.octets, one.lines) for one in attachments(tmp_path)] == [(3, None)]


def test_a_link_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("elsewhere")
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "file").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    assert attachments(folder) == ()


def test_no_folder_is_no_evidence(tmp_path: Path) -> None:
    assert attachments(tmp_path / "evidence") == ()


def test_a_name_that_is_no_text_is_written_out(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.log")).touch()
    assert [one.name for one in attachments(tmp_path)] == ["\\xff.log"]


def test_a_file_of_several_blocks_is_counted_whole(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"line\n" * room.BLOCK_OCTETS)
    (one,) = attachments(tmp_path)
    assert (one.octets, one.lines) == (5 * room.BLOCK_OCTETS, room.BLOCK_OCTETS)
