"""One twin for the whole run: the demonstration world booted once, configured once by govnet itself."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Self

import pytest

from change.clock import from_moment
from change.model import Plan
from change.plan import seal
from lab.people import AUTHOR
from tests.signed import approve, pin
from tests.twin.canaries import OTHER_KEY, Watch, canaries, plant

GOVNET = str(Path(sys.executable).parent / "govnet")
LIMIT_S = 240


@dataclass(frozen=True)
class Twin:
    """The engineer's seat on the jump host, and a god's view of the machines."""

    state: Path
    world: Path
    program: tuple[str, ...] = field(default=(GOVNET,), kw_only=True)
    """What is run on the jump host."""

    @property
    def place(self) -> list[str]:
        return ["--inventory", str(self.world), "--state", str(self.state)]

    def words(self, *words: str) -> list[str]:
        """A govnet command line as typed on the jump host."""
        verb, *rest = words
        return [GOVNET, "lab", "exec", *self.place, "jump-1", "--", *self.program, verb, *self.place, *rest]

    def govnet(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=LIMIT_S, check=False)

    def expect(self, status: int, *words: str) -> str:
        """Run a verb that must end with that status; returns what it said on both streams."""
        done = self.govnet(*words)
        said = done.stdout + done.stderr
        assert done.returncode == status, f"govnet {' '.join(words)} ended {done.returncode}, not {status}:\n{said}"
        assert "Traceback" not in said
        return said

    def lab(self, *words: str) -> str:
        verb, *rest = words
        done = subprocess.run(
            [GOVNET, "lab", verb, *self.place, *rest],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, f"lab {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def on(self, device: str, *command: str) -> str:
        """The output of a command inside a machine."""
        return self.lab("exec", device, "--", *command)

    def running(self, device: str) -> str:
        return self.on(device, "vtysh", "-c", "show running-config no-header")

    def plan(self, selector: str, *words: str) -> Path:
        """A sealed plan of what differs there, and its signatures; `words` are more options of `govnet plan`."""
        path = self.state / "plans" / f"{re.sub('[^a-z0-9]', '-', selector)}-{os.urandom(4).hex()}.plan"
        path.parent.mkdir(exist_ok=True)
        self.expect(10, "plan", selector, "-o", str(path), "--as", AUTHOR, *words)
        approve(self.state, path)
        return path

    def altered(self, way: str) -> Self:
        """A seat whose govnet makes other commands of the same lines, in plan and apply alike (altered_govnet.py)."""
        return replace(self, program=(sys.executable, "-m", "tests.twin.altered_govnet", way))

    def reseal(self, path: Path, plan: Plan) -> None:
        """Another plan in the file of one, signed anew."""
        path.write_bytes(seal(plan))
        approve(self.state, path)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.world / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def rekey(self, file: str, link: str) -> None:
        """Give a link another key in the inventory."""
        path = self.world / file
        line = next(row for row in path.read_text().splitlines() if f"name: {link}," in row)
        path.write_text(path.read_text().replace(line, re.sub(r"auth_secret: ospf-\d\d", OTHER_KEY, line)))

    def heard(self, device: str) -> str:
        """What the device's own latch has ever been told: its records and log, by name and size."""
        return self.on(device, "sh", "-c", "ls -lR --time-style=full-iso /var/lib/govnet-latch")

    def begin(self, plan: Path) -> subprocess.Popen[str]:
        """Start `govnet apply` and return at once."""
        return subprocess.Popen(
            self.words("apply", str(plan)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def reached(self, event: str, target: str, since: int = 0) -> bool:
        """Whether the journal, after entry `since`, says that of the target."""
        found = self._journal(
            "SELECT 1 FROM entries WHERE event = ? AND target = ? AND number > ?", event, target, since
        )
        return bool(found)

    def await_event(self, event: str, target: str, since: int, process: subprocess.Popen[str]) -> None:
        """Return as soon as the journal says so; fails where the process that is to write it has ended before."""
        end = time.monotonic() + LIMIT_S
        while not self.reached(event, target, since):
            ended = process.poll() is not None and not self.reached(event, target, since)
            assert not ended and time.monotonic() < end, f"{target} never came to {event}"
            time.sleep(0.01)  # a database has no event to wait for

    def last_entry(self) -> int:
        """0 where there is no journal yet."""
        if not (self.state / "journal.sqlite").exists():
            return 0
        return int(str(self._journal("SELECT coalesce(max(number), 0) FROM entries")[0][0]))

    def outcomes(self, since: int) -> dict[str, str]:
        """Target to its last outcome after that entry."""
        rows = self._journal(
            "SELECT target, outcome FROM entries WHERE event = 'outcome' AND number > ? ORDER BY number", since
        )
        return {str(target): str(outcome) for target, outcome in rows}

    def moments(self, event: str, since: int) -> dict[str, datetime]:
        """Target to when the journal last said that of it, after that entry."""
        rows = self._journal("SELECT target, at FROM entries WHERE event = ? AND number > ?", event, since)
        return {str(target): from_moment(str(at)) for target, at in rows}

    def events(self, plan: str) -> list[tuple[str, str]]:
        """What the journal says of a plan: event and target, in order."""
        rows = self._journal("SELECT event, target FROM entries WHERE plan = ? ORDER BY number", plan)
        return [(str(event), str(target)) for event, target in rows]

    def details(self, target: str, event: str) -> list[str]:
        """What every entry of that kind says of the target."""
        rows = self._journal("SELECT detail FROM entries WHERE target = ? AND event = ?", target, event)
        return [str(detail) for (detail,) in rows]

    def _journal(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.state}/journal.sqlite?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query, values).fetchall()


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Booted, keyed and configured; the first plan and its apply are this fixture's own, and its evidence is kept."""
    state = tmp_path_factory.mktemp("twin")
    seat = Twin(state, state / "world")
    shutil.copytree("inventory/demo", seat.world)
    plant(seat.world)
    here = ["--inventory", str(seat.world), "--state", str(state)]
    try:
        subprocess.run([GOVNET, "keys", *here], check=True, capture_output=True, timeout=LIMIT_S)
        with Watch(canaries(seat.world, state)) as watch:
            subprocess.run([GOVNET, "mirror", "build", *here], check=True, capture_output=True, timeout=LIMIT_S)
            seat.lab("up")
            pin(state)
            first = state / "first.plan"
            (state / "first-review.txt").write_text(seat.expect(10, "plan", "all", "-o", str(first), "--as", AUTHOR))
            approve(state, first)
            seat.expect(0, "apply", str(first))
        (state / "seen-in-processes.txt").write_text("\n".join([f"{watch.looked} looks", *sorted(watch.found)]))
        yield seat
    finally:
        subprocess.run([GOVNET, "lab", "down", *here], check=True, capture_output=True, timeout=LIMIT_S)


@pytest.fixture
def world(twin: Twin) -> Iterator[Twin]:
    """The twin, with the inventory put back as it was, and the devices proved to be as it says."""
    kept = twin.state / "world.kept"
    shutil.copytree(twin.world, kept)
    try:
        yield twin
    finally:
        shutil.rmtree(twin.world)
        kept.rename(twin.world)
    left = twin.state / "hand-back.plan"
    left.unlink(missing_ok=True)
    done = twin.govnet("plan", "all", "-o", str(left), "--as", AUTHOR)
    if done.returncode == 10:
        approve(twin.state, left)
        twin.expect(0, "apply", str(left))
        twin.expect(0, "plan", "all")
    else:
        assert done.returncode == 0, done.stdout + done.stderr
