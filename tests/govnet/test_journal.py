"""journal by its verbs: entries at 80 columns, of one plan; exported, its head signed and kept, all of it checked."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from change.clock import SystemClock
from change.journal import Event, Journal, JournalError, Note
from change.store import StoreToRead
from lab.people import AUTHOR, key_of
from tests.change.fake_world import FakeWorld
from tests.change.test_kill import make_world
from tests.govnet.pretended import GOVNET, ROOT
from tests.signed import approve, people_of, pin, pin_and_approve

GOVNET_ITSELF = str(Path(sys.executable).parent / "govnet")
VERIFIER = ROOT / "tools" / "verify_journal.py"


@pytest.fixture
def state(folder: Path) -> Path:
    """Of a jump host that applied two plans; its world is the demonstration's, and keeps heads in `heads.jsonl`."""
    fake = FakeWorld(folder, {"far": 2, "near": 1})
    fake.apply(fake.plan())
    fake.wanted = "newer"
    fake.apply(fake.plan())
    for file in folder.glob("journal.db*"):
        file.rename(folder / file.name.replace("journal.db", "journal.sqlite"))
    shutil.copytree(ROOT / "inventory" / "demo", folder / "world")
    keep_heads_in(folder, folder / "heads.jsonl")
    return folder


def keep_heads_in(folder: Path, place: Path) -> None:
    file = folder / "world" / "world.yaml"
    kept = [line for line in file.read_text().splitlines() if "journal_heads" not in line]
    file.write_text("\n".join([*kept, f"    journal_heads: [{place}]", ""]))


def govnet(folder: Path, status: int, *words: str) -> str:
    place = ("--inventory", str(folder / "world"), "--state", str(folder))
    program = [GOVNET_ITSELF, *words, *place]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def spoil(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def test_people_read_it_at_80_columns_and_by_plan(state: Path) -> None:
    text = govnet(state, 0, "journal")
    assert max(len(line) for line in text.splitlines()) <= 80
    first, second = [line.split()[1] for line in text.splitlines() if line.startswith("plan ")]
    mine = govnet(state, 0, "journal", "--plan", first[:18])
    assert f"plan {first}" in mine and second not in mine
    document = govnet(state, 0, "journal", "--plan", second, "--json")
    entries = json.JSONDecoder().raw_decode(document)[0]["entries"]
    assert {entry["plan"] for entry in entries} == {second}
    assert "the journal has no plan" in govnet(state, 2, "journal", "--plan", "sha256:" + "0" * 64)
    assert "2 plans of the journal begin with" in govnet(state, 2, "journal", "--plan", "sha256:")


def test_a_head_is_signed_and_kept_and_a_cut_shows_against_it(state: Path) -> None:
    heads = str(state / "kept.jsonl")
    assert "signed by jump-1" in govnet(state, 0, "journal", "head", "-o", heads)
    assert "Every head kept" in govnet(state, 0, "journal", "--verify", "--heads", heads)
    last = json.loads(Path(heads).read_text())["head"]["number"]
    spoil(state, f"DELETE FROM entries WHERE number > {last - 3}")
    with sqlite3.connect(state / "journal.sqlite") as connection:
        number, digest = connection.execute("SELECT number, digest FROM entries ORDER BY number DESC").fetchone()
    (state / "journal.sqlite.head").write_text(json.dumps({"number": number, "digest": digest}))
    assert "whole" in govnet(state, 0, "journal", "--verify")
    assert f"cut off: entry {last}" in govnet(state, 5, "journal", "--verify", "--heads", heads)


def test_a_head_in_a_repository(state: Path) -> None:
    bare = state / "heads.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    assert "no head of jump-1 was ever kept" in govnet(state, 2, "journal", "--verify", "--heads", str(bare))
    govnet(state, 0, "journal", "head", "-o", str(bare))
    assert "Every head kept" in govnet(state, 0, "journal", "--verify", "--heads", str(bare))


def test_the_export_is_checked_by_the_verifier_alone(state: Path) -> None:
    export, heads = state / "export.jsonl", state / "kept.jsonl"
    govnet(state, 0, "journal", "head", "-o", str(heads))
    govnet(state, 0, "journal", "export", "-o", str(export))
    words = [sys.executable, "-I", str(VERIFIER), str(export), str(heads), "--key", str(state / "heads" / "key.pub")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:6]) == (0, "whole:"), done.stdout + done.stderr
    export.write_bytes(b"\n".join(export.read_bytes().split(b"\n")[:-2]) + b"\n")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 5 and "cut off" in done.stdout


def test_who_signs_must_be_named_with_a_key_and_a_strangers_head_does_not_count(state: Path) -> None:
    heads, key = state / "kept.jsonl", state / "stranger"
    assert "--as PERSON --key FILE" in govnet(state, 2, "journal", "head", "-o", str(heads), "--as", "asha")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    govnet(state, 0, "journal", "head", "-o", str(heads), "--as", "asha", "--key", str(key))
    assert "nobody here knows its key as one of asha" in govnet(state, 5, "journal", "--verify", "--heads", str(heads))


def test_a_persons_head_counts_by_the_trust_document(state: Path) -> None:
    pin(state)
    heads, key = state / "kept.jsonl", key_of(people_of(state), AUTHOR)
    govnet(state, 0, "journal", "head", "-o", str(heads), "--as", AUTHOR, "--key", str(key))
    assert "Every head kept" in govnet(state, 0, "journal", "--verify", "--heads", str(heads))


def test_options_before_a_verb_do_not_go_unheard(state: Path) -> None:
    assert "options stand after `export`" in govnet(state, 2, "journal", "--verify", "export", "-o", "x")
    assert "--verify" in govnet(state, 2, "journal", "--heads", "x")


# Even root is denied what the file's own mode denies.
DENIED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    kept = {path: path.stat().st_mode for path in (folder, *folder.glob("journal.sqlite*"))}
    for path, mode in kept.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in kept.items():
            path.chmod(mode)


@pytest.mark.parametrize("writer", ["none", "at it", "killed"])
def test_who_may_only_read_the_journal_can_verify_it(state: Path, writer: str) -> None:
    """The write-ahead log of SQLite is there while somebody writes, and where one was killed."""
    journal = Journal(state / "journal.sqlite", SystemClock())
    journal.append(Note(event=Event.RESUMED))
    if writer == "none":
        journal.close()
    elif writer == "killed":
        shutil.copytree(state, state / "copy", ignore=shutil.ignore_patterns("copy"))
        journal.close()
        state /= "copy"
    with read_only(state):
        asked = subprocess.run(
            [*DENIED, GOVNET_ITSELF, "journal", "--verify", "--inventory", str(state / "world"), "--state", str(state)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "The journal is whole" in asked.stdout


def test_who_may_only_read_the_journal_cannot_write_it(state: Path) -> None:
    reading = Journal(state / "journal.sqlite", SystemClock(), StoreToRead)
    before = reading.entries()
    with pytest.raises(JournalError, match="readonly"):
        reading.append(Note(event=Event.RESUMED))
    assert reading.entries() == before


def test_an_apply_that_cannot_open_its_journal_is_refused(folder: Path) -> None:
    """Nothing was sent, and the boxes are not so much as read."""
    make_world(folder)
    pin_and_approve(folder / "state", folder / "plan")
    (folder / "state" / "journal.sqlite").mkdir()
    command = [sys.executable, "-c", GOVNET, str(folder), "apply", str(folder / "plan")]
    done = subprocess.run(
        [*command, "--state", str(folder / "state")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, list(folder.glob("*.json"))) == (3, [])
    assert "Refused, and nothing was sent" in done.stderr


def test_an_apply_keeps_a_head_and_a_place_that_fails_ends_nothing(state: Path) -> None:
    """The first apply finds no folder there; the second does, and its head covers both. `status` tells of it."""
    away = state / "away" / "heads.jsonl"
    keep_heads_in(state, away)
    boxes = state / "boxes"
    boxes.mkdir()
    program = [sys.executable, "-c", GOVNET, str(boxes)]
    place = ["--inventory", str(state / "world"), "--state", str(state)]
    (boxes / "distances").write_text(json.dumps({"canary": 1}))
    made = state / "canary.plan"
    pin(state)
    for expected in ("No head of the journal was kept elsewhere", ""):
        (boxes / "canary.json").unlink(missing_ok=True)
        subprocess.run(
            [*program, "plan", "all", "--as", AUTHOR, "-o", str(made), *place],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        approve(state, made)
        done = subprocess.run(
            [*program, "apply", str(made), *place], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (expected in done.stdout) if expected else ("No head" not in done.stdout)
        told = govnet(state, 0, "status")
        assert ("was never kept" in told and "not since:" in told) if expected else ("was last kept" in told)
        away.parent.mkdir(exist_ok=True)
    assert "Every head kept" in govnet(state, 0, "journal", "--verify", "--heads", str(away))
