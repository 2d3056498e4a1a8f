"""Heads kept elsewhere, in a file and in a git repository; what fails there ends no change, and is made up for."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from change.chain import Head
from change.clock import moment
from change.head_places import BRANCH, FilePlace, PlaceFailed, RepositoryPlace, place_of
from change.heads import HeadStatement, Kept, SignedHead, keep_heads, kept_at, kept_problems, sign_head
from change.journal import Event, Journal, Note
from change.signature import make_key, public_half
from tests.change.fake_target import FakeClock


@pytest.fixture
def journal(folder: Path) -> Journal:
    made = Journal(folder / "journal.db", FakeClock())
    made.append(Note(event=Event.RESUMED), Note(event=Event.RESUMED))
    return made


@pytest.fixture
def line_of(folder: Path) -> Callable[[Head], bytes]:
    key = folder / "key"
    make_key(key)

    def line(head: Head) -> bytes:
        at = moment(FakeClock().utc())
        return sign_head(
            HeadStatement(jump_host="jump-1", number=head.number, digest=head.digest, at=at, by="jump-1"),
            key,
            may_ask=False,
        )

    return line


@pytest.fixture
def bare(folder: Path) -> str:
    path = folder / "heads.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return str(path)


def problems(journal: Journal, kept: bytes, folder: Path) -> tuple[str, ...]:
    return tuple(
        kept_problems(
            kept, journal.digests(), lambda head: [public_half(folder / "key")] if head.by == "jump-1" else []
        )
    )


@pytest.mark.parametrize("kind", ["file", "repository"])
def test_each_head_is_added_and_all_are_borne_out(
    journal: Journal, line_of: Callable[[Head], bytes], bare: str, folder: Path, kind: str
) -> None:
    where = bare if kind == "repository" else str(folder / "heads.jsonl")
    place = place_of(where, "jump-1")
    assert isinstance(place, RepositoryPlace if kind == "repository" else FilePlace)
    for expected in (1, 2):
        assert keep_heads(journal, {where: place}, line_of) == ()
        assert len(place.read().splitlines()) == expected
        assert problems(journal, place.read(), folder) == ()
        journal.append(Note(event=Event.RESUMED))
    assert [entry.detail for entry in journal.of(Event.HEAD_KEPT)] == ["entry 2", "entry 4"]


def test_what_is_covered_already_is_not_kept_again(
    journal: Journal, line_of: Callable[[Head], bytes], folder: Path
) -> None:
    one, other = str(folder / "one"), str(folder / "other")
    places = {one: FilePlace(Path(one)), other: FilePlace(Path(other))}
    assert keep_heads(journal, places, line_of) == keep_heads(journal, places, line_of) == ()
    assert [len(place.read().splitlines()) for place in places.values()] == [1, 1]


def test_what_fails_is_said_and_journalled_and_the_next_head_makes_up_for_it(
    journal: Journal, line_of: Callable[[Head], bytes], folder: Path
) -> None:
    where = str(folder / "mount" / "heads.jsonl")
    (problem,) = keep_heads(journal, {where: FilePlace(Path(where))}, line_of)
    assert "No such file or directory" in problem
    assert kept_at(journal, where).problem == problem
    assert kept_at(journal, where).at is None
    Path(where).parent.mkdir()
    assert keep_heads(journal, {where: FilePlace(Path(where))}, line_of) == ()
    assert kept_at(journal, where).problem == ""
    assert kept_at(journal, where).at is not None
    assert problems(journal, FilePlace(Path(where)).read(), folder) == ()
    assert journal.verify() == ()


def test_a_journal_that_cannot_be_written_is_said(
    journal: Journal, line_of: Callable[[Head], bytes], folder: Path
) -> None:
    journal.head_path.unlink()
    journal.head_path.mkdir()
    (problem,) = keep_heads(journal, {"heads": FilePlace(folder / "heads")}, line_of)
    assert "could not be written" in problem


def test_two_jump_hosts_share_a_repository(bare: str) -> None:
    for name in ("jump-1", "jump-2", "jump-1"):
        RepositoryPlace(bare, name).append(f"a head of {name}\n".encode())
    assert RepositoryPlace(bare, "jump-1").read() == b"a head of jump-1\n" * 2
    assert RepositoryPlace(bare, "jump-2").read() == b"a head of jump-2\n"
    log = ["git", "-C", bare, "log", "--format=%s", BRANCH]
    assert len(subprocess.run(log, capture_output=True, text=True, check=True).stdout.split("\n")) == 4


def test_a_push_that_another_came_before_is_made_again(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = RepositoryPlace(bare, "jump-1"), RepositoryPlace(bare, "jump-2")
    mine.append(b"first\n")
    checked_out = RepositoryPlace._check_out
    raced = []

    def race(place: RepositoryPlace, folder: Path) -> None:
        checked_out(place, folder)
        if place is mine and not raced:
            raced.append(True)
            other.append(b"between\n")

    monkeypatch.setattr(RepositoryPlace, "_check_out", race)
    mine.append(b"second\n")
    assert (mine.read(), other.read()) == (b"first\nsecond\n", b"between\n")


def test_a_repository_that_is_not_there_is_said_in_a_sentence(folder: Path) -> None:
    for ask in (lambda place: place.read(), lambda place: place.append(b"x\n")):
        with pytest.raises(PlaceFailed, match="does not appear to be a git repository"):
            ask(RepositoryPlace(str(folder / "none.git"), "jump-1"))


def test_a_repository_in_which_nothing_was_kept_is_said(bare: str) -> None:
    with pytest.raises(PlaceFailed, match=r"no head of jump-1"):
        RepositoryPlace(bare, "jump-1").read()


def test_a_remote_that_never_answers_ends_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ssh hangs, as it does where a firewall swallows what is sent."""
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    place = RepositoryPlace("ssh://git@192.0.2.1/heads.git", "jump-1", timeout_s=2)
    with pytest.raises(PlaceFailed, match="no answer within 2 s"):
        place.append(b"x\n")
    pid = int((tmp_path / "pid").read_text())
    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_nothing_of_our_environment_goes_to_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: str) -> None:
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\nenv >> {tmp_path}/seen\nexit 1\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("GOVNET_SECRET_OSPF", "a-secret-value")
    with pytest.raises(PlaceFailed, match="git init failed"):
        RepositoryPlace(bare, "jump-1").read()
    assert "a-secret-value" not in (tmp_path / "seen").read_text()


def test_a_place_that_is_full_takes_a_line_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """The kernel takes the first octets of it, and no more (setrlimit(2), RLIMIT_FSIZE)."""
    place = FilePlace(tmp_path / "heads")
    place.append(b"the first head\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(PlaceFailed, match="File too large"):
            place.append(b"the second head\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert place.read() == b"the first head\n"
    place.append(b"the third head\n")
    assert place.read() == b"the first head\nthe third head\n"


def test_a_torn_line_is_told_and_spoils_no_later_head(
    journal: Journal, line_of: Callable[[Head], bytes], folder: Path
) -> None:
    """As in a file that may only grow, from which nothing can be taken back."""
    heads = folder / "heads"
    heads.write_bytes(b'{"head": {"num')
    assert keep_heads(journal, {"heads": FilePlace(heads)}, line_of) == ()
    (problem,) = problems(journal, heads.read_bytes(), folder)
    assert problem.startswith("line 1 of the kept heads is no head")


def test_a_file_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A lock that somebody keeps, and a pipe that nobody writes to: they hang as a dead mount does."""
    locked, pipe = tmp_path / "locked", tmp_path / "pipe"
    os.mkfifo(pipe)
    with locked.open("ab") as file, pytest.raises(PlaceFailed, match="locked: no answer within 1 s"):
        fcntl.flock(file, fcntl.LOCK_EX)
        FilePlace(locked, timeout_s=1).append(b"x\n")
    with pytest.raises(PlaceFailed, match="pipe: no answer within 1 s"):
        FilePlace(pipe, timeout_s=1).read()


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("ssh://git@audit.example/heads.git", RepositoryPlace),
        ("git@audit.example:heads", RepositoryPlace),
        ("/srv/heads.git", RepositoryPlace),
        ("/mnt/audit/jump-1.jsonl", FilePlace),
        ("heads", FilePlace),
    ],
)
def test_which_names_mean_a_repository(where: str, kind: type) -> None:
    assert isinstance(place_of(where, "jump-1"), kind)


def test_what_this_machine_denies_us_ends_no_change_either(journal: Journal) -> None:
    """No key can be made: the disk is full, or the folder is not ours."""

    def denied(head: Head) -> bytes:
        raise PermissionError(13, "Permission denied")

    (problem,) = keep_heads(journal, {"heads": FilePlace(Path("/nowhere"))}, denied)
    assert "Permission denied" in problem
    assert kept_at(journal, "heads").problem == problem


def test_an_empty_journal_has_no_head_to_keep(folder: Path, line_of: Callable[[Head], bytes]) -> None:
    empty = Journal(folder / "empty.db", FakeClock())
    assert keep_heads(empty, {"heads": FilePlace(folder / "heads")}, line_of) == ()
    assert (empty.entries(), (folder / "heads").exists()) == ((), False)


def test_how_far_the_heads_at_a_place_reach(folder: Path) -> None:
    """By the last that was kept there and the last that was tried; what happened at another place is not counted."""
    clock = FakeClock()
    journal = Journal(folder / "journal.db", clock)
    place, kept = FilePlace(folder / "heads"), []

    def line(head: Head) -> bytes:
        kept.append(head.number)
        return b"a head\n"

    def told() -> Kept:
        clock.advance(1)
        return kept_at(journal, "here")

    assert told() == Kept(where="here", at=None, problem="")
    for expected in ([1], [1, 3], [1, 3]):
        if kept != expected:
            journal.append(Note(event=Event.RESUMED))
        assert keep_heads(journal, {"here": place}, line) == ()
        assert kept == expected
    assert told() == Kept(where="here", at="2026-11-23T06:00:01.000Z", problem="")
    journal.append(Note(event=Event.HEAD_NOT_KEPT, target="there", detail="full"))
    assert told().problem == ""
    for detail in ("full", "gone"):
        journal.append(Note(event=Event.HEAD_NOT_KEPT, target="here", detail=detail))
    assert told() == Kept(where="here", at="2026-11-23T06:00:01.000Z", problem="gone")
    assert keep_heads(journal, {"here": place}, line) == (), "all since is of heads, so the last one covers it"
    journal.append(Note(event=Event.RESUMED))
    assert keep_heads(journal, {"here": place}, line) == ()
    assert told() == Kept(where="here", at="2026-11-23T06:00:04.000Z", problem="")
    assert journal.entries()[-1].detail == "entry 8"


def test_each_line_that_is_not_borne_out_is_told_by_its_number(
    journal: Journal, line_of: Callable[[Head], bytes], folder: Path
) -> None:
    assert problems(journal, b"", folder) == ("no head is kept there, so nothing was compared",)
    head = journal.head()
    assert head is not None
    good = line_of(head)
    gone = line_of(Head(number=9, digest=head.digest))
    signed = SignedHead.model_validate_json(good)
    later = signed.model_copy(update={"head": signed.head.model_copy(update={"at": "2026-11-23T07:00:00Z"})})
    foreign = signed.model_copy(update={"key": "ssh-ed25519 AAAA"})
    lines = [b"{}\n", good, *(f"{one.model_dump_json()}\n".encode() for one in (later, foreign)), b"x\n", gone]
    assert problems(journal, b"".join(lines), folder) == (
        "line 1 of the kept heads is no head: it was edited, or torn when its place was full",
        "the head kept on line 3, of 2026-11-23T07:00:00Z: its signature is not of jump-1 over what it says",
        "the head kept on line 4, of 2026-11-23T06:00:00Z: nobody here knows its key as one of jump-1 at that time",
        "line 5 of the kept heads is no head: it was edited, or torn when its place was full",
        "the head kept on line 6, of 2026-11-23T06:00:00Z: the journal was cut off: entry 9 was written and is gone",
    )
    assert good.endswith(b"}\n") and b"\n" not in good[:-1]


@pytest.mark.parametrize("may_ask", [True, False])
def test_a_head_is_signed_for_nothing_else_and_asks_only_where_it_may(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_ask: bool
) -> None:
    """ssh-keygen is pretended: what it is asked, and whether it may ask in turn."""
    key = folder / "key"
    make_key(key)
    keygen = tmp_path / "ssh-keygen"
    keygen.write_text(
        f'#!/bin/sh\necho "$*|$SSH_ASKPASS_REQUIRE" > {tmp_path}/asked\ncat > {tmp_path}/said\necho made\n'
    )
    keygen.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    statement = HeadStatement(
        jump_host="jump-1", number=1, digest="sha256:" + "1" * 64, at="2026-11-23T06:00:00Z", by="x"
    )
    signed = SignedHead.model_validate_json(sign_head(statement, key, may_ask))
    assert signed == SignedHead(head=statement, key=public_half(key), signature="made\n")
    asked = f"-Y sign -q -n govnet-head-v1@govnet -f {key}|{'' if may_ask else 'never'}\n"
    assert (tmp_path / "asked").read_text() == asked
    assert HeadStatement.model_validate_json((tmp_path / "said").read_bytes()) == statement
