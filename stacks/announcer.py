"""Our end of the announcements: each frozen sub-step is allowed once, and only after it is durable in the journal."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from change.target import Announce
from stacks.announce import SOCKET, Announcement, Answer, socket_path
from stacks.birth import BirthFile, WireFile, to_wire
from stacks.difference import Operation, SubStep
from stacks.resources import Kind

BirthOf = Callable[[str], tuple[BirthFile, ...]]
"""By the name of a machine."""
ENDS_WITHIN_S = 30.0
"""How long a provider may take to end; who does not, holds its lock, and repair waits for that."""


class Announcer:
    """Serves the providers of one run of the engine, each on a thread of its own."""

    def __init__(self, folder: Path, allowed: tuple[SubStep, ...], note: Announce, birth_of: BirthOf) -> None:
        self._folder = folder
        self._allowed = allowed
        self._note = note
        self._birth_of = birth_of
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.done: list[SubStep] = []
        """Allowed, in that order; the last ones may not have been done."""
        self.problems: list[Exception] = []
        """What `note` raised, or what the birth of a machine could not be made for."""

    @contextmanager
    def serving(self) -> Iterator[None]:
        """When this ends, every provider of the run has ended too."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as listening:
            (self._folder / SOCKET).unlink(missing_ok=True)
            with socket_path(self._folder) as path:
                listening.bind(path)
            listening.listen()
            accepting = threading.Thread(target=self._accept, args=(listening,), daemon=True)
            accepting.start()
            try:
                yield
            finally:
                listening.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
                accepting.join()
                (self._folder / SOCKET).unlink(missing_ok=True)
                for connection in self._open:
                    with connection:
                        self._hang_up(connection)
                for thread in self._threads:
                    thread.join(ENDS_WITHIN_S)

    def _hang_up(self, connection: socket.socket) -> None:
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            return  # it has ended by itself

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._open.append(connection)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as lines:
                for line in lines:
                    answer = self._answer(Announcement.model_validate_json(line))
                    connection.sendall(f"{answer.model_dump_json()}\n".encode())
        except (OSError, ValidationError):
            return

    def _answer(self, said: Announcement) -> Answer:
        """Two announcements are never judged at once: a sub-step is allowed a single time."""
        with self._lock:
            why = self._refusal(said.sub_step)
            if why:
                return Answer(number=said.number, refused=why)
            self.done.append(said.sub_step)
            try:
                birth = self._birth(said.sub_step)
                self._note(str(said.sub_step))
            except Exception as problem:  # noqa: BLE001  # whatever it is, the sub-step must not be done; it is raised later
                self.problems.append(problem)
                return Answer(number=said.number, refused="it could not be written down before it is done")
            return Answer(number=said.number, birth=birth)

    def _refusal(self, sub_step: SubStep) -> str:
        if self.problems:
            return "the run has failed"
        if sub_step not in self._allowed:
            return f"{sub_step} is not in the plan"
        if sub_step in self.done:
            return f"{sub_step} was done already"
        return ""

    def _birth(self, sub_step: SubStep) -> tuple[WireFile, ...]:
        made = sub_step.operation is Operation.CREATE and sub_step.kind is Kind.MACHINE
        return to_wire(self._birth_of(sub_step.name)) if made else ()
