"""Proof 6: each record flipped, deleted, swapped, the end cut off: all found against a head that was kept elsewhere.

By `verify` and by the stand-alone verifier, which must agree. The forger has the jump host: he makes every digest after
his edit right again, and the head's file beside the journal too. What he has not is the head that was kept elsewhere.
"""

from __future__ import annotations

import ast
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from change.canonical import canonical, digest_of
from change.chain import GENESIS, Head
from change.clock import moment
from change.head_places import FilePlace
from change.heads import HeadStatement, kept_problems, sign_head
from change.journal import Journal, keep_head
from change.signature import make_key, public_half
from tests.change.fake_target import Fault
from tests.change.fake_world import FakeWorld

VERIFIER = Path(__file__).parents[2] / "tools" / "verify_journal.py"
FIELDS = ("number", "at", "event", "plan", "step", "target", "outcome", "detail", "previous", "digest")
TEXTS = FIELDS[1:]
Row = dict[str, object]
Tamper = Callable[[list[Row]], list[Row]]


@dataclass(frozen=True)
class Kept:
    """A journal of a change that went back and one that stayed, and a head of it elsewhere."""

    folder: Path
    journal: Journal
    rows: tuple[Row, ...]
    heads: Path
    public: str

    def tampered(self, tamper: Tamper) -> tuple[str, str]:
        """What verify says, and what the verifier says of the export, once the rows are as somebody made them."""
        rows = tamper([dict(row) for row in self.rows])
        self.write(rows)
        export = self.folder / "export.jsonl"
        export.write_bytes(b"".join(canonical(row) + b"\n" for row in rows))
        return "\n".join(self.found()), self.stand_alone(export)

    def found(self) -> Iterator[str]:
        yield from self.journal.verify()
        digests, known = self.journal.digests(), {"jump-1": [self.public]}
        yield from kept_problems(self.heads.read_bytes(), digests, lambda head: known.get(head.by, ()))

    def write(self, rows: list[Row]) -> None:
        with sqlite3.connect(self.journal.store.path) as connection:
            connection.execute("DROP TABLE entries")
            connection.execute(f"CREATE TABLE entries ({', '.join(FIELDS)})")
            values = [tuple(row.get(name) for name in FIELDS) for row in rows]
            connection.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * len(FIELDS))})", values)
        connection.close()
        if rows and isinstance(rows[-1]["number"], int):
            keep_head(self.journal.head_path, Head(number=rows[-1]["number"], digest=str(rows[-1]["digest"])))

    def stand_alone(self, export: Path) -> str:
        """Its words where it finds something, empty where it finds nothing."""
        key = self.folder / "auditor.pub"
        key.write_text(self.public)
        words = [sys.executable, "-I", VERIFIER, export, self.heads, "--key", key]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.returncode == (0 if done.stdout.startswith("whole:") else 5), done.stdout
        return "" if done.returncode == 0 else done.stdout


@pytest.fixture
def kept(folder: Path) -> Kept:
    world = FakeWorld(folder, {"far": 2, "near": 1})
    world.boxes["near"].faults["verify"] = Fault.SAYS_NO
    world.apply(world.plan())
    world.boxes["near"].faults.clear()
    world.apply(world.plan())
    journal = world.journal()
    key = folder / "key"
    make_key(key)
    last = journal.head()
    assert last is not None
    at = moment(world.clock.utc())
    statement = HeadStatement(jump_host="jump-1", number=last.number, digest=last.digest, at=at, by="jump-1")
    FilePlace(folder / "heads.jsonl").append(sign_head(statement, key, may_ask=False))
    rows = tuple(entry.model_dump(mode="json") for entry in journal.entries())
    return Kept(folder, journal, rows, folder / "heads.jsonl", public_half(key))


def chained(rows: list[Row]) -> list[Row]:
    """The forger's work: numbers, chain and digests made right."""
    previous = GENESIS
    for number, row in enumerate(rows, start=1):
        row |= {"number": number, "previous": previous}
        row["digest"] = previous = digest_of(canonical({name: row[name] for name in row if name != "digest"}))
    return rows


def flipped(value: object) -> object:
    """One bit of it."""
    if isinstance(value, int):
        return value ^ 1
    text = str(value or "")
    return text[:-1] + chr(ord(text[-1]) ^ 1) if text else "x"


def flip(index: int, field: str) -> Tamper:
    return lambda rows: [row | ({field: flipped(row[field])} if at == index else {}) for at, row in enumerate(rows)]


def delete(index: int) -> Tamper:
    return lambda rows: rows[:index] + rows[index + 1 :]


def swap(index: int) -> Tamper:
    """Two records in each other's place, under each other's number."""

    def swapped(rows: list[Row]) -> list[Row]:
        one, other = rows[index], rows[index + 1]
        places = [other | {"number": one["number"]}, one | {"number": other["number"]}]
        return [*rows[:index], *places, *rows[index + 2 :]]

    return swapped


def cut(index: int) -> Tamper:
    return lambda rows: rows[:index]


def forged(tamper: Tamper) -> Tamper:
    return lambda rows: chained(tamper(rows))


def tampers(rows: int, every: int) -> Iterator[tuple[str, Tamper]]:
    """By name: each kind at every so many-th record; those that a forger would mend, mended too."""
    for index in range(0, rows, every):
        for field in FIELDS:
            yield f"{field} of {index + 1} flipped", flip(index, field)
        for name, tamper in (
            ("deleted", delete(index)),
            ("cut off from", cut(index)),
            *((("swapped with the next", swap(index)),) if index + 1 < rows else ()),
        ):
            yield f"{index + 1} {name}", tamper
            yield f"{index + 1} {name}, chained anew", forged(tamper)
        for field in ("at", "event", "step", "target", "detail"):
            yield f"{field} of {index + 1} flipped, chained anew", forged(flip(index, field))


def test_what_nobody_touched_is_whole(kept: Kept) -> None:
    assert kept.tampered(lambda rows: rows) == ("", "")
    lines = tuple(kept.journal.export())
    assert b"".join(lines) == (kept.folder / "export.jsonl").read_bytes()


@pytest.mark.parametrize("every", [19, pytest.param(1, marks=pytest.mark.prove)])
def test_every_tampering_is_found_by_both(kept: Kept, every: int) -> None:
    missed = []
    tried = 0
    for name, tamper in tampers(len(kept.rows), every):
        tried += 1
        ours, stand_alone = kept.tampered(tamper)
        if not ours or not stand_alone:
            missed.append((name, ours, stand_alone))
    assert missed == []
    assert tried >= 20 * (len(kept.rows) // every)


def test_without_a_kept_head_a_forger_with_the_jump_host_goes_unseen(kept: Kept) -> None:
    """Why heads are kept elsewhere at all."""
    kept.tampered(forged(cut(20)))
    assert kept.journal.verify() == ()


@pytest.mark.parametrize("every", [1401, pytest.param(29, marks=pytest.mark.prove)])
def test_every_flipped_byte_of_an_export_is_found(kept: Kept, every: int) -> None:
    whole = b"".join(kept.journal.export())
    export = kept.folder / "export.jsonl"
    for at in range(0, len(whole), every):
        export.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.stand_alone(export), at


@pytest.mark.parametrize("every", [137, pytest.param(1, marks=pytest.mark.prove)])
def test_every_flipped_byte_of_a_kept_head_is_found_or_says_the_same(kept: Kept, every: int) -> None:
    """The bits of base64 that spell no octet of a signature say nothing: ssh-keygen passes over them."""
    export = kept.folder / "export.jsonl"
    export.write_bytes(b"".join(kept.journal.export()))
    line = kept.heads.read_bytes()
    head = json.loads(line)["head"]
    for at in range(0, len(line), every):
        kept.heads.write_bytes(line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :])
        ours = tuple(kept.found())
        stand_alone = kept.stand_alone(export)
        if not ours or not stand_alone:
            assert json.loads(kept.heads.read_bytes())["head"] == head, at


MADE_UP: Mapping[str, Tamper] = {
    "a record of another kind": lambda rows: chained([*rows, {"number": 0, "said": "nothing happened"}]),
    "a field too many": lambda rows: chained([row | {"note": "x"} for row in rows]),
    "a number as text": lambda rows: [row | {"number": str(row["number"])} for row in rows],
    "nothing at all": lambda rows: [],
}


@pytest.mark.parametrize("made_up", MADE_UP)
def test_what_is_no_journal_is_none(kept: Kept, made_up: str) -> None:
    export = kept.folder / "export.jsonl"
    rows = MADE_UP[made_up]([dict(row) for row in kept.rows])
    export.write_bytes(b"".join(canonical(row) + b"\n" for row in rows))
    assert kept.stand_alone(export)


def test_heads_that_are_missing_torn_or_of_another_key_are_found(kept: Kept, tmp_path: Path) -> None:
    export = kept.folder / "export.jsonl"
    export.write_bytes(b"".join(kept.journal.export()))
    line = kept.heads.read_bytes()
    make_key(tmp_path / "stranger")
    statement = HeadStatement.model_validate(json.loads(line)["head"])
    for lines, says in (
        (b"", "no head is kept"),
        (line[:100], "no head"),
        (line + line[:100], "line 2"),
        (sign_head(statement, tmp_path / "stranger", may_ask=False), "key"),
        (sign_head(statement.model_copy(update={"by": "asha"}), tmp_path / "stranger", may_ask=False), "key"),
    ):
        kept.heads.write_bytes(lines)
        assert says in "\n".join(kept.found())
        assert says in kept.stand_alone(export)


def test_the_verifier_is_short_and_stands_alone() -> None:
    text = VERIFIER.read_text()
    assert len(text.splitlines()) < 100
    names = [
        name.name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for name in node.names
    ] + [str(node.module).partition(".")[0] for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    assert set(names) <= sys.stdlib_module_names
