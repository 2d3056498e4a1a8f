"""The laws, checked entry by entry as the journal grows, and command by command as boxes hear them.

It knows nothing of how apply or resume go about it: only what the journal may say, in which order, and what a box must
hold once the journal has said how its step ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from change.history import INVERSE
from change.journal import GENESIS, Event
from change.model import Digest, JournalEntry, Outcome, Plan, Step
from change.plan import digest
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


@dataclass
class Laws:
    head: tuple[int, Digest] = (0, GENESIS)
    events: dict[str, list[str]] = field(default_factory=dict)
    """By step, inverse steps too."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    opened: dict[Digest, Plan] = field(default_factory=dict)
    closed: set[Digest] = field(default_factory=set)
    in_hand: dict[str, Digest] = field(default_factory=dict)
    """By target, the plan that has an intent there and no outcome."""
    meddled: dict[Digest, dict[str, int]] = field(default_factory=dict)
    """How often each box had been meddled with when a plan was opened."""

    def write(self, entries: Sequence[JournalEntry], plan: Plan | None, boxes: Mapping[str, FakeBox]) -> None:
        """These are on disk now."""
        if plan is not None:
            self.open_plan(plan, boxes)
        for entry in entries:
            assert (entry.number, entry.previous) == (self.head[0] + 1, self.head[1]), "the chain is whole"
            self.head = (entry.number, entry.digest)
            if entry.step is not None:
                self.of_step(entry)
            elif entry.event == Event.PLAN_CLOSED and entry.plan is not None:
                assert entry.plan not in self.closed, "a plan is closed once"
                self.closed.add(entry.plan)
                self.close(self.opened[entry.plan], boxes)

    def open_plan(self, plan: Plan, boxes: Mapping[str, FakeBox]) -> None:
        """Once; or again, where all of it was refused before any box had heard of it."""
        assert not self.used(plan), "a plan that was begun, or is open, is opened again"
        for step in plan.steps:
            self.events.pop(step.id, None)
            self.outcomes.pop(step.id, None)
        self.closed.discard(digest(plan))
        self.opened[digest(plan)] = plan
        self.meddled[digest(plan)] = {name: box.meddled for name, box in boxes.items()}

    def used(self, plan: Plan) -> bool:
        return digest(plan) in self.open or any(Event.INTENT in self.events.get(step.id, []) for step in plan.steps)

    def of_step(self, entry: JournalEntry) -> None:
        assert entry.step is not None and entry.target is not None and entry.plan is not None
        said = self.events.setdefault(entry.step, [])
        assert Event.OUTCOME not in said, f"{entry.step} has ended, and then: {entry.event}"
        assert entry.event not in ONCE or entry.event not in said, f"{entry.step}: {entry.event} twice"
        first = AFTER.get(entry.event)
        assert first is None or first in said, f"{entry.step}: {entry.event} without {first}"
        said.append(entry.event)
        if entry.event == Event.INTENT:
            assert self.in_hand.get(entry.target, entry.plan) == entry.plan, f"two plans have {entry.target} in hand"
            self.in_hand[entry.target] = entry.plan
        if entry.outcome is not None:
            self.outcomes[entry.step] = entry.outcome
            if INVERSE not in entry.step:
                self.in_hand.pop(entry.target, None)

    def hear(self, phase: str, step: str) -> None:
        """A box is about to do it. Law 2: its intent is durable, and its step has not ended."""
        said = self.events.get(step, [])
        assert Event.INTENT in said, f"{step}: {phase} was sent, and no intent is durable"
        assert Event.OUTCOME not in said, f"{step}: {phase} was sent after its end"
        if phase == "try":
            assert Event.TRYING in said, f"{step}: tried before the journal said so"
        if phase == "confirm":
            assert Event.CONFIRMING in said, f"{step}: confirmed without a durable verdict on its wave"

    def close(self, plan: Plan, boxes: Mapping[str, FakeBox]) -> None:
        """Every step has ended once; a wave is all or nothing unless somebody is unknown; boxes hold what was said."""
        for wave in plan.waves:
            ends = {step.id: self.outcomes[step.id] for step in wave}
            if Outcome.UNKNOWN not in ends.values():
                kept = [outcome is Outcome.CONFIRMED for outcome in ends.values()]
                assert all(kept) or not any(kept), f"half of a wave stays: {ends}"
            for step in wave:
                honest = boxes[step.target].meddled == self.meddled[digest(plan)][step.target]
                holds(step, ends[step.id], boxes[step.target], honest)

    @property
    def open(self) -> set[Digest]:
        return self.opened.keys() - self.closed


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
