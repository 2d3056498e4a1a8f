"""One SSH connection to a box: host keys pinned, every wait bounded, every rejected command noticed.

Netmiko opens the connection (its Linux platform), but no interactive shell is started and no prompt is hunted for:
each command runs in an exec channel of its own (RFC 4254, 6.5), which gives an exit status and separate streams, takes
bytes on standard input, and costs one round trip. A host key that is not in the pinned file is refused before
authentication begins (RFC 4253 ends with the key exchange; RFC 4252 is never entered).
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import paramiko
from netmiko.linux import LinuxSSH
from paramiko.hostkeys import InvalidHostKey
from pydantic import TypeAdapter, ValidationError

from change.target import HostKeyRefused, TargetError, TargetUnreachable, by_its_sentence

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # else logging.lastResort prints them

SSH_PORT = 22
KEY_KINDS: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
CHUNK_OCTETS = 65536
LOST_AT_LOGIN = re.compile("timeout|transport shut down", re.IGNORECASE)
"""What paramiko says of a connection that was lost within the login: typed like a refusal, and none."""
T = TypeVar("T")


class LoginRefused(TargetError):
    """The box answered, and does not take our credentials."""


class CommandRefused(TargetError):
    """A command ended with another status than 0, or FRR answered it with a line that starts in `%`."""


@dataclass(frozen=True)
class Endpoint:
    """Where to log in, and the only host keys that are believed."""

    name: str
    """What people call the box; stands in every message."""
    host: str
    known_hosts: Path
    """OpenSSH known_hosts format (sshd(8)); no other file and no system-wide one is read."""
    port: int = SSH_PORT


@dataclass(frozen=True)
class Credentials:
    """Who logs in. Values are kept out of the repr; a private key is its OpenSSH or PEM text."""

    user: str
    private_key: str = field(default="", repr=False)
    passphrase: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Limits:
    """Seconds. `total_s` bounds the whole life of the session, whatever the others allow."""

    connect_s: float = 5.0
    banner_s: float = 5.0
    auth_s: float = 5.0
    command_s: float = 20.0
    total_s: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What a command left: exit status (RFC 4254, 6.10) and both streams, decoded as UTF-8."""

    status: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


class ExecLinux(LinuxSSH):
    """Netmiko's Linux platform without its shell: connecting ends with authentication."""

    remote_conn_pre: paramiko.SSHClient | None = None

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        self.remote_conn_pre = self._build_ssh_client()
        self.remote_conn_pre.connect(**self._connect_params_dict())

    @property
    def transport(self) -> paramiko.Transport | None:
        """None before the box has been reached, and after the end."""
        return self.remote_conn_pre.get_transport() if self.remote_conn_pre is not None else None

    def cut(self) -> None:
        """End the connection, whoever waits for it."""
        if self.transport is not None:
            self.transport.close()

    def cleanup(self, command: str = "exit") -> None:
        """There is no shell to leave."""


class Session:
    """An open connection. Use as a context manager; closing twice is harmless."""

    def __init__(self, endpoint: Endpoint, netmiko: ExecLinux, limits: Limits, ends: float) -> None:
        self.endpoint = endpoint
        self._netmiko = netmiko
        self._limits = limits
        self._ends = ends

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._netmiko.disconnect()

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def alive(self) -> bool:
        transport = self._netmiko.transport
        return transport is not None and transport.is_active()

    def execute(self, argv: tuple[str, ...], stdin: str = "", limit_s: float | None = None) -> Answer:
        """Run one command; its words are quoted for the far shell. A status other than 0 is an answer, not an error.

        Raises TargetUnreachable where the connection is lost or the answer is not complete within the limit (default:
        the session's `command_s`): the command may then have run.
        """
        ends = min(self._ends, time.monotonic() + (limit_s or self._limits.command_s))
        try:
            return self._exchange(shlex.join(argv), stdin.encode(), ends)
        except (OSError, EOFError, paramiko.SSHException) as error:
            if time.monotonic() >= ends:
                raise TargetUnreachable(f"{self.endpoint.name}: no answer to `{argv[0]}` in time") from None
            raise TargetUnreachable(f"{self.endpoint.name}: lost at `{argv[0]}` ({_reason(error)})") from None

    def run(self, argv: tuple[str, ...], stdin: str = "", limit_s: float | None = None) -> str:
        """As execute, and returns the standard output. Raises CommandRefused on any status but 0."""
        answer = self.execute(argv, stdin, limit_s)
        if answer.status != 0:
            said = (answer.stderr.strip() or answer.stdout.strip() or "it said nothing").splitlines()[-1]
            raise CommandRefused(f"{self.endpoint.name}: `{argv[0]}` ended with status {answer.status}: {said}")
        return answer.stdout

    def vtysh(self, *commands: str, limit_s: float | None = None) -> str:
        """Exec-mode commands of FRR in one vtysh. Raises CommandRefused on a status or a `%` line (vtysh returns 0)."""
        argv = ("vtysh", *(word for command in commands for word in ("-c", command)))
        text = self.run(argv, limit_s=limit_s)
        for line in text.splitlines():
            if line.startswith("%"):
                raise CommandRefused(f"{self.endpoint.name}: FRR refused `{'; '.join(commands)}`: {line}")
        return text

    def vtysh_each(self, *commands: str, limit_s: float | None = None) -> dict[str, str]:
        """Several exec-mode commands in one vtysh (`-E` echoes each before its output), each with its own output.

        A command whose daemon does not run has an empty output: that is said on standard error, with status 0.
        """
        text = self.run(("vtysh", "-E", *(word for command in commands for word in ("-c", command))), limit_s=limit_s)
        return echoed(text, commands)

    def read(self, argv: tuple[str, ...], shape: TypeAdapter[T], limit_s: float | None = None) -> T:
        """The output of a command that answers in JSON. Raises CommandRefused where it is not of that shape."""
        return self._shaped(argv[0], self.run(argv, limit_s=limit_s), shape)

    def vtysh_read(self, command: str, shape: TypeAdapter[T], limit_s: float | None = None) -> T:
        """As read, for one exec-mode command of FRR that ends in `json`."""
        return self._shaped(command, self.vtysh(command, limit_s=limit_s), shape)

    def _shaped(self, command: str, text: str, shape: TypeAdapter[T]) -> T:
        try:
            return shape.validate_json(text)
        except ValidationError:
            raise CommandRefused(f"{self.endpoint.name}: `{command}` answered in a form that is not known") from None

    def _exchange(self, command: str, stdin: bytes, ends: float) -> Answer:
        transport = self._netmiko.transport
        if transport is None or not transport.is_active():
            raise OSError("the session is closed")
        with transport.open_session(timeout=_left(ends)) as channel, _cut_at(ends, channel.close):
            channel.exec_command(command)
            if stdin:
                channel.sendall(stdin)
            channel.shutdown_write()
            stdout = _drained(channel.recv)
            stderr = _drained(channel.recv_stderr)
            status = channel.recv_exit_status()
        _left(ends)  # what was cut off is no answer
        if status < 0:
            raise OSError("it ended without a status")
        return Answer(status, stdout.decode(errors="replace"), stderr.decode(errors="replace"))


@by_its_sentence
def connect(endpoint: Endpoint, credentials: Credentials, limits: Limits) -> Session:
    """Log in. The clock of `limits.total_s` starts here.

    Raises HostKeyRefused (no credential was sent), TargetUnreachable, LoginRefused, or TargetError for a private key
    that cannot be read.
    """
    ends = time.monotonic() + limits.total_s
    _require_pinned(endpoint)
    pkey = private_key(credentials.private_key, credentials.passphrase) if credentials.private_key else None
    where = f"{endpoint.name} ({endpoint.host})"
    netmiko = ExecLinux(
        device_type="linux",
        host=endpoint.host,
        port=endpoint.port,
        username=credentials.user,
        password=credentials.password or None,
        pkey=pkey,
        use_keys=False,
        allow_agent=False,
        ssh_strict=True,
        system_host_keys=False,
        alt_host_keys=True,
        alt_key_file=str(endpoint.known_hosts),
        conn_timeout=min(limits.connect_s, limits.total_s),
        banner_timeout=min(limits.banner_s, limits.total_s),
        auth_timeout=min(limits.auth_s, limits.total_s),
        auto_connect=False,
    )
    try:
        with _cut_at(ends, netmiko.cut):
            netmiko.establish_connection()
    except paramiko.BadHostKeyException as error:
        raise HostKeyRefused(
            f"{where}: its host key {fingerprint(error.key)} is not the pinned {fingerprint(error.expected_key)};"
            " no credential was sent"
        ) from None
    except paramiko.AuthenticationException as error:
        if LOST_AT_LOGIN.search(str(error)):
            raise TargetUnreachable(f"{where}: no answer to the login in time") from None
        raise LoginRefused(f"{where}: it does not let {credentials.user} in with our credentials") from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise TargetUnreachable(f"{where}: no SSH session could be had ({_reason(error)})") from None
    return Session(endpoint, netmiko, limits, ends)


def private_key(text: str, passphrase: str | None = None) -> paramiko.PKey:
    """The key of an OpenSSH or PEM text. Raises TargetError; neither it nor its context holds any of the text."""
    for kind in KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(text), passphrase)
        except (paramiko.SSHException, ValueError):
            continue
    raise TargetError("the login key is not an OpenSSH private key that can be read")


def echoed(text: str, commands: tuple[str, ...]) -> dict[str, str]:
    """What `vtysh -E` printed, by command: each output follows a line that ends in `# ` and the command."""
    found: dict[str, list[str]] = {command: [] for command in commands}
    waiting = list(commands)
    current: list[str] = []
    for line in text.splitlines():
        if waiting and line.endswith(f"# {waiting[0]}"):
            current = found[waiting.pop(0)]
        else:
            current.append(line)
    return {command: "\n".join(lines) for command, lines in found.items()}


def fingerprint(key: paramiko.PKey) -> str:
    """As `ssh-keygen -l` prints it: kind, `SHA256:`, base64 without padding."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def _require_pinned(endpoint: Endpoint) -> None:
    """Refuse before anything is sent. Netmiko passes over a missing file in silence."""
    try:
        pinned = paramiko.HostKeys(str(endpoint.known_hosts))
    except (OSError, UnicodeDecodeError, InvalidHostKey):
        raise HostKeyRefused(f"{endpoint.name}: the known-hosts file cannot be read; nothing was sent") from None
    name = endpoint.host if endpoint.port == SSH_PORT else f"[{endpoint.host}]:{endpoint.port}"
    if not pinned.lookup(name):
        raise HostKeyRefused(f"{endpoint.name}: no host key is pinned for {name}; nothing was sent")


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@contextmanager
def _cut_at(ends: float, cut: Callable[[], None]) -> Iterator[None]:
    """Cut the connection or channel at the deadline: some of paramiko's own waits have no limit."""

    def act() -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):  # its user may end it at the same moment
            cut()

    alarm = threading.Timer(min(_left(ends), threading.TIMEOUT_MAX), act)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _drained(receive: Callable[[int], bytes]) -> bytes:
    """One stream to its end."""
    return b"".join(iter(lambda: receive(CHUNK_OCTETS), b""))


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
