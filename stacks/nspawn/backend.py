"""The hypervisor that is this host: machines under systemd-nspawn, volumes that are folders mounted in them.

Each machine and volume has a record beside its data, written last and durably: what has none is not there, and what is
marked as being made is half made. So all that stands is found by looking, and a kill at any moment leaves nothing that
cannot be told apart. What is set aside lies in a folder of its own until it is forgotten.

Not enforced here: `cpus` and `memory_mib` where the host's kernel offers no such controller to our groups (limits.py),
and `size_mib` nowhere: a volume is a folder, and may grow as far as its disk. A stronger hypervisor enforces all three.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from stacks.backend import BackendError
from stacks.birth import BirthChanged, BirthFile, refuse_other
from stacks.nspawn import cgroups, disks, limits, machines
from stacks.nspawn.host import Host, read
from stacks.nspawn.problem import HostProblem
from stacks.resources import Estate, Key, Kind, Machine, Resource, Volume, estate, resource_digest

RECORD = {Kind.MACHINE: "machine.json", Kind.VOLUME: "volume.json"}
MAKING = "making"
"""The file that marks a machine or volume as half made. Its text is the stack's name."""
STACK = "stack"
"""The file that says whose a machine or volume is: stacks of several sites may share one host."""
STOPS_WITHIN_S = 20.0


class NspawnBackend:
    """The machines and volumes of one stack on this host. Implements stacks.backend.Backend."""

    def __init__(self, stack: str, facts: Path) -> None:
        """`facts`: the file as host.write makes it, read when it is first needed."""
        self._stack = stack
        self._facts = facts
        self._locks: dict[str, threading.Lock] = {}

    @classmethod
    def opened(cls, where: str) -> NspawnBackend:
        """From `STACK:FILE`."""
        stack, _, facts = where.partition(":")
        return cls(stack, Path(facts))

    @cached_property
    def _host(self) -> Host:
        return read(self._facts)

    @property
    def address(self) -> str:
        return f"nspawn:{self._stack}:{self._facts}"

    @property
    def image(self) -> str:
        with as_backend_error():
            return self._host.image.name

    def look(self) -> Estate:
        with as_backend_error():
            found: dict[Key, Resource] = {(one.kind, one.name): one for one in self._records()}
            return estate(found)

    def half_made(self) -> tuple[str, ...]:
        with as_backend_error():
            return tuple(f"{kind} {folder.name.removeprefix('.')}" for kind, folder in self._half_made())

    def create(self, resource: Resource, birth: tuple[BirthFile, ...]) -> None:
        with as_backend_error():
            if self._bring_back(resource):
                return
            if isinstance(resource, Machine):
                self._make_machine(resource, birth)
            else:
                self._make_volume(resource)

    def update(self, old: Resource, new: Resource) -> None:
        """The record changes first where that is the truth at once, and when the machine is off where it boots anew."""
        with as_backend_error():
            folder = self._folder(new.kind, new.name)
            if not (isinstance(old, Machine) and isinstance(new, Machine)):
                disks.keep(folder / RECORD[new.kind], _text(new))
                return
            boots = old.mounts != new.mounts or (old.power, new.power) == ("on", "off")
            with self._alone(new.name):
                if boots:
                    machines.stop(self._host, new.name, STOPS_WITHIN_S)
                self._keep_machine(folder, new)
                limits.set_limits(self._host.group(new.name), new.cpus, new.memory_mib)
                if new.power == "on" and cgroups.leader(self._host.group(new.name)) is None:
                    self._start(new)

    def delete(self, resource: Resource) -> None:
        with as_backend_error():
            aside = self._aside(resource)
            aside.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(aside, ignore_errors=True)
            with self._alone(resource.name):
                if isinstance(resource, Machine):
                    self._end(resource.name)
                self._folder(resource.kind, resource.name).rename(aside)

    def sweep(self) -> None:
        with as_backend_error():
            for kind, folder in self._half_made():
                if kind is Kind.MACHINE and not folder.name.startswith("."):
                    self._end(folder.name)
                shutil.rmtree(folder)
            for one in self._records():
                if isinstance(one, Machine):
                    limits.set_limits(self._host.group(one.name), one.cpus, one.memory_mib)

    def forget(self) -> None:
        with as_backend_error():
            if self._set_aside.exists():
                shutil.rmtree(self._set_aside)

    def _folder(self, kind: Kind, name: str) -> Path:
        return self._host.disk(name) if kind is Kind.MACHINE else self._volumes / name

    @property
    def _volumes(self) -> Path:
        return self._host.disks / ".volumes"

    @property
    def _set_aside(self) -> Path:
        return self._host.disks / f".aside-{self._stack}"

    def _aside(self, resource: Resource) -> Path:
        digest = resource_digest(_asleep(resource)).removeprefix("sha256:")[:16]
        return self._set_aside / f"{resource.kind}-{resource.name}-{digest}"

    def _records(self) -> Iterator[Resource]:
        """What the records of this stack say; of a machine, whether it has power is asked of the kernel.

        Sub-steps run side by side: what another of them is just setting aside may be gone between two looks.
        """
        for text in self._texts(self._host.disks, Kind.MACHINE):
            machine = Machine.model_validate_json(text)
            on = cgroups.leader(self._host.group(machine.name)) is not None
            yield machine.model_copy(update={"power": "on" if on else "off"})
        for text in self._texts(self._volumes, Kind.VOLUME):
            yield Volume.model_validate_json(text)

    def _texts(self, parent: Path, kind: Kind) -> Iterator[str]:
        """The records of this stack's own, whole ones."""
        for file in sorted(parent.glob(f"[a-z]*/{RECORD[kind]}")):
            text = _text_of(file)
            if text is not None and self._is_ours(file.parent) and not (file.parent / MAKING).exists():
                yield text

    def _is_ours(self, folder: Path) -> bool:
        return _text_of(folder / STACK) == self._stack

    def _half_made(self) -> Iterator[tuple[Kind, Path]]:
        for kind, parent in ((Kind.MACHINE, self._host.disks), (Kind.VOLUME, self._volumes)):
            for file in sorted(parent.glob(f"*/{MAKING}")):
                if self._is_ours(file.parent):
                    yield kind, file.parent

    def _begin(self, kind: Kind, name: str) -> Path:
        """An empty folder, marked as half made and as ours before it has the name that it will bear."""
        folder = self._folder(kind, name)
        if folder.exists():
            raise HostProblem(f"{kind} {name}: {folder.name} is there already, and is not of this stack")
        new = folder.with_name(f".{name}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        (new / STACK).write_text(self._stack)
        (new / MAKING).touch()
        new.rename(folder)
        return folder

    def _make_machine(self, machine: Machine, birth: tuple[BirthFile, ...]) -> None:
        refuse_other(machine.name, machine.birth, birth)
        host = self._of(machine)
        if not host.namespace(machine.name).exists():
            raise HostProblem(f"machine {machine.name}: its network is not laid: there is no namespace for it")
        folder = self._begin(Kind.MACHINE, machine.name)
        try:
            disks.write(host.image, folder, birth)
            self._keep_machine(folder, machine)
            if machine.power == "on":
                self._start(machine)
            (folder / MAKING).unlink()
        except BaseException:
            self._end(machine.name)
            shutil.rmtree(folder)
            raise

    def _make_volume(self, volume: Volume) -> None:
        folder = self._begin(Kind.VOLUME, volume.name)
        try:
            (folder / "data").mkdir(mode=0o755)
            disks.keep(folder / RECORD[Kind.VOLUME], _text(volume))
            (folder / MAKING).unlink()
        except BaseException:
            shutil.rmtree(folder)
            raise
        self._remount(volume.name)

    def _bring_back(self, resource: Resource) -> bool:
        """What was set aside and is exactly this; whether there was such."""
        aside = self._aside(resource)
        if not aside.exists():
            return False
        aside.rename(self._folder(resource.kind, resource.name))
        if isinstance(resource, Machine):
            if resource.power == "on":
                self._start(resource)
        else:
            self._remount(resource.name)
        return True

    def _remount(self, volume: str) -> None:
        """A machine that runs and mounts a volume of this name boots again, to see this one."""
        machines_of = [one for one in self._records() if isinstance(one, Machine)]
        for name in (one.name for one in machines_of if any(mount.volume == volume for mount in one.mounts)):
            with self._alone(name):
                now = self.look().by_key.get((Kind.MACHINE, name))
                if isinstance(now, Machine) and now.power == "on":
                    machines.stop(self._host, name, STOPS_WITHIN_S)
                    self._start(now)

    def _alone(self, machine: str) -> threading.Lock:
        """Sub-steps run side by side, on threads of one process: one at a time stops and starts a machine."""
        return self._locks.setdefault(machine, threading.Lock())

    def _keep_machine(self, folder: Path, machine: Machine) -> None:
        mounted = [(self._volumes / mount.volume / "data", mount.path) for mount in machine.mounts]
        binds = (f"{_escaped(data)}:{_escaped(path)}\n" for data, path in mounted)
        (folder / "mounts").write_text("".join(binds))
        disks.keep(folder / RECORD[Kind.MACHINE], _text(machine))

    def _of(self, machine: Machine) -> Host:
        """The host as this machine sees it: over the image that it was born from."""
        image = self._host.image.with_name(machine.image)
        if not image.is_dir():
            raise HostProblem(f"machine {machine.name}: there is no image {machine.image} on this host: run make setup")
        return Host(self._host.name, image, self._host.disks, self._host.consoles)

    def _start(self, machine: Machine) -> None:
        """Returns when it is up."""
        host = self._of(machine)
        machines.start(host, [machine.name], lambda _: None)
        limits.set_limits(host.group(machine.name), machine.cpus, machine.memory_mib)

    def _end(self, name: str) -> None:
        """No process and no control group of the machine is left."""
        machines.stop(self._host, name, STOPS_WITHIN_S)
        cgroups.remove(self._host.group(name))


@contextmanager
def as_backend_error() -> Iterator[None]:
    try:
        yield
    except (HostProblem, BirthChanged, OSError, ValidationError, KeyError) as problem:
        raise BackendError(" ".join(str(problem).split("\n"))) from problem


def _asleep(resource: Resource) -> Resource:
    """Without its power: a machine that is set aside has none."""
    return resource.model_copy(update={"power": "off"}) if isinstance(resource, Machine) else resource


def _text_of(file: Path) -> str | None:
    """None where there is no such file, or no more."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


def _text(resource: Resource) -> str:
    return resource.model_dump_json(indent=1)


def _escaped(path: Path | str) -> str:
    """For --bind=, where a colon ends a path (systemd-nspawn(1))."""
    return str(path).replace("\\", "\\\\").replace(":", "\\:")
