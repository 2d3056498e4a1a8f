"""A network box as a target of change: read, diffed, tried, judged and undone through its latch.

What routers and switches share; what makes one healthy is their own (router.py, switch.py). Every method opens one
connection, uses it for all it asks, and closes it; a limit bounds the method as a whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from pathlib import Path

from change.latch_client import Latch, LatchPart, text_digest
from change.model import Digest, Inspection, Probe, RevertStrength, Step
from change.target import Announce, Preview, TargetError, by_its_sentence
from inventory.model import Device, Inventory
from inventory.secrets import SecretMissing, Secrets
from network import diff, holds, payload, redact
from network.config import PARTS_OF, Config, Part, PartName
from network.distance import distances
from network.intent import intended
from network.latch_parts import latch_part
from network.login import login
from network.normal import normal
from network.session import Session

PLANE = "network"
READ_S = 20.0
PREVIEW_S = 30.0
ARM_S = 20.0
REVERT_S = 90.0
INSPECT_S = 10.0
"""How long a method may take, connection included. Those of try, verify and confirm follow from the world's timers."""


class BoxTarget(ABC):
    """One managed router or switch. Implements change.target.Target."""

    def __init__(self, inventory: Inventory, device: Device, secrets: Secrets, known_hosts: Path) -> None:
        self._inventory = inventory
        self._device = device
        self._secrets = secrets
        self._known_hosts = known_hosts
        self._names = PARTS_OF[device.platform]

    @property
    def name(self) -> str:
        return self._device.name

    @property
    def plane(self) -> str:
        return PLANE

    @property
    def site(self) -> str:
        return self._device.site

    @property
    def distance(self) -> int:
        return distances(self._inventory).get(self.name, 0)

    @property
    def revert_strength(self) -> RevertStrength:
        return RevertStrength.TIMED

    @abstractmethod
    def judge(self, session: Session, step: Step, live: Config, later: Collection[str]) -> None:
        """Raise TargetError with every reason for which the box is not healthy with the step in force.

        A step that leads to the inventory's intent is judged by all that the inventory expects. An inverse step leads
        back to less: it is judged by what of that `live` configures.
        """

    @abstractmethod
    def probes(self, session: Session) -> tuple[Probe, ...]:
        """What holds now and must hold with the intended configuration too."""

    @by_its_sentence
    def read(self) -> Digest:
        with self._connected(READ_S) as session:
            return self._config(self._texts(session)).fingerprint

    def intent(self) -> Digest:
        return self._wanted().fingerprint

    @by_its_sentence
    def preview(self) -> Preview | None:
        wanted = self._wanted()
        with self._connected(PREVIEW_S) as session:
            live = self._config(self._texts(session))
            if live.fingerprint == wanted.fingerprint:
                return None
            probes = self.probes(session)
        hold_s = max(holds.hold_s(live, wanted), self._inventory.world.ospf.dead_s)  # the box's own, and its path's
        timers = self._inventory.world.change
        return Preview(
            base=live.fingerprint,
            payload=payload.payload(live, wanted).canonical(),
            inverse=payload.payload(wanted, live).canonical(),
            result=wanted.fingerprint,
            diff=diff.difference(live, wanted),
            intent=wanted.fingerprint,
            hold_s=hold_s,
            timer_s=hold_s + timers.verify_s + timers.confirm_s + timers.margin_s,
            probes=probes,
        )

    @by_its_sentence
    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        """Refuses a box that no longer reads as the step's base; the latch compares the same texts once more."""
        wanted = payload.parsed(step.payload)
        with self._connected(ARM_S) as session:
            texts = self._texts(session)
            if self._config(texts).fingerprint != step.base.fingerprint:
                raise TargetError(f"{self.name} is no longer as the plan was made for: make a new plan")
            parts = tuple(self._revealed(name, wanted.parts[name]) for name in self._names if name in wanted.parts)
            base = {part.name: text_digest(texts[part.name]) for part in parts}
            Latch(session).arm(step.id, plan, deadline_s, parts, base)

    @by_its_sentence
    def try_(self, step: Step, announce: Announce) -> None:
        with self._connected(step.timer_s) as session:
            Latch(session).try_(step.id)

    @by_its_sentence
    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        timers = self._inventory.world.change
        with self._connected(timers.verify_s + timers.margin_s) as session:
            live = self._config(self._texts(session))
            if live.fingerprint != step.result:
                raise TargetError(f"{self.name} does not read as the plan's result{self._differing(live, step)}")
            self.judge(session, step, live, later)

    @by_its_sentence
    def confirm(self, step: Step) -> None:
        timers = self._inventory.world.change
        with self._connected(timers.confirm_s + timers.margin_s) as session:
            Latch(session).confirm(step.id)

    @by_its_sentence
    def revert(self, step: Step, announce: Announce) -> None:
        with self._connected(REVERT_S) as session:
            Latch(session).revert(step.id)

    def close(self, step: Step) -> None:  # noqa: B027  # it is whole, for every box
        """Nothing is kept: the inverse is text."""

    @by_its_sentence
    def inspect(self, step: Step) -> Inspection:
        with self._connected(INSPECT_S) as session:
            return Latch(session).inspect(step.id)

    def _connected(self, total_s: float, device: Device | None = None) -> Session:
        """A session to this box, or to a neighbour of it."""
        return login(self._inventory, device or self._device, self._secrets, self._known_hosts, total_s)

    def _texts(self, session: Session) -> dict[str, str]:
        """Every part's live text, secrets and all."""
        texts = Latch(session).read(latch_part(name) for name in self._names)
        if set(texts) != set(self._names):
            raise TargetError(f"{self.name}: the latch did not read every part")
        return texts

    def _config(self, texts: dict[str, str]) -> Config:
        parts = (
            Part(name=name, text=normal(name, redact.redact(name, texts[name], self._secrets))) for name in self._names
        )
        return Config(device=self.name, platform=self._device.platform, parts=tuple(parts))

    def _wanted(self) -> Config:
        try:
            return intended(self._inventory, self._device, self._secrets)
        except SecretMissing as problem:
            raise TargetError(str(problem)) from None

    def _revealed(self, name: PartName, sent: payload.PartPayload) -> LatchPart:
        """The part as it is sent: its wanted text and commands, real secrets in them."""
        try:
            text = redact.reveal(name, sent.text, self._secrets)
            lines = tuple(redact.reveal(name, line, self._secrets) for line in sent.commands)
        except (redact.SecretUnknown, SecretMissing) as problem:
            raise TargetError(f"{self.name}: {problem}") from None
        return latch_part(name, text, lines)

    def _differing(self, live: Config, step: Step) -> str:
        """The parts of the payload that do not read as it says."""
        wanted = payload.parsed(step.payload).parts
        names = [name for name, part in wanted.items() if live.text(name) != part.text]
        return f": {', '.join(names)}" if names else ": a part that the step does not touch has changed"


def leads_to_intent(step: Step) -> bool:
    """False of an inverse step."""
    return step.result == step.intent
