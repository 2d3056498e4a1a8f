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
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutmut.mutation import trampoline

LANES = os.cpu_count() or 1
PATIENCE_S = 20.0
"""Beyond ten times what its tests take without a fault; a mutant that loops is killed by the clock."""
CLOCK = "the clock"
MEMORY_BYTES = 4 << 30
"""For a mutant that never stops growing."""
TESTS_S = 8.0
"""Of tests, for each mutant: what none of them notices counts as a survivor."""
SAID = "said.json"
WATCH_S = 3600.0


class Work(NamedTuple):
    name: str
    call: Callable[[], Any]
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
        found[mutant] = CLOCK if killer is None else str(killer)
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
        for name, passed, took_s, functions in found:
            if not passed:
                print(f"left out, for it fails without a fault: {name}", file=sys.__stderr__, flush=True)
                continue
            seen.took_s[name] = took_s
            for function in functions:
                seen.through[function].add(name)
    return seen


def watch(items: Sequence[pytest.Item]) -> list[tuple[str, bool, float, list[str]]]:
    """Of each test its name, whether it passes, its time, and the functions it comes through, in its forks too."""
    found = []
    file = Path(tempfile.mkdtemp(prefix="mutant-")) / "through"
    here = os.getpid()
    known: set[str] = set()

    def hit(name: str, caller: str | None = None) -> None:
        if name not in known:
            known.add(name)
            if os.getpid() != here:  # a fork of the test knows what was known when it began, and leaves what it adds
                with suppress(OSError), file.open("a") as hits:
                    hits.write(f"{name}\n")

    trampoline.record_trampoline_hit = hit
    trampoline.set_mutant_under_test("stats")
    del os.environ["MUTANT_UNDER_TEST"]  # a whole process that a test starts has no such recorder
    for item, after in pairwise([*items, None]):
        known.clear()
        file.write_text("")
        begun = time.perf_counter()
        passed = passes(item, after)
        took_s = time.perf_counter() - begun
        found.append((item.nodeid, passed, took_s, sorted(known.union(file.read_text().split()))))
    shutil.rmtree(file.parent)
    return found


def trials(killers: Mapping[str, str], seen: Seen, items: Mapping[str, pytest.Item], felled: Felled) -> Iterator[Work]:
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
    return next((item.nodeid for item, after in pairwise([*items, None]) if not passes(item, after)), "")


def passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, nextitem=after, log=False))


def side_by_side(works: Iterable[Work]) -> Iterator[tuple[str, Any]]:
    """The names, and what each call returned in a fork of this process, as they end; None where the clock ended it."""
    waiting, forks = iter(works), {}
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
class Fork:
    """One fork, in a session of its own; what it returns is left in a file."""

    name: str
    pid: int
    folder: Path
    ends: float
    """By time.monotonic."""

    @classmethod
    def of(cls, work: Work) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        if not (pid := os.fork()):
            status = 1
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
        return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid

    def said(self) -> Any:
        said = self.folder / SAID
        answer = json.loads(said.read_text()) if said.exists() else None
        shutil.rmtree(self.folder)
        return answer
