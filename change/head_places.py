"""Where heads are kept: a file of another machine's disk, or a branch of a git repository that a path or ssh reaches.

Both only ever grow. What makes that hold is theirs: an append-only file, a repository that denies rewinding.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from change import head_file

BRANCH = "govnet-heads"
FILE_S = 30.0
"""For a file to be read or added to."""
HEAD_FILE = Path(head_file.__file__)
GIT_S = 30.0
"""For each call of git; a push makes at most five."""
PUSHES = 3
"""Where another jump host's push came between."""
PASSED_ON = ("PATH", "HOME", "SSH_AUTH_SOCK")
"""Of our environment; nothing else goes to git and ssh."""
SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10"
REMOTE = re.compile(r"[\w+.-]+://|[^/]+@[^/]+:|.*\.git/?$")


class PlaceFailed(Exception):
    """Heads could not be kept or read there. One sentence."""


class Place(Protocol):
    def append(self, line: bytes) -> None:
        """Raises PlaceFailed; then the line stands there as a whole or not at all, where the place can take it back."""

    def read(self) -> bytes:
        """All lines. Raises PlaceFailed, also where nothing was ever kept."""


@dataclass(frozen=True)
class FilePlace:
    path: Path
    timeout_s: float = FILE_S

    def append(self, line: bytes) -> None:
        self.ask("append", line)

    def read(self) -> bytes:
        return self.ask("read")

    def ask(self, act: str, given: bytes = b"") -> bytes:
        """What change.head_file said in a process of its own: who waits for a dead mount can be killed, or left."""
        command = (sys.executable, "-I", "-S", str(HEAD_FILE), act, str(self.path))
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, env={}, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        try:
            told, said = child.communicate(given, timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            raise PlaceFailed(f"{self.path}: no answer within {self.timeout_s:.0f} s") from None
        if child.returncode != 0:
            raise PlaceFailed(f"{self.path}: {first_complaint(said.decode(errors='replace')) or 'it failed'}")
        return told


@dataclass(frozen=True)
class RepositoryPlace:
    """The file `NAME.jsonl` on the branch govnet-heads, a commit a head. No clone is kept: nothing of it can rot."""

    url: str
    name: str
    """The jump host's, so that several share one repository."""
    timeout_s: float = GIT_S

    def append(self, line: bytes) -> None:
        for _ in range(PUSHES - 1):
            try:
                return self._push(line)
            except PlaceFailed as problem:
                if "rejected" not in str(problem):
                    raise
        return self._push(line)

    def _push(self, line: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            self._check_out(work)
            try:
                head_file.append(work / self._file, line)
            except OSError as problem:
                raise PlaceFailed(f"{self.url}: {problem.strerror}") from problem
            self._git(work, "add", "--", self._file)
            self._git(work, "commit", "--quiet", "--message", f"A head of {self.name}")
            self._git(work, "push", "--quiet", "--", self.url, f"HEAD:refs/heads/{BRANCH}")

    def read(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            self._check_out(Path(folder))
            path = Path(folder, self._file)
            if not path.exists():
                raise PlaceFailed(f"{self.url}: no head of {self.name} was ever kept there")
            return path.read_bytes()

    @property
    def _file(self) -> str:
        return f"{self.name}.jsonl"

    def _check_out(self, folder: Path) -> None:
        """The branch as it stands there; an empty one where it does not exist yet."""
        self._git(folder, "init", "--quiet", f"--initial-branch={BRANCH}")
        if self._git(folder, "ls-remote", "--heads", "--", self.url, BRANCH).strip():
            self._git(folder, "fetch", "--quiet", "--depth=1", "--", self.url, BRANCH)
            self._git(folder, "reset", "--quiet", "--hard", "FETCH_HEAD")

    def _git(self, folder: Path, *words: str) -> str:
        own = ("-c", "user.name=govnet", "-c", f"user.email=govnet@{self.name}", "-c", "commit.gpgsign=false")
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": SSH}
        try:
            with subprocess.Popen(
                ("git", *own, *words),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                errors="replace",
                start_new_session=True,  # so that its ssh ends with it
            ) as git:
                try:
                    told, said = git.communicate(timeout=self.timeout_s)
                except subprocess.TimeoutExpired:
                    os.killpg(git.pid, signal.SIGKILL)
                    raise PlaceFailed(f"{self.url}: git gave no answer within {self.timeout_s:.0f} s") from None
        except OSError as problem:
            raise PlaceFailed(f"{self.url}: git could not be run: {problem.strerror}") from problem
        if git.returncode != 0:
            raise PlaceFailed(f"{self.url}: {first_complaint(said) or f'git {words[0]} failed'}")
        return told


def first_complaint(said: str) -> str:
    """Of what git and ssh told: the line that names the failure, else the first one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(("fatal:", "error:", "!", "ssh:"))), "".join(lines[:1]))


def place_of(where: str, jump_host: str) -> Place:
    """A repository where it is a URL, ends in .git or is a folder; else a file, also where nobody can tell."""
    if REMOTE.match(where):
        return RepositoryPlace(where, jump_host)
    file = FilePlace(Path(where))
    with suppress(PlaceFailed):
        if file.ask("is-folder"):
            return RepositoryPlace(where, jump_host)
    return file
