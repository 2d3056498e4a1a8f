"""What is asked of git to keep a head, in which environment, and what of its answer a person reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from change.head_places import FilePlace, PlaceFailed, RepositoryPlace, first_complaint, place_of

URL = "-u/heads.git"
"""A name that git could take for an option."""
OWN = "-c user.name=govnet -c user.email=govnet@jump-1 -c commit.gpgsign=false"
INIT = f"{OWN} init --quiet --initial-branch=govnet-heads"
ASK = f"{OWN} ls-remote --heads -- {URL} govnet-heads"
FETCH = f"{OWN} fetch --quiet --depth=1 -- {URL} govnet-heads"
RESET = f"{OWN} reset --quiet --hard FETCH_HEAD"
ADD = f"{OWN} add -- jump-1.jsonl"
COMMIT = f"{OWN} commit --quiet --message A head of jump-1"
PUSH = f"{OWN} push --quiet -- {URL} HEAD:refs/heads/govnet-heads"


class PretendedGit:
    """Writes down what it is asked, where and with what environment; says what a test lets it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        self.does()

    def does(self, *lines: str) -> None:
        script = "\n".join(
            (
                "#!/bin/sh",
                f'printf "%s\\n" "$*" >> {self.folder}/asked',
                f"env > {self.folder}/env; pwd -P >> {self.folder}/where",
                'case "$*" in',
                *lines,
                "esac",
                "",
            )
        )
        (self.folder / "git").write_text(script)
        (self.folder / "git").chmod(0o755)
        for name in ("asked", "where"):
            (self.folder / name).unlink(missing_ok=True)

    def heard(self, name: str = "asked") -> list[str]:
        return (self.folder / name).read_text().splitlines()


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendedGit:
    return PretendedGit(tmp_path, monkeypatch)


PLACE = RepositoryPlace(URL, "jump-1")


def test_a_first_head_makes_the_branch_and_a_later_one_adds_to_it(git: PretendedGit) -> None:
    PLACE.append(b"one\n")
    assert git.heard() == [INIT, ASK, ADD, COMMIT, PUSH]
    git.does("*ls-remote*) echo abc refs/heads/govnet-heads;;", f"*--message*) cat jump-1.jsonl > {git.folder}/kept;;")
    PLACE.append(b"two\n")
    assert git.heard() == [INIT, ASK, FETCH, RESET, ADD, COMMIT, PUSH]
    assert (git.folder / "kept").read_bytes() == b"two\n"
    (work,) = set(git.heard("where"))
    assert not Path(work).exists(), "no clone is kept"


def test_git_and_ssh_ask_nobody_and_are_given_little_of_our_environment(
    git: PretendedGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("HOME", "/home/asha")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    PLACE.append(b"one\n")
    given = dict(line.split("=", 1) for line in git.heard("env"))
    given = {name: value for name, value in given.items() if name not in ("PWD", "OLDPWD", "SHLVL", "_")}
    assert given == {
        "PATH": os.environ["PATH"],
        "HOME": "/home/asha",
        "SSH_AUTH_SOCK": "/run/agent",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10",
    }


def test_git_reads_nothing_of_what_we_are_typed(git: PretendedGit) -> None:
    git.does(f"*init*) cat > {git.folder}/read;;")
    ours, (read, write) = os.dup(0), os.pipe()
    try:
        os.write(write, b"yes\n")
        os.close(write)
        os.dup2(read, 0)
        PLACE.append(b"one\n")
    finally:
        os.dup2(ours, 0)
        os.close(ours)
        os.close(read)
    assert (git.folder / "read").read_bytes() == b""


@pytest.mark.parametrize(
    ("does", "pushes", "says"),
    [
        (
            "*push*) echo '! [rejected] HEAD -> x (fetch first)' >&2; exit 1;;",
            3,
            "! [rejected] HEAD -> x (fetch first)",
        ),
        ("*push*) echo 'fatal: no space' >&2; exit 128;;", 1, "fatal: no space"),
        ("*push*) printf 'fatal: caf\\351\\n' >&2; exit 128;;", 1, "fatal: caf\N{REPLACEMENT CHARACTER}"),
        ("*push*) exit 1;;", 1, "git push failed"),
        ("*init*) exit 1;;", 0, "git init failed"),
    ],
)
def test_only_what_another_push_came_before_is_pushed_again(
    git: PretendedGit, does: str, pushes: int, says: str
) -> None:
    git.does(does)
    with pytest.raises(PlaceFailed) as raised:
        PLACE.append(b"one\n")
    assert str(raised.value) == f"{URL}: {says}"
    assert git.heard().count(PUSH) == pushes


def test_where_nothing_was_ever_kept_is_said(git: PretendedGit) -> None:
    with pytest.raises(PlaceFailed) as raised:
        PLACE.read()
    assert str(raised.value) == f"{URL}: no head of jump-1 was ever kept there"
    assert git.heard() == [INIT, ASK]


@pytest.mark.parametrize(
    ("path", "says"),
    [("none", "No such file or directory"), ("git", "Not a directory"), ("closed", "Permission denied")],
)
def test_a_git_that_cannot_be_run_is_said(
    git: PretendedGit, monkeypatch: pytest.MonkeyPatch, path: str, says: str
) -> None:
    """Absent, behind a file in the search path, or no program."""
    closed = git.folder / "closed"
    closed.mkdir()
    (closed / "git").touch()
    monkeypatch.setenv("PATH", str(git.folder / path))
    with pytest.raises(PlaceFailed) as raised:
        PLACE.read()
    assert str(raised.value) == f"{URL}: git could not be run: {says}"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("", ""),
        ("\n  \n", ""),
        ("  a hint\nanother\n", "a hint"),
        ("a hint\nfatal: no\nerror: x\n", "fatal: no"),
        ("a hint\n error: x\n", "error: x"),
        ("To x\n ! [rejected] HEAD\n", "! [rejected] HEAD"),
        ("a hint\nssh: Could not resolve\nfatal: x\n", "ssh: Could not resolve"),
    ],
)
def test_the_line_that_names_the_failure_is_the_one_that_is_shown(said: str, complaint: str) -> None:
    assert first_complaint(said) == complaint


def test_a_folder_is_a_repository_and_each_place_is_where_it_was_said(tmp_path: Path) -> None:
    assert place_of(str(tmp_path), "jump-1") == RepositoryPlace(str(tmp_path), "jump-1")
    assert place_of("git@audit.example:heads", "jump-2") == RepositoryPlace("git@audit.example:heads", "jump-2")
    assert place_of(str(tmp_path / "heads"), "jump-1") == FilePlace(tmp_path / "heads")


def test_a_file_of_heads_is_open_to_whoever_compares_them(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        FilePlace(tmp_path / "heads").append(b"one\n")
    finally:
        os.umask(umask)
    assert (tmp_path / "heads").stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_read_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(PlaceFailed) as raised:
        FilePlace(tmp_path / "none").read()
    assert str(raised.value) == f"{tmp_path}/none: No such file or directory"
