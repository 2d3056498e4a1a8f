"""One change a target at a time: a lock each, in the same file as the journal.

A lock is taken over only from an owner that is dead and whose plan has no open step: `govnet resume` ends those first.
Of this host a process says itself whether it runs. Of another host an owner is dead when its lease ran out, by dates,
and it then gave no beat while we watched, by our own monotonic clock: so no stepped clock takes a living owner's lock.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from change.clock import Clock, from_moment, stamp
from change.model import Digest, Record
from change.store import LOCKS, Store, StoreError

LEASE_S = 900.0
"""How long a lock of another host stands without a heartbeat."""
BEAT_S = 20.0
WATCH_S = 3 * BEAT_S
"""How long an owner of another host is watched whose lease seems to have run out."""


class Owner(Record):
    """Who holds a lock. `started` tells a process from a later one that got its number."""

    host: str
    pid: int
    started: str
    token: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class Lock(Record):
    target: str
    plan: Digest
    owner: Owner
    heartbeat: str
    lease_s: float


class Locked(Exception):
    """Somebody else holds what was asked for; nothing was taken. One sentence for each target."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class LockLost(StoreError):
    """Another owner took over what was ours, so nothing more may be written or sent. One sentence."""


def started(pid: int) -> str:
    """When a process of this machine began: boot id and field 22 of /proc/PID/stat (proc(5)); empty where none runs."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def this_process() -> Owner:
    return Owner(host=socket.gethostname(), pid=os.getpid(), started=started(os.getpid()), token=uuid.uuid4().hex)


def runs_here(owner: Owner) -> bool | None:
    """Whether the owner's process runs; None where it is of another host and cannot be asked."""
    if owner.host != socket.gethostname():
        return None
    return owner.started != "" and started(owner.pid) == owner.started


class Locks:
    """The locks as one owner sees them. Every method raises StoreError where the file fails."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        owner: Owner | None = None,
        runs: Callable[[Owner], bool | None] = runs_here,
        lease_s: float = LEASE_S,
        watch_s: float = WATCH_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self.owner = owner or this_process()
        self._runs = runs
        self._lease_s = lease_s
        self._watch_s = watch_s
        self._mine: dict[Digest, frozenset[str]] = {}

    def take(self, targets: Iterable[str], plan: Digest, unresolved: Collection[Digest]) -> None:
        """All of them or none. `unresolved`: plans with open steps, whose locks stay. Raises Locked."""
        wanted = sorted(set(targets))
        silent = self._silent(lock for lock in self.held() if lock.target in wanted)
        with self._store.writing() as connection:
            held = {lock.target: lock for lock in held_in(connection)}
            problems = [self._refusal(held[name], unresolved, silent) for name in wanted if name in held]
            if found := [problem for problem in problems if problem]:
                raise Locked(*found)
            connection.execute(delete(LOCKS).where(LOCKS.c.target.in_(wanted)))
            owner = self.owner.model_dump()
            beat = {"heartbeat": stamp(self._clock.utc()), "lease_s": self._lease_s}
            connection.execute(insert(LOCKS), [{"target": name, "plan": plan, **owner, **beat} for name in wanted])
        self._mine[plan] = frozenset(wanted)

    def _refusal(self, lock: Lock, unresolved: Collection[Digest], silent: Collection[Lock]) -> str:
        if lock.owner.token == self.owner.token:
            return ""
        if not self._dead(lock, silent):
            return f"{lock.target} is being changed by {lock.owner}"
        if lock.plan in unresolved:
            return f"{lock.target}: a change of it was interrupted: run govnet resume"
        return ""

    def _dead(self, lock: Lock, silent: Collection[Lock]) -> bool:
        """Its process ended; or, of another host, it has been silent for its lease and while we watched."""
        runs = self._runs(lock.owner)
        return lock in silent if runs is None else not runs

    def _silent(self, locks: Iterable[Lock]) -> frozenset[Lock]:
        """Of other hosts, those whose lease seems to have run out, as they were before we watched.

        A lock that is still one of these afterwards, to its heartbeat, has no living owner.
        """
        late = frozenset(lock for lock in locks if self._runs(lock.owner) is None and self._lease_ran_out(lock))
        if late:
            self._clock.wait(self._watch_s, threading.Event())
        return late

    def _lease_ran_out(self, lock: Lock) -> bool:
        return self._clock.utc() > from_moment(lock.heartbeat) + timedelta(seconds=lock.lease_s)

    def beat(self) -> None:
        """Say that this owner lives. Raises LockLost."""
        if not self._mine:
            return
        with self._store.writing() as connection:
            self.must_hold(connection)
            mine = update(LOCKS).where(LOCKS.c.token == self.owner.token)
            connection.execute(mine.values(heartbeat=stamp(self._clock.utc())))

    @contextmanager
    def beating(self, every_s: float = BEAT_S) -> Iterator[None]:
        """A beat every so often, however long one answer takes. That a lock was lost, the next append says."""
        done = threading.Event()

        def go_on() -> None:
            while not done.wait(every_s):
                with suppress(StoreError):
                    self.beat()

        thread = threading.Thread(target=go_on, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def must_hold(self, connection: Connection) -> None:
        """Within a transaction: all that was taken and not given back is still ours. Raises LockLost."""
        wanted = frozenset[str]().union(*tuple(self._mine.values()))
        ours = select(func.count()).select_from(LOCKS).where(LOCKS.c.token == self.owner.token)
        if not wanted or connection.execute(ours).scalar_one() == len(wanted):
            return
        owners = {lock.target: lock.owner for lock in held_in(connection) if lock.target in wanted}
        lost = sorted(name for name in wanted if name not in owners or owners[name].token != self.owner.token)
        by = {str(owners[name]) for name in lost if name in owners} or {"somebody"}
        raise LockLost(f"{', '.join(sorted(by))} took over {', '.join(lost)} from us: nothing more was sent")

    def release(self, plan: Digest) -> None:
        """Give back what this owner holds for a plan."""
        self._mine.pop(plan, None)
        with self._store.writing() as connection:
            connection.execute(delete(LOCKS).where(LOCKS.c.token == self.owner.token, LOCKS.c.plan == plan))

    def sweep(self, unresolved: Collection[Digest]) -> None:
        """Remove what dead owners left behind of plans that have no open step."""
        silent = self._silent(lock for lock in self.held() if lock.plan not in unresolved)
        with self._store.writing() as connection:
            for lock in held_in(connection):
                if lock.plan not in unresolved and self._dead(lock, silent):
                    connection.execute(delete(LOCKS).where(LOCKS.c.target == lock.target))

    def held(self) -> tuple[Lock, ...]:
        """Every lock, whoever holds it, by target."""
        with self._store.reading() as connection:
            return held_in(connection)


def held_in(connection: Connection) -> tuple[Lock, ...]:
    rows = connection.execute(select(LOCKS).order_by(LOCKS.c.target)).all()
    return tuple(
        Lock(
            target=row.target,
            plan=row.plan,
            owner=Owner(host=row.host, pid=row.pid, started=row.started, token=row.token),
            heartbeat=row.heartbeat,
            lease_s=row.lease_s,
        )
        for row in rows
    )
