"""A wave on its way: armed, tried, held and verified. Each phase returns what went wrong; nothing is confirmed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from change.journal import Event
from change.model import Inspection, LatchState, Step
from change.run import ProbeResult, Run
from change.target import HostKeyRefused, TargetError, TargetUnreachable, named
from change.waves import rings

IN_FORCE = frozenset({LatchState.TRYING, LatchState.TRIED})
"""States in which holding on makes sense: in any other, the box has already given up the change."""
Failures: TypeAlias = Mapping[str | None, str]
"""What went wrong, by step id; under None what no one step is to blame for. Empty where nothing did."""
STOPPED: Failures = {None: "stopped by a person"}
UNMET = {
    "read": "is no longer as the plan was made for: make a new plan",
    "promised": "was not born as it was promised: nothing was done to it",
}
"""Where a target does not read as its step's base."""


@dataclass(frozen=True)
class Timer:
    """When a box goes back by itself, on our clock: not before `earliest`, and by `latest` at most."""

    earliest: float
    latest: float


@dataclass(frozen=True)
class Flight:
    """One wave of one run. The sets and mappings grow as it goes; resume fills them from the journal."""

    run: Run
    steps: tuple[Step, ...]
    asked: set[str] = field(default_factory=set)
    """Steps with a durable intent."""
    armed: set[str] = field(default_factory=set)
    timers: dict[str, Timer] = field(default_factory=dict)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    """The last thing noted of a step's verify or probe, so that only changes are written."""
    later: frozenset[str] = frozenset()
    """Targets whose steps of the plan are still to come; none where no further wave will be begun."""

    @property
    def timer_s(self) -> int:
        return max(step.timer_s for step in self.steps)

    @property
    def hold_s(self) -> int:
        return max(step.hold_s for step in self.steps)

    def latest(self, step: Step) -> float:
        """When the box is back at the latest; where its arming is not known, a whole timer from now."""
        timer = self.timers.get(step.id)
        return timer.latest if timer else self.run.clock.monotonic() + self.timer_s

    def told(self, failures: Failures) -> str:
        """All of them in one sentence, each with the name of its target."""
        targets = {step.id: step.target for step in self.steps}
        return "; ".join(text if id_ is None else named(targets[id_], text) for id_, text in failures.items())


@dataclass(frozen=True)
class Judgement:
    reason: str
    """Empty where all is well."""
    final: bool = False
    """No later round can turn it."""


def push(flight: Flight) -> Failures:
    """All phases before the confirm, until one fails. None where the wave may be confirmed."""
    for phase in (arm, try_all, hold, time_left):
        failures = STOPPED if flight.run.stop.is_set() else phase(flight)
        if failures:
            return failures
    return STOPPED if flight.run.stop.is_set() else {}


def arm(flight: Flight) -> Failures:
    """Every intent first, in one durable transaction; then every box keeps its pre-image and starts its timer."""
    run = flight.run
    run.note(Event.INTENT, flight.steps, f"timer {flight.timer_s} s, hold {flight.hold_s} s")
    flight.asked.update(step.id for step in flight.steps)

    def arm_one(step: Step) -> None:
        before = run.clock.monotonic()
        run.sent.add(step.id)
        try:
            run.target(step).arm(step, run.digest, flight.timer_s)
        finally:
            flight.timers[step.id] = Timer(before + flight.timer_s, run.clock.monotonic() + flight.timer_s)
        flight.armed.add(step.id)
        run.note(Event.ARMED, (step,))

    return failures_of(flight, run.each(flight.steps, arm_one))


def try_all(flight: Flight) -> Failures:
    """Ring by ring, the farthest first. A lost session is no verdict: the box goes on without us, and verify tells."""
    run = flight.run

    def try_one(step: Step) -> None:
        run.target(step).try_(step, run.announce(step))
        run.note(Event.TRIED, (step,))

    for ring in rings(flight.steps):
        run.note(Event.TRYING, ring)
        answers = run.each(ring, try_one)
        lost = [step for step in ring if isinstance(answers[step.id], TargetUnreachable)]
        for step in lost:
            run.note(Event.FAILED, (step,), f"the session was lost in the try: {answers[step.id]}")
        said_no = {id_: answer for id_, answer in answers.items() if not isinstance(answer, TargetUnreachable)}
        if failures := failures_of(flight, said_no):
            return failures
    return {}


def hold(flight: Flight) -> Failures:
    """Rounds of checks until one has begun after the hold ran out; that one decides, unless a box gave up before."""
    run = flight.run
    run.note(Event.HOLDING, flight.steps, f"{flight.hold_s} s")
    until = run.clock.monotonic() + flight.hold_s
    first: Failures = {}
    while not run.stop.is_set():
        run.locks.beat()
        began = run.clock.monotonic()
        answers = run.each(flight.steps, lambda step: judge(flight, step))
        judged = {id_: judgement for id_, judgement in answers.items() if isinstance(judgement, Judgement)}
        failures: Failures = {id_: judgement.reason for id_, judgement in judged.items() if judgement.reason}
        first = first or failures  # what went wrong first says more than the silence that followed
        if any(judgement.final for judgement in judged.values()) or (failures and began >= until):
            return in_turn(first, failures)
        if began >= until:
            run.note(Event.VERIFIED, flight.steps)
            return {}
        left_s = max(0.0, until - run.clock.monotonic())
        took_s = run.clock.monotonic() - began
        one_more = left_s > run.pace.poll_s + took_s  # else the next round is the one that decides, and not a late one
        run.clock.wait(run.pace.poll_s if one_more else left_s, run.stop)
    return STOPPED


def in_turn(first: Failures, last: Failures) -> Failures:
    """Both, and of a step what differs."""
    both = {**first, **last}
    return {id_: "; ".join(dict.fromkeys(one[id_] for one in (first, last) if id_ in one)) for id_ in both}


def time_left(flight: Flight) -> Failures:
    """Whether a timer might end while we confirm: then rather go back than race it.

    We count from before the arming. A box that took long to arm has more, and says so itself.
    """
    run = flight.run
    safe_until = run.clock.monotonic() + run.pace.confirm_s
    told = remaining(run, [step for step in flight.steps if flight.timers[step.id].earliest < safe_until])
    now = run.clock.monotonic()
    left_s = min(told.get(step.id, flight.timers[step.id].earliest - now) for step in flight.steps)
    if left_s >= run.pace.confirm_s:
        return {}
    return {None: f"only {left_s:.1f} s were left of the timer after the checks, too little to confirm safely"}


def remaining(run: Run, steps: Sequence[Step]) -> dict[str, float]:
    """By step id, how long a box's timer runs at least from now, in seconds; only of those that say."""
    began = run.clock.monotonic()
    answers = inspect_all(run, steps)
    took_s = run.clock.monotonic() - began
    return {
        id_: answer.remaining_s - took_s
        for id_, answer in answers.items()
        if isinstance(answer, Inspection) and answer.remaining_s is not None
    }


def judge(flight: Flight, step: Step) -> Judgement:
    """One verify over a new connection and every probe of a step, once."""
    run = flight.run
    try:
        run.target(step).verify(step, flight.later)
    except TargetError as problem:
        gave_up = isinstance(problem, HostKeyRefused) or gone(run, step)
        noted(flight, step, "verify", Event.FAILED, str(problem))
        return Judgement(str(problem), final=gave_up)
    noted(flight, step, "verify", Event.CHECKED, "reads as its result")
    return Judgement(probe_all(flight, step))


def gone(run: Run, step: Step) -> bool:
    """Whether the box itself says that the change is no longer in force."""
    try:
        return run.target(step).inspect(step).state not in IN_FORCE
    except TargetError:
        return False


def probe_all(flight: Flight, step: Step) -> str:
    """Every probe of a step, asked once: what was not as expected, empty where all was.

    The journal gets each answer that differs from the one before.
    """
    failed: list[str] = []
    for probe in step.probes:
        name = f"{probe.kind} {probe.subject}"
        try:
            result = flight.run.run_probe(probe)
        except TargetError as problem:
            result = ProbeResult(ok=False, detail=str(problem))
        verdict = "as expected" if result.ok else f"not as expected ({probe.expect})"
        noted(flight, step, name, Event.PROBE_RESULT, f"{name}: {verdict}: {result.detail}")
        if not result.ok:
            failed.append(f"{name}: {result.detail}")
    return "; ".join(failed)


def noted(flight: Flight, step: Step, what: str, event: Event, detail: str) -> None:
    if flight.seen.get((step.id, what)) != detail:
        flight.seen[step.id, what] = detail
        flight.run.note(event, (step,), detail)


def failures_of(flight: Flight, answers: Mapping[str, TargetError | None]) -> Failures:
    """What each target that said no said, written down."""
    failures: dict[str | None, str] = {}
    for step in flight.steps:
        problem = answers.get(step.id)
        if problem is not None:
            flight.run.note(Event.FAILED, (step,), str(problem))
            failures[step.id] = str(problem)
    return failures


def inspect_all(run: Run, steps: Iterable[Step]) -> dict[str, Inspection | TargetError]:
    return run.each(steps, lambda step: run.target(step).inspect(step))


def stale(run: Run, steps: Sequence[Step]) -> dict[str, str]:
    """By step id, why its target is not as the step's base: it reads as another, or not at all. Changes nothing."""
    answers = run.each(steps, lambda step: run.target(step).read())
    problems: dict[str, str] = {}
    for step in steps:
        answer = answers[step.id]
        if isinstance(answer, TargetError):
            problems[step.id] = named(step.target, answer)
        elif answer != step.base.fingerprint:
            problems[step.id] = f"{step.target} {UNMET[step.base.kind]}"
    return problems
