"""A stack as a target of change: one run of the engine, whose resources are the sub-steps of one step.

Nothing undoes a stack by itself: its revert is ours to run (MANUAL), and `govnet resume` runs it. Killed at any moment,
the durable record of the step says that it had begun; then what is half made is removed, the engine's lock and pending
operations are ended, its own record is brought in line with what stands, and an `up` leads back to the base.
"""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from math import ceil
from pathlib import Path

from change.model import Digest, Inspection, LatchState, RevertStrength, Step
from change.target import Announce, Preview, TargetError
from inventory.model import Inventory
from inventory.secret_store import SecretStoreError
from inventory.secrets import SecretMissing
from stacks.backend import Backend, BackendError
from stacks.birth import Birth, BirthFile
from stacks.command import PLUGINS
from stacks.difference import Operation, SubStep, difference, settled, sub_steps
from stacks.engine import Engine
from stacks.payload import Payload, parsed, payload
from stacks.program import wanted
from stacks.resources import Estate, Kind, Machine
from stacks.steps import StepRecord, Steps
from stacks.workspace import AT_ONCE, Workspace, no_birth, refuse_note

PLANE = "stacks"
ENGINE_S = 60
"""For the engine itself, its start and its own record."""
SUB_STEP_S = 160
"""How long one sub-step may take: at most a machine stops (20 s), loses its power (20 s) and boots (120 s)."""
GOING_BACK = "a revert has begun: ask for it again"


def target_name(site: str) -> str:
    return f"stack-{site}"


class StackTarget:
    """All machines and volumes of one site. Implements change.target.Target."""

    def __init__(
        self,
        inventory: Inventory,
        site: str,
        backend: Backend,
        engine: Callable[[], Engine],
        folder: Path,
        birth: Birth,
        passphrase: Callable[[], str],
        plugins: Path = PLUGINS,
    ) -> None:
        """`engine` is asked when it is first needed: where there is none, only what needs it raises EngineMissing.

        `folder` is the stack's own, kept between runs; `passphrase` seals the engine's state, and is asked at each run.
        """
        self._inventory = inventory
        self._site = site
        self._backend = backend
        self._find_engine = engine
        self._folder = folder.resolve()
        self._birth = birth
        self._passphrase = passphrase
        self._plugins = plugins
        self._steps = Steps(self._folder / "steps")

    @property
    def name(self) -> str:
        return target_name(self._site)

    @property
    def plane(self) -> str:
        return PLANE

    @property
    def site(self) -> str:
        return self._site

    @property
    def distance(self) -> int:
        return 0

    @property
    def revert_strength(self) -> RevertStrength:
        return RevertStrength.MANUAL

    @cached_property
    def workspace(self) -> Workspace:
        """Raises EngineMissing."""
        return Workspace(
            self._find_engine(), self._folder, self._site, self._backend.address, self._passphrase, self._plugins
        )

    def read(self) -> Digest:
        return self._look().fingerprint

    def intent(self) -> Digest:
        return self.wanted().fingerprint

    def wanted(self) -> Estate:
        """What today's inventory wants, every machine as one that is made now."""
        with _as_target_error():
            return wanted(self._inventory, self._site, self._backend.image, self._birth)

    def intended(self) -> Estate:
        """What an approved change would lead to: machines that stand as they should keep their image and birth."""
        return settled(self.wanted(), self._look())

    def makes(self, machine: str) -> bool:
        """Whether an approved change would make this machine, or replace it: then it begins with a new disk.

        Raises TargetError where it would mount a volume that stands: what it would find there cannot be promised.
        """
        standing = self._look()
        want = settled(self.wanted(), standing)
        touched = {(one.kind, one.name, one.operation) for one in sub_steps(standing, want)}
        if (Kind.MACHINE, machine, Operation.CREATE) not in touched:
            return False
        made = want.by_key[Kind.MACHINE, machine]
        mounts = made.mounts if isinstance(made, Machine) else ()
        for volume in (mount.volume for mount in mounts):
            if (Kind.VOLUME, volume, Operation.CREATE) not in touched:
                raise TargetError(
                    f"{machine} is to be made, and its volume {volume} stands already: what it will find there cannot "
                    f"be promised; plan and apply {self.name} first, then the rest"
                )
        return True

    def wakes(self, machine: str) -> bool:
        """Whether this machine stands without power, and an approved change would switch it on."""
        standing = self._look()
        have = standing.by_key.get((Kind.MACHINE, machine))
        if not isinstance(have, Machine) or have.power == "on":
            return False
        touched = sub_steps(standing, settled(self.wanted(), standing))
        return (Kind.MACHINE, machine, Operation.UPDATE) in {(one.kind, one.name, one.operation) for one in touched}

    def preview(self) -> Preview | None:
        """The sub-steps are ours to derive and the engine's to agree with: where it would do another thing, no plan."""
        intended = self.wanted()
        with self.at_work():
            standing = self._look()
            want = settled(intended, standing)
            if want == standing:
                return None
            if pending := self._steps.pending():
                raise TargetError(f"{self.name} is in the middle of {', '.join(pending)}: run govnet resume")
            self.workspace.mend()
            self._align(standing)
            forward = payload(standing, want)
            self._agree(forward)
        timers = self._inventory.world.change
        rest_s = timers.verify_s + timers.confirm_s + timers.margin_s
        return Preview(
            base=standing.fingerprint,
            payload=forward.text(),
            inverse=payload(want, standing).text(),
            result=want.fingerprint,
            diff=difference(standing, want),
            intent=intended.fingerprint,
            hold_s=0,
            timer_s=limit_s(forward.sub_steps) + rest_s,
        )

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        """A stack has no timer: `deadline_s` bounds nothing here."""
        with self.at_work():
            if self._steps.find(step.id) is not None:
                raise TargetError(f"{self.name} has accepted the step {step.id} before: a step is accepted once")
            if pending := self._steps.pending():
                raise TargetError(f"{self.name} is in the middle of {', '.join(pending)}: run govnet resume")
            if self._look().fingerprint != step.base.fingerprint:
                raise TargetError(f"{self.name} is no longer as the plan was made for: make a new plan")
            if not step.is_inverse:
                self._backend.forget()  # what a step that was never closed left set aside: it must not come back
            self._steps.keep(StepRecord(step=step.id, plan=plan, state=LatchState.ARMED))

    def try_(self, step: Step, announce: Announce) -> None:
        """Where it fails midway the step stays `trying`, and is to be reverted."""
        with self.at_work():
            record = self._expect(step, LatchState.ARMED)
            self._steps.keep(record.model_copy(update={"state": LatchState.TRYING}))
            wanted = parsed(step.payload)
            self._bring(wanted, announce)
            if self._look().fingerprint != step.result:
                raise TargetError(f"{self.name} does not read as the plan's result")
            self._steps.keep(record.model_copy(update={"state": LatchState.TRIED}))

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        self._expect(step, LatchState.TRIED, LatchState.CONFIRMED)
        standing = self._look()
        if standing.fingerprint != step.result:
            differing = ", ".join(map(str, sub_steps(standing, parsed(step.payload).estate)))
            raise TargetError(f"{self.name} does not read as the plan's result; it would take: {differing}")

    def confirm(self, step: Step) -> None:
        """What the step deleted stays set aside for its inverse."""
        with self.at_work():
            record = self._expect(step, LatchState.TRIED, LatchState.CONFIRMED)
            self._steps.keep(record.model_copy(update={"state": LatchState.CONFIRMED}))

    def revert(self, step: Step, announce: Announce) -> None:
        """Back to the base from wherever it stands; killed midway, it may be asked for again."""
        with self.at_work():
            record = self._steps.find(step.id)
            if record is None or record.state is LatchState.CONFIRMED:
                raise TargetError(f"{self.name} has nothing of {step.id} to revert")
            if record.state in (LatchState.REVERTED, LatchState.BROKEN):
                return
            if record.state is not LatchState.ARMED:
                self._steps.keep(record.model_copy(update={"state": LatchState.TRYING, "detail": GOING_BACK}))
                self._go_back(step, announce)
            found = self._look().fingerprint
            back = found == step.base.fingerprint
            state = LatchState.REVERTED if back else LatchState.BROKEN
            detail = "" if back else f"it reads as {found}"
            self._steps.keep(record.model_copy(update={"state": state, "detail": detail}))
            if back and not step.is_inverse:
                self._backend.forget()

    def close(self, step: Step) -> None:
        """What the step deleted is deleted for good."""
        with self.at_work():
            self._expect(step, LatchState.CONFIRMED)
            self._backend.forget()

    def inspect(self, step: Step) -> Inspection:
        record = self._steps.find(step.id)
        if record is None:
            return Inspection(state=LatchState.ABSENT)
        return Inspection(state=record.state, plan=record.plan, detail=record.detail)

    def _go_back(self, step: Step, announce: Announce) -> None:
        """By sub-steps that follow from what stands, each about something that the approved step was about."""
        self._clean(announce)
        base = parsed(step.inverse).estate
        back = payload(self._look(), base)
        strangers = sorted(back.touched - parsed(step.payload).touched)
        if strangers:
            names = ", ".join(f"{kind} {name}" for kind, name in strangers)
            raise TargetError(f"{self.name}: {names} changed too, and not by this step: a person must look")
        self._bring(back, announce)

    def _bring(self, wanted: Payload, announce: Announce) -> None:
        """To this payload's estate by its sub-steps, with nothing half made before."""
        self._clean(announce)
        standing = self._look()
        self._align(standing)
        if wanted.sub_steps:
            timeout_s = limit_s(wanted.sub_steps)
            self.workspace.up(wanted.estate, wanted.sub_steps, announce, self._birth_of, timeout_s=timeout_s)

    def _clean(self, announce: Announce) -> None:
        """What a killed run left: the engine's lock and pending operations, and machines and volumes half made."""
        self.workspace.mend()
        for what in self._backend.half_made():
            announce(f"remove {what}, which is half made")
        with _as_target_error():
            self._backend.sweep()

    def _align(self, standing: Estate) -> None:
        """Bring the engine's own record in line with what stands, by an `up` that may do nothing else."""
        known = self.workspace.known()
        if known != standing:
            taken_in = standing.by_key.keys() - known.by_key.keys()
            self.workspace.up(standing, (), refuse_note, no_birth, taken_in)

    def _agree(self, forward: Payload) -> None:
        """Raises TargetError where the engine would call what we do not freeze, or not what we do."""
        ours = tuple(sorted((step.operation, step.kind, step.name, step.inputs) for step in forward.sub_steps))
        theirs = self.workspace.calls(forward.estate)
        if ours != theirs:
            both = ", ".join(sorted({" ".join(call[:3]) for call in {*ours} ^ {*theirs}}))
            raise TargetError(f"{self.name}: the engine would do something else than planned: {both}")

    def _birth_of(self, machine: str) -> tuple[BirthFile, ...]:
        """Nothing of a machine that the inventory has no more: it can only come back as it was set aside."""
        device = self._inventory.device.get(machine)
        return () if device is None else self._birth(device)

    def _look(self) -> Estate:
        with _as_target_error():
            return self._backend.look()

    def _expect(self, step: Step, *states: LatchState) -> StepRecord:
        record = self._steps.find(step.id)
        if record is None or record.state not in states:
            found = record.state if record else LatchState.ABSENT
            raise TargetError(f"{self.name}: the step {step.id} is {found}, not {' or '.join(states)}")
        return record

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """One at a time, in any process. Raises TargetError where another is at work, or as `_as_target_error` does."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("a") as held, _as_target_error():
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TargetError(f"another govnet is at work on {self.name}: wait for it to end") from None
            yield


def limit_s(steps: Iterable[SubStep]) -> int:
    """How long an `up` by these sub-steps may take. Of one kind and operation they run side by side."""
    alike = Counter((step.kind, step.operation) for step in steps)
    return ENGINE_S + SUB_STEP_S * sum(ceil(count / AT_ONCE) for count in alike.values())


@contextmanager
def _as_target_error() -> Iterator[None]:
    """The hypervisor says no, or the passphrase, a host key or the store that they are in is missing."""
    try:
        yield
    except (BackendError, SecretMissing, SecretStoreError) as problem:
        raise TargetError(str(problem)) from problem
