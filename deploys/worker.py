"""`python -m deploys.worker`: one server's deploys prepared by pyinfra, in a process of its own.

One JSON request on standard input, one JSON answer on standard output (wire.py). Secrets come in on standard input
alone and go out nowhere: in the answer each stands as `<name#tag>`. When the standard input is closed before that,
whoever asked is gone, and so are we. pyinfra and gevent are imported here and in the deploys, and nowhere else.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

import paramiko
from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateOperationHostData, StateStage
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.context import ctx_host, ctx_state

from change.canonical import Document, canonical, digest_of
from deploys.content import ContentFile, SecretText
from deploys.facts import OurManifest
from deploys.frozen import Copy, LiveFile, Operation, Prepared, Put, Reference, Run
from deploys.load import function
from deploys.masking import HIDDEN, Known, masked, without
from deploys.mirror.apt import sha256
from deploys.mirror.repository import read
from deploys.pyinfra_host import SSH_PORT, host_data
from deploys.roles import deploys_of
from deploys.wire import Answer, Request
from inventory.sealed import Sealed

WANDERING = frozenset({"atime", "mtime", "ctime", "lastlog", "login_time", "password"})
"""Parts of facts that change by themselves, or that nobody needs to know."""
BY_NAME = frozenset({"server.Users", "server.Groups", "deb.DebPackages"})
"""Facts of everything on the box: only what a pending command names counts."""
UNNEEDED = frozenset({"server.TmpDir"})
NOT_FROZEN = (
    "_sudo",
    "_sudo_user",
    "_su_user",
    "_doas",
    "_env",
    "_chdir",
    "_stdin",
    "_if",
    "_ignore_errors",
    "_retries",
)
"""Arguments of an operation that a frozen command would lose."""


class Refused(Exception):
    """The deploys ask for what cannot be frozen. One sentence for a person, without a secret."""


class HostKeyProblem(Exception):
    """The server's host key is unknown or changed; no credential was sent. One sentence."""


class NotReached(Exception):
    """No session could be had. One sentence."""


class Facts:
    """Each fact is read once, and what each operation read is remembered."""

    def __init__(self, host: Host) -> None:
        self._read = host.get_fact
        self._known: dict[str, object] = {}
        self._used: set[str] = set()
        setattr(host, "get_fact", self.get)  # noqa: B010  # operations read facts through the host that they are given

    def get(self, fact: type[FactBase[object]], *args: object, **kwargs: object) -> object:
        key = f"{fact.name} {args!r} {sorted(kwargs.items())!r}"
        if key not in self._known:
            self._known[key] = self._read(fact, *args, **kwargs)
        self._used.add(key)
        return self._known[key]

    def used_by(self, data: StateOperationHostData) -> tuple[list[object], dict[str, object]]:
        """The commands of one operation, and the facts that they were derived from."""
        self._used = set()
        commands: list[object] = list(data.command_generator())
        return commands, {key: self._known[key] for key in sorted(self._used)}


def prepared(request: Request, host: Host, state: State) -> Prepared:
    """Run the deploys of the server against its facts, and freeze what they would do."""
    facts = Facts(host)
    secrets = {name: Sealed(value) for name, value in request.secrets.items()}
    operations: list[Operation] = []
    grounds: list[Document] = []
    with ctx_state.use(state), ctx_host.use(host):
        state.set_stage(StateStage.Prepare)
        manifest = host.get_fact(OurManifest)
        for deploy in deploys_of(request.intent, manifest):
            begin = len(host.op_hash_order)
            function(deploy)()
            for operation in host.op_hash_order[begin:]:
                data = state.get_op_data_for_host(host, operation)
                title = " ".join(sorted(state.get_op_meta(operation).names)).rpartition(" | ")[2]
                commands, used = facts.used_by(data)
                if commands:
                    refuse_arguments(data, title)
                    frozen = list(freeze(deploy.name, title, commands, request, secrets))
                    operations += frozen
                    grounds.append(ground(used, frozen))
        known = values(request)
        live = {put.path: found for put in puts(operations) if (found := live_file(host, put, known))}
    return Prepared(
        manifest=manifest,
        operations=tuple(operations),
        facts=digest_of(canonical(grounds)),
        live=live,
    )


def puts(operations: list[Operation]) -> Iterator[Put]:
    return (operation for operation in operations if isinstance(operation, Put))


def freeze(
    deploy: str, title: str, commands: list[object], request: Request, secrets: Mapping[str, Sealed]
) -> Iterator[Operation]:
    """An upload is frozen whole, with its owner and mode; the commands that set those go with it."""
    uploads = [command for command in commands if isinstance(command, FileUploadCommand)]
    for upload in uploads:
        if isinstance(upload.src, str):
            yield copied(deploy, title, Path(upload.src), upload.dest)
            continue
        if not isinstance(upload.src, ContentFile):
            raise Refused(f"{title}: only here.put and here.copy may put a file")
        file = upload.src
        pieces = tuple(
            Reference(secret=request.tags[piece.name]) if isinstance(piece, SecretText) else piece
            for piece in file.content
        )
        yield Put(
            deploy=deploy,
            title=title,
            path=upload.dest,
            owner=file.owner,
            group=file.group,
            mode=file.permissions,
            content=pieces,
        )
    for command in () if uploads else commands:
        if not isinstance(command, StringCommand):
            raise Refused(f"{title}: a {type(command).__name__} cannot be frozen")
        line = command.get_raw_value()
        if any(value.open() in line for value in secrets.values()):
            raise Refused(f"{title}: a secret would stand in a command")
        yield Run(deploy=deploy, title=title, command=line)


def copied(deploy: str, title: str, source: Path, path: str) -> Copy:
    digest, octets = sha256(source), source.stat().st_size
    return Copy(
        deploy=deploy, title=title, path=path, owner="root", group="root", mode=0o644, sha256=digest, octets=octets
    )


def refuse_arguments(data: StateOperationHostData, title: str) -> None:
    """A frozen command runs as root in a plain shell: arguments that ask for more would be lost."""
    asked = [key for key in NOT_FROZEN if data.global_arguments.get(key)]
    if asked:
        raise Refused(f"{title}: {', '.join(asked)} cannot be frozen")


def ground(used: Mapping[str, object], frozen: list[Operation]) -> Document:
    words = {word for one in frozen if isinstance(one, Run) for word in shlex.split(one.command)}
    words |= {part for word in words for part in word.split(",")}
    found: dict[str, Document] = {}
    for key, value in used.items():
        name = key.partition(" ")[0]
        if name in BY_NAME:
            kept = {one: value[one] for one in value if one in words} if isinstance(value, Mapping) else value
            found[key] = plain(kept if isinstance(kept, Mapping) else [one for one in _listed(kept) if one in words])
        elif name not in UNNEEDED:
            found[key] = plain(value)
    return found


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set) else []


def plain(value: object) -> Document:
    """A fact as JSON, without what wanders."""
    if isinstance(value, Mapping):
        folder = "size" in value and str(value.get("mode", "")).startswith("d")
        kept = {
            str(key): one for key, one in value.items() if str(key) not in WANDERING and not (folder and key == "size")
        }
        return {key: plain(one) for key, one in sorted(kept.items())}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return [plain(one) for one in sorted(map(str, value))]
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


STAT = "test -f {0} && stat --format='%U %G %a' {0} && cat {0} || true"


def live_file(host: Host, put: Put, known: Sequence[Known]) -> LiveFile | None:
    """What stands where a file will be put, no secret in it."""
    status, output = host.run_shell_command(StringCommand(STAT.format(shlex.quote(put.path))))
    if not status or not output.stdout_lines:
        return None
    owner, group, mode = output.stdout_lines[0].split()
    lines = masked(output.stdout_lines[1:], put, known)
    return LiveFile(owner=owner, group=group, mode=int(mode, 8), lines=lines)


def values(request: Request) -> tuple[Known, ...]:
    """Every secret that came with the request, and how it is shown."""
    named = (Known(Sealed(value), request.tags[name]) for name, value in request.secrets.items())
    return (*named, Known(Sealed(request.key), HIDDEN))


# -- the process ----------------------------------------------------------------------------------------------------


def state_of(request: Request) -> State:
    secrets = {name: Sealed(value) for name, value in request.secrets.items()}
    known_hosts = Path(request.known_hosts)
    repository = read(Path(request.repository)) if request.repository else None
    data = host_data(
        request.address,
        request.port,
        request.user,
        known_hosts,
        Sealed(request.key),
        request.intent,
        secrets,
        repository,
    )
    inventory = Inventory(([(request.intent.name, data)], {}))  # type: ignore[no-untyped-call]  # so in pyinfra
    return State(inventory, Config(CONNECT_TIMEOUT=5))  # type: ignore[no-untyped-call]  # so in pyinfra


def refuse_unpinned(request: Request) -> None:
    """pyinfra passes over a known-hosts file that it cannot read. Raises HostKeyProblem."""
    name = request.address if request.port == SSH_PORT else f"[{request.address}]:{request.port}"
    try:
        pinned = paramiko.HostKeys(request.known_hosts).lookup(name)
    except (OSError, UnicodeDecodeError, paramiko.SSHException):
        raise HostKeyProblem("the known-hosts file cannot be read; nothing was sent") from None
    if not pinned:
        raise HostKeyProblem(f"no host key is pinned for {name}; nothing was sent")


def connected(state: State) -> Host:
    """Raises HostKeyProblem (paramiko compares the key before it authenticates), NotReached."""
    host = next(iter(state.inventory))
    state.set_stage(StateStage.Connect)
    try:
        host.connect(show_errors=False, raise_exceptions=True)
    except ConnectError as problem:
        if str(problem).startswith("SSH host key error"):
            raise HostKeyProblem("its host key is not the pinned one; no credential was sent") from None
        raise NotReached(str(problem)) from None
    state.activate_host(host)
    hurry(host)
    return host


def hurry(host: Host) -> None:
    """Facts are many short questions: no segment waits for the acknowledgement of the one before (RFC 9293, 3.7.4)."""
    connector = host.connector
    assert isinstance(connector, SSHConnector) and connector.client is not None  # it is connected
    transport = connector.client.get_transport()
    if transport is not None and isinstance(transport.sock, socket.socket):
        transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def answer(request: Request) -> Answer:
    try:
        refuse_unpinned(request)
        state = state_of(request)
        return Answer(kind="prepared", prepared=prepared(request, connected(state), state))
    except HostKeyProblem as problem:
        return Answer(kind="host-key", sentence=str(problem))
    except Refused as problem:
        return Answer(kind="refused", sentence=str(problem))
    except (NotReached, PyinfraError) as problem:
        return Answer(kind="unreachable", sentence=str(problem))
    except Exception as problem:  # noqa: BLE001  # whoever asked is told what it was, and not that time ran out
        return Answer(kind="refused", sentence=defect(problem, values(request)))


def defect(problem: Exception, known: Sequence[Known]) -> str:
    """What pyinfra or a deploy of ours stumbled over: its kind, its first line, no secret."""
    said = without(str(problem), known).splitlines()
    return f"its deploys could not be prepared: {type(problem).__name__}{f': {said[0]}' if said else ''}"


def leave_with(asker: TextIO) -> None:
    """End at once where whoever asked is gone."""
    asker.read()
    os._exit(1)


def main() -> int:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever pyinfra prints is no part of the answer
    request = Request.model_validate_json(sys.stdin.readline())
    threading.Thread(target=leave_with, args=(sys.stdin,), daemon=True).start()
    out.write(answer(request).model_dump_json())
    out.flush()
    os._exit(0)  # nothing of gevent or paramiko is waited for


if __name__ == "__main__":
    sys.exit(main())
