"""The laws, checked entry by entry as the journal grows, and command by command as boxes hear them.

It knows nothing of how apply or resume go about it: only what the journal may say, in which order, and what a box must
hold once the journal has said how its step ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from change.chain import GENESIS
from change.journal import Event
from change.model import Digest, JournalEntry, OnFailure, Outcome, Plan, Step
from tests.change.fake_target import FakeBox, fingerprint

AFTER: Mapping[str, str] = {
    Event.ARMED: Event.INTENT,
    Event.TRYING: Event.ARMED,
    Event.TRIED: Event.TRYING,
    Event.HOLDING: Event.TRYING,
    Event.VERIFIED: Event.HOLDING,
    Event.CONFIRMING: Event.VERIFIED,
    Event.CONFIRMED: Event.CONFIRMING,
}
"""What may be written of a step only after what."""
ONCE = frozenset({Event.INTENT, Event.ARMED, Event.TRYING, Event.TRIED, Event.CONFIRMING, Event.OUTCOME})


AGAIN = frozenset({Event.UNDOING, Event.OUTCOME, Event.FAILED})
"""What may be written of a step after its outcome, where the plan takes back."""
STEP_END = frozenset({Outcome.REVERTED, Outcome.UNKNOWN, Outcome.CONFIRMED})
"""What a confirmed step may become when its plan takes back."""


@dataclass
class Opened:
    """A plan as it was opened last."""

    plan: Plan
    meddled: dict[str, int]
    """How often each box had been meddled with by then; -1 where another plan had it in hand since."""
    closed: bool = False
    paused: bool = False


@dataclass
class Laws:
    head: tuple[int, Digest] = (0, GENESIS)
    plans: dict[Digest, Opened] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    """By step, inverse steps too."""
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    in_hand: dict[str, Digest] = field(default_factory=dict)
    """By target, the plan that has an intent there and no outcome."""

    def write(self, entries: Sequence[JournalEntry], plan: Plan | None, boxes: Mapping[str, FakeBox]) -> None:
        """These are on disk now."""
        for entry in entries:
            assert (entry.number, entry.previous) == (self.head[0] + 1, self.head[1]), "the chain is whole"
            self.head = (entry.number, entry.digest)
            if plan is not None and entry.plan is not None:
                self.open_plan(entry.plan, plan, boxes)
            elif entry.step is not None:
                self.of_step(entry)
            elif entry.plan is not None:
                self.of_plan(entry.plan, entry.event, boxes)

    def open_plan(self, name: Digest, plan: Plan, boxes: Mapping[str, FakeBox]) -> None:
        """Once; or again, where all of it was refused before any box had heard of it."""
        assert not self.used(name), "a plan that was begun, or is open, is opened again"
        for step in plan.steps:
            self.events.pop(step.id, None)
            self.outcomes.pop(step.id, None)
        self.plans[name] = Opened(plan, {name: box.meddled for name, box in boxes.items()})

    def used(self, name: Digest) -> bool:
        known = self.plans.get(name)
        if known is None:
            return False
        return not known.closed or any(Event.INTENT in self.events.get(step.id, []) for step in known.plan.steps)

    def of_plan(self, name: Digest, event: str, boxes: Mapping[str, FakeBox]) -> None:
        known = self.plans[name]
        assert not known.closed, f"a plan has ended, and then: {event}"
        if event == Event.PLAN_PAUSED:
            assert name not in self.in_hand.values(), "a plan is paused while a step of it is open"
            known.paused = True
        elif event == Event.PLAN_CONTINUED:
            assert known.paused, "a plan goes on that was not paused"
            known.paused = False
        elif event == Event.PLAN_CLOSED:
            known.closed = True
            self.close(known, boxes)

    def of_step(self, entry: JournalEntry) -> None:
        assert entry.step is not None and entry.target is not None and entry.plan is not None
        said = self.events.setdefault(entry.step, [])
        known = self.plans[entry.plan]
        assert not known.closed, f"{entry.step}: {entry.event} after its plan has ended"
        if Event.OUTCOME in said:
            self.taken_back(known.plan, entry)
        else:
            assert entry.event not in ONCE or entry.event not in said, f"{entry.step}: {entry.event} twice"
            first = AFTER.get(entry.event)
            assert first is None or first in said, f"{entry.step}: {entry.event} without {first}"
        said.append(entry.event)
        if entry.event == Event.INTENT:
            assert self.in_hand.get(entry.target, entry.plan) == entry.plan, f"two plans have {entry.target} in hand"
            self.in_hand[entry.target] = entry.plan
            for name, other in self.plans.items():
                if name != entry.plan and not other.closed:
                    other.meddled[entry.target] = -1  # it is paused, and what it left there is not all its own
        if entry.outcome is not None:
            self.outcomes.setdefault(entry.step, []).append(entry.outcome)
            self.in_hand.pop(entry.target, None)

    def taken_back(self, plan: Plan, entry: JournalEntry) -> None:
        """A step has ended once; only a confirmed one of a plan that takes back ends once more."""
        assert entry.step is not None
        ends = self.outcomes[entry.step]
        assert entry.event in AGAIN, f"{entry.step} has ended, and then: {entry.event}"
        assert plan.on_failure is OnFailure.TAKE_BACK and ends == [Outcome.CONFIRMED], (
            f"{entry.step} ends again: {ends}"
        )
        assert entry.outcome is None or entry.outcome in STEP_END

    def hear(self, phase: str, step: str) -> None:
        """A box is about to do it. Law 2: its intent is durable, and its step has not ended."""
        said = self.events.get(step, [])
        assert Event.INTENT in said, f"{step}: {phase} was sent, and no intent is durable"
        assert Event.OUTCOME not in said, f"{step}: {phase} was sent after its end"
        if phase == "try":
            assert Event.TRYING in said, f"{step}: tried before the journal said so"
        if phase == "confirm":
            assert Event.CONFIRMING in said, f"{step}: confirmed without a durable verdict on its wave"

    def end(self, step: str) -> Outcome:
        return self.outcomes[step][-1]

    def close(self, known: Opened, boxes: Mapping[str, FakeBox]) -> None:
        """Every step has ended; a wave is all or nothing unless somebody is unknown; boxes hold what was said."""
        plan = known.plan
        whole = plan.on_failure is OnFailure.TAKE_BACK
        said_unknown = {step.wave for step in plan.steps if self.end(step.id) is Outcome.UNKNOWN}
        for wave in plan.waves:
            begun = [step for step in wave if Event.INTENT in self.events[step.id]]
            kept = [self.end(step.id) is Outcome.CONFIRMED for step in begun]
            excused = said_unknown if whole else said_unknown & {step.wave for step in wave}
            assert excused or all(kept) or not any(kept), f"half of a wave stays: {[self.end(s.id) for s in wave]}"
            for step in wave:
                box = boxes[step.target]
                holds(step, self.end(step.id), box, honest=box.meddled == known.meddled[step.target])

    @property
    def open(self) -> set[Digest]:
        return {name for name, known in self.plans.items() if not known.closed and not known.paused}


def holds(step: Step, outcome: Outcome, box: FakeBox, honest: bool) -> None:
    """The box against what was said of it; of one that lied or was meddled with, only what no lie can hide."""
    assert box.tried[step.id] <= 1, f"{step.id} was tried twice"
    if outcome is Outcome.REFUSED:
        assert box.tried[step.id] == 0, f"{step.id} is said to be refused, and was tried"
    if outcome is Outcome.CONFIRMED:
        assert box.tried[step.id] == 1, f"{step.id} is said to be confirmed, and was never tried"
    if honest and outcome is Outcome.CONFIRMED:
        assert box.content == step.payload, f"{step.id} is confirmed, and its box holds {box.content}"
    if honest and outcome is Outcome.REVERTED:
        assert fingerprint(box.content) == step.base.fingerprint, f"{step.id} went back, and holds {box.content}"
