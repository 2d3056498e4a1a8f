"""One stack's engine room: its folder, its own record of what stands, and runs of the real engine on it.

The folder (0700) holds the engine's backend (`state`), its project and salt (`work`), its home, and what a run needs.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import (
    CommandError,
    ConcurrentUpdateError,
    Deployment,
    LocalWorkspace,
    ProjectBackend,
    ProjectSettings,
    Stack,
)
from pulumi.automation.events import EngineEvent, OpType

from change.target import Announce, TargetError
from stacks import checkpoint, run_record
from stacks.announcer import Announcer, BirthOf
from stacks.command import PLUGINS, EngineCommand, EngineFailed, environment
from stacks.difference import Operation, SubStep, inputs_digest
from stacks.engine import Engine
from stacks.program import program
from stacks.quiet import quiet
from stacks.resources import TYPES, Estate, Key, estate
from stacks.run_record import RunRecord
from stacks.schema import PACKAGE, kind_of

PROJECT = "govnet"
COMMAND_S = 120.0
"""How long one call of the engine may take that only reads or previews."""
PROVIDERS_END_WITHIN_S = 30.0
AT_ONCE = 16
"""How many sub-steps run side by side, where none needs another."""

OPERATIONS: Mapping[OpType, Operation] = {
    OpType.CREATE: Operation.CREATE,
    OpType.CREATE_REPLACEMENT: Operation.CREATE,
    OpType.UPDATE: Operation.UPDATE,
    OpType.DELETE: Operation.DELETE,
    OpType.DELETE_REPLACED: Operation.DELETE,
}
"""The engine's operations that come to the provider and act; the others look, or are about its own record."""
_ENGINE_ROOM = threading.Lock()
"""Pulumi's runtime for inline programs keeps global state: one program at a time in a process."""


Call = tuple[Operation, str, str, str]
"""What the engine would call: operation, kind, name, digest of the inputs."""


@dataclass(frozen=True)
class Workspace:
    """`passphrase` is asked at each run and kept nowhere."""

    engine: Engine
    folder: Path
    name: str
    backend: str
    """The backend's address."""
    passphrase: Callable[[], str]
    plugins: Path = PLUGINS

    def known(self) -> Estate:
        """What the engine's own record says that stands; nothing where there is no record yet."""
        return estate(checkpoint.known(self._checkpoint()))

    def calls(self, made: Estate) -> tuple[Call, ...]:
        """What an `up` to this estate would call, by a real preview. Touches nothing. Raises EngineFailed."""
        found: list[Call] = []

        def hear(event: EngineEvent) -> None:
            if event.resource_pre_event is None:
                return
            step = event.resource_pre_event.metadata
            if step.type.startswith(f"{PACKAGE}:") and step.op in OPERATIONS:
                kind = kind_of(step.type)
                old = None if step.old is None else TYPES[kind].model_validate(step.old.inputs)
                new = None if step.new is None else TYPES[kind].model_validate(step.new.inputs)
                operation = OPERATIONS[step.op]
                before = None if operation is Operation.CREATE else old
                after = None if operation is Operation.DELETE else new
                name = step.urn.rpartition("::")[2]
                found.append((operation, kind, name, inputs_digest(before, after)))

        with self.serving((), refuse_note, no_birth), self.opened(COMMAND_S) as (stack, _), said_plainly() as errors:
            stack.preview(program=program(made), on_event=_both(hear, errors))
        return tuple(sorted(found))

    def up(
        self,
        made: Estate,
        allowed: tuple[SubStep, ...],
        note: Announce,
        birth_of: BirthOf,
        taken_in: Collection[Key] = (),
        timeout_s: float = COMMAND_S,
    ) -> None:
        """Bring what stands to this estate by these sub-steps and no other. Raises EngineFailed, EngineStopped, and
        what `note` raises.
        """
        with self.serving(allowed, note, birth_of) as announcer:
            try:
                with self.opened(timeout_s) as (stack, _), said_plainly() as errors:
                    stack.up(AT_ONCE, program=program(made, taken_in), refresh=True, on_event=errors)
            except TargetError:
                if announcer.problems:
                    raise announcer.problems[0] from None
                raise

    def mend(self) -> None:
        """End what a killed or failed run left in the engine's own record: its lock, and all that was under way.

        A record that cannot be read is set aside: a new one follows from what stands. Raises TargetError where a
        provider of that run does not end.
        """
        self._await_providers()
        locked = any((self.folder / "state").glob(".pulumi/locks/**/*.json"))
        try:
            under_way = checkpoint.under_way(self._checkpoint())
        except EngineFailed:
            self._record.rename(self._record.with_suffix(".damaged"))
            under_way = False
        if not locked and not under_way:
            return
        with self.opened(COMMAND_S) as (stack, _):
            if locked:
                stack.cancel()
            exported = stack.export_stack()
            stack.import_stack(Deployment(exported.version, checkpoint.mended(exported.deployment or {})))

    @contextmanager
    def opened(self, timeout_s: float) -> Iterator[tuple[Stack, EngineCommand]]:
        """The stack in the engine's backend, made where it is missing. One at a time in this process."""
        for name in ("home", "state", "work"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        quiet()
        settings = ProjectSettings(PROJECT, runtime="python", backend=ProjectBackend(f"file://{self.folder / 'state'}"))
        with _ENGINE_ROOM, _only_open(self.passphrase()) as passphrase, said_plainly():
            surroundings = environment(self.folder, self.plugins, passphrase)
            command = EngineCommand(self.engine, surroundings, passphrase, timeout_s)
            workspace = LocalWorkspace(
                work_dir=str(self.folder / "work"),
                project_settings=settings,
                secrets_provider="passphrase",
                pulumi_command=command,
            )
            yield Stack.create_or_select(self.name, workspace), command

    @contextmanager
    def serving(self, allowed: tuple[SubStep, ...], note: Announce, birth_of: BirthOf) -> Iterator[Announcer]:
        """The run's record is there and our end of the announcements is open; then all its providers have ended."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        run_record.write(RunRecord(backend=self.backend, folder=self.folder, allowed=allowed))
        announcer = Announcer(self.folder, allowed, note, birth_of)
        with announcer.serving():
            yield announcer

    def _checkpoint(self) -> checkpoint.Checkpoint:
        return checkpoint.read(self._record)

    @property
    def _record(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{self.name}.json"

    def _await_providers(self) -> None:
        """A provider whose run was killed ends by itself at once; what it started keeps its lock until it is found."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        deadline = time.monotonic() + PROVIDERS_END_WITHIN_S
        with (self.folder / "provider.lock").open("a") as held:
            while True:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TargetError("a provider of the run before has not ended") from None
                    time.sleep(0.05)


def refuse_note(_: str) -> None:
    raise TargetError("a preview does nothing")


def no_birth(_: str) -> tuple[()]:
    return ()


@contextmanager
def _only_open(text: str) -> Iterator[int]:
    """A file without a name, open for as long as this lasts."""
    opened = os.memfd_create("passphrase", 0)
    try:
        os.write(opened, text.encode())
        yield opened
    finally:
        os.close(opened)


class Errors:
    """What the engine complained of, heard as events."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, event: EngineEvent) -> None:
        said = event.diagnostic_event
        if said is not None and said.severity == "error":
            self.texts.append(plain(said.message))


def _both(*hearers: Callable[[EngineEvent], None]) -> Callable[[EngineEvent], None]:
    def hear(event: EngineEvent) -> None:
        for hearer in hearers:
            hearer(event)

    return hear


@contextmanager
def said_plainly() -> Iterator[Errors]:
    """The engine's failures as one sentence for a person. Raises EngineFailed."""
    errors = Errors()
    try:
        yield errors
    except ConcurrentUpdateError:
        raise EngineFailed("another run of the engine holds this stack, or was killed: govnet resume ends it") from None
    except CommandError as problem:
        lines = [*errors.texts, *(plain(line) for line in str(problem).splitlines() if "error:" in line)]
        raise EngineFailed(next((line for line in lines if line), "the engine failed and did not say why")) from None


def plain(message: str) -> str:
    """Without colours, and without what gRPC and Python put around the sentence of our provider."""
    text = re.sub(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m", "", message).strip()
    text = text.partition("Unexpected <class 'Exception'>: ")[2] or text
    return text.split(":\n")[0].split("\n")[0]
