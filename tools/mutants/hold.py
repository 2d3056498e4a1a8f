"""Which planted mutants do the tests hold? A pytest plugin: tests are collected once, and each mutant has its own fork.

    python -m pytest -p tools.mutants.hold --mutants FILE TESTS

FILE is JSON: for each mutant's id the test that killed it when it was last tried, or "". It is rewritten with the test
that kills it now, "" for a survivor. mutmut itself starts pytest for each mutant, which takes several times as long.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, islice, zip_longest
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut.mutation import trampoline

LANES = os.cpu_count() or 1
PATIENCE_S = 20.0
"""Beyond ten times what its tests take without a fault; a mutant that loops is killed by the clock."""
CLOCK = "the clock"
"""Or a signal ended its fork, which none does without a fault."""
MEMORY_BYTES = 4 << 30
"""For a mutant that never stops growing."""
TESTS_S = 8.0
"""Of tests, for each mutant: what none of them notices counts as a survivor."""
SAID = "said.json"
FAILED = 1
"""The exit status of a fork that an error of ours ended."""
WATCH_S = 3600.0
T = TypeVar("T")
Watched = tuple[str, bool, float, list[str]]
"""A test's name, whether it passes, its time in seconds, and the functions that it comes through, in its forks too."""


class Work(NamedTuple, Generic[T]):
    name: str
    call: Callable[[], T]
    """What it returns must be JSON."""
    limit_s: float


Felled = defaultdict[str, Counter[str]]
"""By function, how many of its mutants each test has killed."""


@dataclass
class Seen:
    """Of the run without a fault."""

    took_s: dict[str, float] = field(default_factory=dict)
    """Of each test that passes."""
    through: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The tests that come through a function, as mutmut names it: `module.x_name`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", required=True)


def pytest_configure(config: pytest.Config) -> None:
    """A property tries the same examples for each mutant, and looks for no smaller one once it has failed."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", deadline=None, database=None, derandomize=True, phases=phases)
    settings.load_profile("mutants")


def pytest_runtestloop(session: pytest.Session) -> bool:
    file = Path(session.config.getoption("--mutants"))
    killers: dict[str, str] = json.loads(file.read_text())
    items = {item.nodeid: item for item in session.items}
    seen = watched(list(items.values()))
    felled: Felled = defaultdict(Counter)
    found: dict[str, str] = {}
    for mutant, killer in side_by_side(trials(killers, seen, items, felled)):
        found[mutant] = CLOCK if killer is None else killer
        felled[function_of(mutant)][found[mutant]] += 1
        if len(found) % 100 == 0 or len(found) == len(killers):
            lives = sum(not killer for killer in found.values())
            print(f"{len(found)} of {len(killers)} mutants tried, {lives} survive", file=sys.__stderr__, flush=True)
    file.write_text(json.dumps(found))
    return True


def watched(items: Sequence[pytest.Item]) -> Seen:
    """All tests once. One that fails without a fault says nothing, and is left out."""
    shares = [items[lane::LANES] for lane in range(LANES)]
    seen = Seen()
    for _, found in side_by_side([Work("", partial(watch, share), WATCH_S) for share in shares]):
        if found is None:
            raise RuntimeError("the tests did not come to their end without a fault")
        for name, passed, took_s, functions in found:
            if not passed:
                print(f"left out, for it fails without a fault: {name}", file=sys.__stderr__, flush=True)
                continue
            seen.took_s[name] = took_s
            for function in functions:
                seen.through[function].add(name)
    return seen


def watch(items: Sequence[pytest.Item]) -> list[Watched]:
    found: list[Watched] = []
    file = Path(tempfile.mkdtemp(prefix="mutant-")) / "through"
    here = os.getpid()
    known: set[str] = set()

    def hit(name: str, caller: str | None = None) -> None:
        if name not in known:
            known.add(name)
            if os.getpid() != here:  # a fork of the test knows what was known when it began, and leaves what it adds
                with suppress(OSError), file.open("a") as hits:
                    hits.write(f"{name}\n")

    trampoline.record_trampoline_hit = hit  # type: ignore[attr-defined]  # in the place of mutmut's own
    trampoline.set_mutant_under_test("stats")
    del os.environ["MUTANT_UNDER_TEST"]  # a whole process that a test starts has no such recorder
    for item, after in in_turn(items):
        known.clear()
        file.write_text("")
        begun = time.perf_counter()
        passed = passes(item, after)
        took_s = time.perf_counter() - begun
        found.append((item.nodeid, passed, took_s, sorted(known.union(file.read_text().split()))))
    shutil.rmtree(file.parent)
    return found


def trials(
    killers: Mapping[str, str], seen: Seen, items: Mapping[str, pytest.Item], felled: Felled
) -> Iterator[Work[str]]:
    """Each mutant's, made when its turn comes. First what killed it before, then what killed others of its function."""
    for mutant, killer in killers.items():
        told = felled[function_of(mutant)]
        tests = sorted(
            seen.through[function_of(mutant)], key=lambda name: (name != killer, -told[name], seen.took_s[name])
        )
        sums_s = accumulate(seen.took_s[name] for name in tests)
        chosen = [name for name, sum_s in zip(tests, sums_s, strict=True) if sum_s <= TESTS_S or name == tests[0]]
        limit_s = PATIENCE_S + 10 * sum(seen.took_s[name] for name in chosen)
        yield Work(mutant, partial(killer_of, mutant, [items[name] for name in chosen]), limit_s)


def function_of(mutant: str) -> str:
    return mutant.rpartition("__mutmut_")[0]


def killer_of(mutant: str, items: Sequence[pytest.Item]) -> str:
    """The first test that fails; "" where all pass."""
    trampoline.set_mutant_under_test(mutant)
    return next((item.nodeid for item, after in in_turn(items) if not passes(item, after)), "")


def in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each with the one after it, for whose sake pytest keeps what both are given."""
    return zip_longest(items, items[1:])


def passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    try:
        return not any(report.failed for report in runtestprotocol(item, nextitem=after, log=False))
    except (KeyboardInterrupt, SystemExit, pytest.exit.Exception):  # pytest passes these on
        return False


def side_by_side(works: Iterable[Work[T]]) -> Iterator[tuple[str, T | None]]:
    """The names, and what each call returned in a fork of this process, as they end; None where the clock ended it."""
    waiting = iter(works)
    forks: dict[int, Fork[T]] = {}
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        for work in islice(waiting, LANES - len(forks)):
            fork = Fork.of(work)
            forks[fork.pid] = fork
        if not forks:
            return
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, min(fork.ends for fork in forks.values()) - time.monotonic()))
        for fork in list(forks.values()):
            if fork.ended():
                yield fork.name, fork.said()
                del forks[fork.pid]


@dataclass(frozen=True)
class Fork(Generic[T]):
    """One fork, in a session of its own; what it returns is left in a file."""

    name: str
    pid: int
    folder: Path
    ends: float
    """By time.monotonic."""

    @classmethod
    def of(cls, work: Work[T]) -> Fork[T]:
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        if not (pid := os.fork()):
            status = FAILED
            try:
                os.setsid()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
                dumb = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(dumb, stream)
                (folder / SAID).write_text(json.dumps(work.call()))
                status = 0
            finally:
                os._exit(status)
        return cls(work.name, pid, folder, time.monotonic() + work.limit_s)

    def ended(self) -> bool:
        """Also by the clock, and then with all that it started."""
        if time.monotonic() >= self.ends:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return True
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid and os.waitstatus_to_exitcode(status) == FAILED:
            raise RuntimeError(f"the fork of {self.name or 'the run without a fault'} failed, and not one of its tests")
        return pid == self.pid

    def said(self) -> T | None:
        said = self.folder / SAID
        answer: T | None = json.loads(said.read_text()) if said.exists() else None
        shutil.rmtree(self.folder)
        return answer
