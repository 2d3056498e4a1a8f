"""The signed heads of this state's journal: who signs them, where the world wants them kept, and how far they reach."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from change.chain import Head
from change.clock import SystemClock, from_moment, moment
from change.head_places import Place, place_of
from change.heads import HeadStatement, Kept, KeysOf, keep_heads, kept_at, sign_head
from change.journal import Journal
from change.signature import make_key, public_half
from change.store import StoreToRead
from govnet.desk import Desk
from govnet.report.lines import counted, wrapped
from govnet.screen import put_lines
from inventory.trust_pin import pinned

UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def head_key(desk: Desk) -> Path:
    return desk.state / "heads" / "key"


def key_of(desk: Desk) -> Path:
    """The jump host's own key for heads, made where there is none. Raises KeygenFailed."""
    make_key(head_key(desk))
    return head_key(desk)


def line_of(desk: Desk, head: Head, by: str, key: Path) -> bytes:
    """Raises KeygenFailed."""
    statement = HeadStatement(
        jump_host=desk.inventory.world.jump_host,
        number=head.number,
        digest=head.digest,
        at=moment(SystemClock().utc()),
        by=by,
    )
    return sign_head(statement, key, may_ask=sys.stdin.isatty())


def places(desk: Desk) -> Mapping[str, Place]:
    world = desk.inventory.world
    return {where: place_of(where, world.jump_host) for where in world.journal_heads}


def keep(desk: Desk, journal: Journal) -> None:
    """After a change, wherever the world wants it. What fails is said, and ends nothing."""
    wanted = places(desk)
    if not wanted:
        return
    own = desk.inventory.world.jump_host
    for problem in keep_heads(journal, wanted, lambda head: line_of(desk, head, own, key_of(desk))):
        said = f"No head of the journal was kept elsewhere: {problem}. It is tried again after the next change."
        put_lines(desk.console, wrapped(said, ""))


def keys_of(desk: Desk) -> KeysOf:
    """The jump host's: all halves in its folder. A person's: by the trust document that is pinned, as of that time.

    Raises KeygenFailed, TrustRefused.
    """
    own = frozenset(public_half(path) for path in head_key(desk).parent.glob("*.pub"))
    people = pinned(desk.trust).people if desk.trust.exists() else ()
    now = SystemClock().utc()

    def known(statement: HeadStatement) -> frozenset[str]:
        if statement.by == desk.inventory.world.jump_host:
            return own
        keys = (key for person in people if person.name == statement.by for key in person.keys)
        return frozenset(key.public for key in keys if key.counts(from_moment(statement.at), now))

    return known


def kept(desk: Desk) -> tuple[Kept, ...]:
    """How far the heads reach, at each place that the world names; none where nothing was ever written."""
    if not desk.journal_path.exists():
        return ()
    journal = Journal(desk.journal_path, SystemClock(), StoreToRead)
    return tuple(kept_at(journal, where) for where in desk.inventory.world.journal_heads)


def kept_text(found: Iterable[Kept], now: datetime) -> Iterator[str]:
    """A line a place, and why the last try failed where it did."""
    for one in found:
        age = "was never kept" if one.at is None else f"was last kept {ago(now - from_moment(one.at))} ago"
        yield f"Journal: a head {age} in {one.where}"
        if one.problem:
            yield f"  not since: {one.problem}"


def ago(age: timedelta) -> str:
    """In the largest unit that fits; never less than none."""
    seconds = max(0, int(age.total_seconds()))
    unit, length_s = next(((unit, length_s) for unit, length_s in UNITS if seconds >= length_s), UNITS[-1])
    return counted(seconds // length_s, unit)
