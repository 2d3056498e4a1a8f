"""The part kind `host`: a server's frozen operations, run in order, and all that they may have touched put back.

The part's path is the manifest of what is ours (deploys/manifest.py); its text is the one wanted. The first of its
commands is the frame (trees, units and checks, deploys/frozen.py, Keeps), the others are the operations, one JSON
document each, real secrets in them. Standard library only: it runs under Debian's python3.

Unlike a bind mount, what a command does outlives the start of the box. So the pre-image lies on the disk, and
`govnet-host-boot.service` puts it back where the latch found at boot that nobody had confirmed.
"""

from __future__ import annotations

import base64
import grp
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from change.latch import part as latch_part
from change.latch.part import Failed, Look, Part
from deploys.box import trees
from deploys.box.trees import Tree

LATCH = Path("/var/lib/govnet-latch")
STATE = LATCH / "host"
BEFORE = STATE / "before"
"""The pre-image: from before the first operation to the end of the step."""
TRIED = STATE / "tried"
"""There while the change is in force: then the manifest is the candidate's."""
UNDO = STATE / "undo"
"""The pre-image of the last confirmed step, for its inverse. It goes when the step's plan has ended; where nobody
comes to say so, after UNDO_S, or when the box starts again."""
STORED = STATE / "stored"
"""Contents that a step will copy, by their SHA-256."""
UNDO_S = 8 * 86400
"""A plan that waits for its next weekly window may still take the step back, and then has a day to end."""
FORGET = "govnet-host-forget"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
ENVIRONMENT["DEBIAN_FRONTEND"] = "noninteractive"
ENVIRONMENT["SUDO_FORCE_REMOVE"] = "yes"
"""Else sudo's own script forbids its removal where root has no password."""
SHORT_S = 20.0
PURGE_S = 80.0
UNIT_FILES = "/etc/systemd/system"


@dataclass(frozen=True)
class Unit:
    name: str
    tell: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    title: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    trees: tuple[Tree, ...]
    units: tuple[Unit, ...]
    checks: tuple[Check, ...]
    restore: bool
    """An inverse step: no operation is run, the pre-image of the last confirmed step is put back."""


def frame(part: Part) -> Frame:
    if not part.commands:
        return Frame((), (), (), False)
    document = json.loads(part.commands[0])
    return Frame(
        trees=tuple(Tree(tree["path"], tree["deep"]) for tree in document["trees"]),
        units=tuple(Unit(unit["name"], unit["tell"], tuple(unit["reads"])) for unit in document["units"]),
        checks=tuple(Check(check["title"], tuple(check["argv"])) for check in document["checks"]),
        restore=document["restore"],
    )


# -- the verbs ------------------------------------------------------------------------------------------------------


def look(part: Part) -> Look:
    """The manifest in force; as facts all trees and units that are kept."""
    path = Path(part.candidate if TRIED.exists() else part.path)
    text = path.read_text() if path.exists() else ""
    wanted = frame(part)
    if not part.commands:
        return Look(text, part.text, "")
    try:
        facts = {"trees": trees.digest(wanted.trees), "units": {unit.name: state(unit.name) for unit in wanted.units}}
    except trees.TooLarge as problem:
        raise Failed(str(problem)) from None
    return Look(text, part.text, json.dumps(facts, sort_keys=True))


def try_(part: Part) -> None:
    wanted = frame(part)
    STATE.mkdir(mode=0o700, exist_ok=True)
    drop(BEFORE)
    trees.keep(wanted.trees, BEFORE)
    units = {unit.name: state(unit.name) for unit in wanted.units}
    document = {"units": [[unit.name, unit.tell, unit.reads, units[unit.name]] for unit in wanted.units]}
    trees.write(BEFORE / "units.json", json.dumps(document).encode(), 0, 0, 0o600)
    trees.write(BEFORE / "packages.json", json.dumps(sorted(packages())).encode(), 0, 0, 0o600)
    trees.write(TRIED, b"", 0, 0, 0o600)
    if wanted.restore:
        if not (UNDO / "packages.json").exists():
            raise Failed("the pre-image of the step to undo is no longer here")
        put_back(UNDO, told=True)
        return
    values = secrets(part)
    for line in part.commands[1:]:
        operate(json.loads(line), values)


def check(part: Part) -> None:
    """Every file reads back as approved, and every check says yes."""
    last = {one["path"]: one for one in map(json.loads, part.commands[1:]) if one["kind"] in ("put", "copy")}
    for path, one in last.items():
        digest = one["sha256"] if one["kind"] == "copy" else hashlib.sha256(content(one).encode()).hexdigest()
        wanted = (one["owner"], one["group"], one["mode"], digest)
        if seen(Path(path)) != wanted:
            raise Failed(f"{path} does not read back as approved")
    wanted_frame = frame(part)
    for one in wanted_frame.checks if not wanted_frame.restore else ():
        status, said = run(one.argv, SHORT_S)
        if status != 0:
            raise Failed(f"{one.title} ended with status {status}: {clean(said, secrets(part))}")


def revert(part: Part) -> None:
    if (BEFORE / "packages.json").exists():
        put_back(BEFORE, told=True)
    TRIED.unlink(missing_ok=True)


def settle(part: Part) -> None:
    """The pre-image goes when everything reads as it."""
    drop(STORED)
    drop(trees.unfinished(BEFORE))
    if BEFORE.exists() and not TRIED.exists():
        before, entries = trees.kept(BEFORE)
        if trees.listing(before) == entries:
            drop(BEFORE)


def release(part: Part) -> None:
    """Confirmed: the pre-image is kept for the inverse step alone."""
    drop(STORED)
    if BEFORE.exists():
        drop(UNDO)
        BEFORE.rename(UNDO)
        run(("systemctl", "--quiet", "stop", f"{FORGET}.timer"), SHORT_S)
        when = (f"--unit={FORGET}", f"--on-active={UNDO_S}")
        run(("systemd-run", "--quiet", "--collect", *when, "--", sys.argv[0], "forget"), SHORT_S)
    TRIED.unlink(missing_ok=True)


def forget() -> int:
    """The time in which the last step could be taken back is over."""
    drop(UNDO)
    return 0


def store() -> int:
    """Lay the content on standard input (base64) aside under its SHA-256, which is the argument."""
    body = base64.b64decode(sys.stdin.read())
    if hashlib.sha256(body).hexdigest() != sys.argv[2]:
        print("what came is not what was announced", file=sys.stderr)
        return 1
    STORED.mkdir(mode=0o700, parents=True, exist_ok=True)
    trees.write(STORED / sys.argv[2], body, 0, 0, 0o600)
    return 0


def boot() -> int:
    """After the latch has ended at boot what was open: what nobody confirmed outlived the start, and goes back."""
    drop(UNDO)
    if not (LATCH / "step.json").exists():
        drop(STORED)
        if (BEFORE / "packages.json").exists():
            put_back(BEFORE, told=False)
        TRIED.unlink(missing_ok=True)
        drop(BEFORE)
        drop(trees.unfinished(BEFORE))
    return 0


OURS = {"boot": boot, "forget": forget, "store": store}
"""What units of ours and our target call, and not the latch."""
VERBS = {"try": try_, "check": check, "revert": revert, "settle": settle, "release": release}


# -- what they are made of ------------------------------------------------------------------------------------------


def operate(one: Mapping[str, object], values: Sequence[str]) -> None:
    """One frozen operation. Raises Failed with its title, and what its command said last."""
    if one["kind"] in ("put", "copy"):
        uid, gid = pwd.getpwnam(str(one["owner"])).pw_uid, grp.getgrnam(str(one["group"])).gr_gid
        mode = one["mode"]
        assert isinstance(mode, int)  # so frozen
        body = content(one).encode() if one["kind"] == "put" else stored(str(one["sha256"]))
        trees.write(Path(str(one["path"])), body, uid, gid, mode)
        return
    status, said = run(("sh", "-c", str(one["command"])), None)
    if status != 0:
        raise Failed(f"{one['title']}: a command ended with status {status}: {clean(said, values)}")


def put_back(folder: Path, told: bool) -> None:
    """New packages, trees, units: as they were. `told`: units run, and are told of what they read anew.

    What was off goes off first: the files that say what a unit is may not outlive the trees.
    """
    document = json.loads((folder / "units.json").read_bytes())
    units = [(Unit(name, tell, tuple(reads)), before) for name, tell, reads, before in document["units"]]
    for unit, before in units:
        switch_off(unit, before, told)
    purge(json.loads((folder / "packages.json").read_bytes()))
    changed = trees.restore(folder)
    if any(path.startswith(UNIT_FILES) for path in changed):
        run(("systemctl", "daemon-reload"), SHORT_S)
    for unit, before in units:
        switch_on(unit, before, told, any(path.startswith(unit.reads) for path in changed))


def switch_off(unit: Unit, before: Mapping[str, bool], told: bool) -> None:
    now = state(unit.name)
    if now["enabled"] and not before["enabled"]:
        run(("systemctl", "--quiet", "disable", unit.name), SHORT_S)
    if told and now["active"] and not before["active"]:
        run(("systemctl", "stop", unit.name), SHORT_S)


def switch_on(unit: Unit, before: Mapping[str, bool], told: bool, reads_anew: bool) -> None:
    now = state(unit.name)
    if before["enabled"] and not now["enabled"]:
        run(("systemctl", "--quiet", "enable", unit.name), SHORT_S)
    if told and before["active"]:
        run(("systemctl", "reset-failed", unit.name), SHORT_S)
        verb = "start" if not now["active"] else unit.tell if reads_anew else ""
        if verb:
            run(("systemctl", verb, unit.name), SHORT_S)


def purge(before: Sequence[str]) -> None:
    """Packages that were not there go again, half-configured ones too: the trees would not fit them.

    What stays is settled: a dpkg that was killed leaves triggers pending on packages that it never unpacked.
    """
    new = sorted(packages().keys() - set(before))
    if new:
        run(("dpkg", "--force-remove-reinstreq", "--force-depends", "--purge", *new), PURGE_S)
    if any(status != "installed" for status in packages().values()):
        run(("dpkg", "--configure", "--pending"), PURGE_S)
    if left := sorted(packages().keys() - set(before)):
        raise Failed(f"packages that cannot be removed again: {', '.join(left)}")


def packages() -> dict[str, str]:
    """Name to dpkg's status, of every package that it knows in any state but not installed."""
    _, said = run(("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\\n"), SHORT_S)
    rows = (row.split() for row in said.splitlines())
    return {row[1]: row[0] for row in rows if len(row) == 2 and row[0] not in ("not-installed", "config-files")}


def state(unit: str) -> dict[str, bool]:
    status, _ = run(("systemctl", "--quiet", "is-active", unit), SHORT_S)
    enabled, _ = run(("systemctl", "--quiet", "is-enabled", unit), SHORT_S)
    return {"active": status == 0, "enabled": enabled == 0}


def content(one: Mapping[str, object]) -> str:
    pieces = one["content"]
    assert isinstance(pieces, list)  # so frozen
    return "".join(piece["secret"] if isinstance(piece, dict) else piece for piece in pieces)


def stored(digest: str) -> bytes:
    """What was laid aside. Raises Failed where it is not there to the byte."""
    path = STORED / digest
    body = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(body).hexdigest() != digest:
        raise Failed(f"what has the SHA-256 {digest} was not sent before")
    return body


def secrets(part: Part) -> tuple[str, ...]:
    """Every secret value of the part's files."""
    documents = (json.loads(line) for line in part.commands[1:])
    pieces = (piece for one in documents for piece in one.get("content", ()))
    return tuple(piece["secret"] for piece in pieces if isinstance(piece, dict))


def clean(said: str, values: Sequence[str]) -> str:
    """The last line of what a command said, no secret in it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "it said nothing"
    return "it said something with a secret in it" if any(value in last for value in values) else last


def seen(path: Path) -> tuple[str, str, int, str]:
    found = path.lstat()
    owner, group = pwd.getpwuid(found.st_uid).pw_name, grp.getgrgid(found.st_gid).gr_name
    body = "" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    return owner, group, found.st_mode & 0o7777, body


def run(argv: Sequence[str], limit_s: float | None) -> tuple[int, str]:
    """Exit status, and standard output followed by standard error. Raises subprocess.TimeoutExpired."""
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=limit_s,
        check=False,
        env=ENVIRONMENT,
        cwd="/",
    )
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def drop(folder: Path) -> None:
    """Remove a pre-image: half of one is never taken for a whole one. What an earlier one did not get to goes too."""
    old = folder.with_name(folder.name + ".old")
    with suppress(FileNotFoundError):
        shutil.rmtree(old)
    with suppress(FileNotFoundError):  # there is none, or the timer's own end is quicker
        folder.rename(old)
        shutil.rmtree(old)


def main() -> int:
    os.umask(0o022)
    if sys.argv[1] in OURS:
        return OURS[sys.argv[1]]()
    return latch_part.main(look, VERBS)
