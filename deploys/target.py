"""A server as a target of change: prepared by pyinfra in a worker, tried and undone through the latch on the box.

Nothing of pyinfra is imported here. Every method opens what it needs and closes it; a limit bounds it as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from change.canonical import canonical, digest_of, document_of
from change.latch_client import text_digest
from change.model import Digest, Effect, Inspection, RevertStrength, Step
from change.target import Announce, Preview, TargetError
from deploys import payload, probe
from deploys.diff import difference
from deploys.frozen import Copy, Prepared
from deploys.intent import HostIntent, host_intent
from deploys.latch import HostLatch, Reach, host_part
from deploys.manifest import manifest_text
from deploys.mirror.repository import current, read
from deploys.payload import Payload
from deploys.prepare import prepare
from deploys.roles import keeps
from deploys.scratch import Scratch
from deploys.wire import Request
from inventory.model import Device, Inventory
from inventory.secrets import SecretMissing, Secrets

PLANE = "deploys"
PREPARE_S = 45.0
ARM_S = 20.0
STORE_S = 120.0
REVERT_S = 120.0
INSPECT_S = 10.0
CLOSE_S = 10.0
TRY_S = 25
INSTALL_S = 180
"""How long a try may take: of operations alone, and where a package is installed."""
VERIFY_S = 30
"""A verify prepares the deploys once more."""


class HostTarget:
    """One server. Implements change.target.Target."""

    def __init__(
        self,
        inventory: Inventory,
        device: Device,
        secrets: Secrets,
        known_hosts: Path,
        reach: Reach,
        today: Callable[[], date],
        mirrors: Path,
        scratch: Scratch | None = None,
    ) -> None:
        """`mirrors`: where `govnet mirror build` keeps what it builds.

        `scratch` makes the promises of a server that does not stand yet; None of one that must.
        """
        self._inventory = inventory
        self._device = device
        self._secrets = secrets
        self._known_hosts = known_hosts
        self._reach = reach
        self._today = today
        self._mirrors = mirrors
        self._scratch = scratch

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
        return 0

    @property
    def revert_strength(self) -> RevertStrength:
        return RevertStrength.TIMED

    def read(self) -> Digest:
        return payload.fingerprint(self._prepared(self._intent(), PREPARE_S))

    def intent(self) -> Digest:
        wanted = self._intent()
        return digest_of(
            canonical({"intent": document_of(wanted), "secrets": dict(sorted(self._tags(wanted).items()))})
        )

    def preview(self) -> Preview | None:
        wanted = self._intent()
        born_of = self._scratch.born_of(self._device) if self._scratch is not None else None
        found = self._promised(wanted) if born_of is not None else self._prepared(wanted, PREPARE_S)
        base, result = payload.fingerprint(found), payload.settled(wanted.manifest)
        if base == result:
            return None
        kept = keeps(wanted, found.manifest)
        diff = difference(found, wanted)
        forward = Payload(manifest=wanted.manifest, keeps=kept, operations=found.operations)
        back = Payload(manifest=found.manifest, keeps=kept, operations=(), restore=True)
        timers = self._inventory.world.change
        try_s = INSTALL_S if Effect.CANNOT_BE_UNDONE in diff.effects else TRY_S
        return Preview(
            base=base,
            payload=forward.canonical(),
            inverse=back.canonical(),
            result=result,
            diff=diff,
            intent=self.intent(),
            hold_s=0,
            timer_s=try_s + VERIFY_S + timers.confirm_s + timers.margin_s,
            born_of=born_of,
        )

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        """Refuses a server on which other things are pending, or from other facts, than those of the step's base."""
        wanted = payload.parsed(step.payload)
        intent = self._intent()
        found = self._prepared(intent, PREPARE_S)
        if payload.fingerprint(found) != step.base.fingerprint:
            raise TargetError(f"{self.name} is no longer as the plan was made for: make a new plan")
        commands = payload.commands(wanted, self._secrets, frozenset(intent.secrets))
        part = host_part(manifest_text(wanted.manifest), commands)
        self._store(wanted, intent)
        with self._latch(ARM_S) as latch:
            live = latch.read([host_part()])
            latch.arm(step.id, plan, deadline_s, [part], {part.name: text_digest(live[part.name])})

    def _store(self, wanted: Payload, intent: HostIntent) -> None:
        """What the step will copy, laid aside on the server. Raises TargetError where our own store has it no more."""
        copies = [one for one in wanted.operations if isinstance(one, Copy)]
        if not copies or intent.mirror is None or intent.mirror.serves is None:
            return
        repository = read(self._mirrors / intent.mirror.serves)
        by_digest = {digest: repository.folder / path for path, digest in repository.files.items()}
        with self._latch(STORE_S) as latch:
            for one in copies:
                if one.sha256 not in by_digest:
                    raise TargetError(f"{self.name}: what {one.path} is to hold is no longer in {self._mirrors}")
                latch.store(one.sha256, by_digest[one.sha256].read_bytes())

    def try_(self, step: Step, announce: Announce) -> None:
        with self._latch(step.timer_s) as latch:
            latch.try_(step.id)

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        """Nothing is pending, and where the step leads to what the inventory wants, each web site answers."""
        intent = self._intent()
        found = self._prepared(intent, VERIFY_S)
        if payload.fingerprint(found) != step.result:
            left = ", ".join(dict.fromkeys(one.title for one in found.operations)) or "what is ours"
            raise TargetError(f"{self.name} does not read as the plan's result: {left}")
        served = intent.sites if step.result == payload.settled(intent.manifest) else ()
        address = str(self._device.management_address)
        if silent := [why for site in served if (why := probe.problem(address, site)) is not None]:
            raise TargetError(f"{self.name}: {'; '.join(silent)}")

    def confirm(self, step: Step) -> None:
        timers = self._inventory.world.change
        with self._latch(timers.confirm_s + timers.margin_s) as latch:
            latch.confirm(step.id)

    def revert(self, step: Step, announce: Announce) -> None:
        with self._latch(REVERT_S) as latch:
            latch.revert(step.id)

    def close(self, step: Step) -> None:
        with self._latch(CLOSE_S) as latch:
            latch.forget()

    def inspect(self, step: Step) -> Inspection:
        with self._latch(INSPECT_S) as latch:
            return latch.inspect(step.id)

    @contextmanager
    def _latch(self, total_s: float) -> Iterator[HostLatch]:
        with self._reach(self._device, total_s) as box:
            yield HostLatch(box)

    def _intent(self) -> HostIntent:
        try:
            mirrored = current(self._mirrors)
            digest = None if mirrored is None else mirrored.digest
            return host_intent(self._inventory, self._device, self._secrets, self._today(), digest)
        except (SecretMissing, ValueError) as problem:
            raise TargetError(f"{self.name}: {problem}") from None

    def _tags(self, intent: HostIntent) -> dict[str, str]:
        try:
            return {name: self._secrets.tag(name) for name in intent.secrets}
        except SecretMissing as problem:
            raise TargetError(f"{self.name}: {problem}") from None

    def _promised(self, intent: HostIntent) -> Prepared:
        assert self._scratch is not None  # else nothing is promised
        return self._scratch.recorded(self._device, self._request(intent))

    def _prepared(self, intent: HostIntent, limit_s: float) -> Prepared:
        return prepare(self._request(intent), limit_s)

    def _request(self, intent: HostIntent) -> Request:
        login = self._inventory.world.login
        return Request(
            address=str(self._device.management_address),
            user=login.user,
            known_hosts=str(self._known_hosts.absolute()),
            key=self._secrets.value(login.key_secret),
            intent=intent,
            repository=str(self._mirrors / intent.mirror.serves) if intent.mirror and intent.mirror.serves else None,
            secrets={name: self._secrets.value(name) for name in intent.secrets},
            tags=self._tags(intent),
        )
