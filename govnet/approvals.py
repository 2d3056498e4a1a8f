"""Where approvals come from: the folder FILE.approvals beside a plan or trust document, and the pinned trust document.

Of a person PERSON it holds `PERSON.json`, the statement's bytes, and `PERSON.json.sig`. Whoever can write there can
hand in anything: each file is read once, as a regular file and no link, up to a limit.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from change.approval import Approvals, Approved, Paper, Signed, Unfit, judge, plan_subject
from change.attest import attested
from change.model import Plan
from inventory.durable import write
from inventory.trust import NAMESPACE, Statement, Trust
from inventory.trust_pin import TrustRefused, pinned

STATEMENT, SIGNATURE = ".json", ".json.sig"
STATEMENT_OCTETS = 256 * 1024
"""A statement names each target: some thousands fit."""
SIGNATURE_OCTETS = 8 * 1024
PEOPLE = 64
"""So many papers are looked at; a policy asks for a few."""
PERSON = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
"""inventory.model.Name: what else lies there is not repeated to anyone's terminal as it is."""
NOBODY = "sha256:" + "0" * 64

HandedIn = tuple[Paper | Unfit, ...]


def folder_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.approvals")


def handed_in(file: Path) -> HandedIn:
    """What lies in the folder beside a file, by name. A folder that is not there holds nothing. Raises OSError."""
    try:
        folder = os.open(folder_of(file), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return ()
    try:
        with os.scandir(folder) as entries:
            people = sorted({entry.name.removesuffix(".sig").removesuffix(".json") for entry in entries})
        found = tuple(paper(folder, person) for person in people[:PEOPLE])
    finally:
        os.close(folder)
    return (*found, *(Unfit(person, f"is one of more than {PEOPLE} papers") for person in people[PEOPLE:]))


def paper(folder: int, person: str) -> Paper | Unfit:
    if not PERSON.fullmatch(person):
        return Unfit(ascii(person), "is no name of a person")
    try:
        statement = content(folder, f"{person}{STATEMENT}", STATEMENT_OCTETS)
        return Paper(person, statement, content(folder, f"{person}{SIGNATURE}", SIGNATURE_OCTETS))
    except FileNotFoundError as problem:
        return Unfit(person, f"there is no {problem.filename}")
    except OSError as problem:
        return Unfit(person, f"{problem.filename or person} {problem.strerror}")


def content(folder: int, name: str, limit: int) -> bytes:
    """Of a regular file. Raises OSError: a link, a pipe, more than the limit."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as problem:
        raise type(problem)(problem.errno, "cannot be read as a file of its own", name) from problem
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "is no regular file", name)
        read = file.read(limit + 1)
    if len(read) > limit:
        raise OSError(0, f"has more than {limit} octets", name)
    return read


def hand_in(file: Path, statement: Statement, signature: bytes) -> Path:
    """Keep a statement beside what it is about; what the person had handed in before is replaced. Raises OSError."""
    folder = folder_of(file)
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise OSError(0, "is a link, and not a folder of its own", str(folder))
    write(folder / f"{statement.person}{STATEMENT}", statement.payload, 0o644)
    write(folder / f"{statement.person}{SIGNATURE}", signature, 0o644)
    return folder


def checked(found: HandedIn, trust: Trust, namespace: str = NAMESPACE) -> Iterator[Signed | Unfit]:
    """With every signature checked by ssh-keygen."""
    for one in found:
        yield from attested((one,), trust, namespace) if isinstance(one, Paper) else (one,)


def of_file(trust_folder: Path, file: Path) -> Approvals:
    """Of the plan in this file. What was handed in is read once, now; the trust document each time anew."""
    found = handed_in(file)

    def approvals(plan: Plan, now: datetime) -> Approved:
        try:
            trust = pinned(trust_folder)
        except TrustRefused as problem:
            return not_judged(str(problem))
        return judge(plan_subject(plan), trust, checked(found, trust), now)

    return approvals


def of_nobody(plan: Plan, now: datetime) -> Approved:
    """Where plans are only brought to their end: no wave is begun, so nobody's signature is asked for."""
    return not_judged("no wave is begun where a plan is only brought to its end")


def not_judged(problem: str) -> Approved:
    return Approved(
        problems=(problem,), missing={}, counted=(), set_aside=(), break_glass=None, trust=NOBODY, papers={}
    )
