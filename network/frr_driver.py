"""A NAPALM driver for FRRouting 8.4: `napalm.get_network_driver("frr")`, useful without govnet.

A commit goes through the latch that stands on the box (docs/adr/0003): it is tried, read back, and undone by the box
itself when it does not read back as the candidate, or when nobody confirms it within `revert_in` seconds. Start-up
configuration is written by the confirm alone. `govnet latch` puts the latch on a box; all else works without it.

Optional arguments, with NAPALM's and Netmiko's names: `port`; `key_file` with `passphrase` (`use_keys` is implied);
`alt_host_keys_file` (or `alt_key_file`), the known-hosts file, else the user's own. Host keys are always checked:
`ssh_strict` may be left out, and False is refused.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from napalm.base import models
from napalm.base.exceptions import (
    CommitConfirmException,
    CommitError,
    ConnectAuthError,
    ConnectionException,
    MergeConfigException,
    NapalmException,
    ReplaceConfigException,
)
from napalm.base.helpers import sanitize_config

from change.latch_client import Latch, text_digest
from change.model import LatchState
from change.target import TargetError, TargetUnreachable
from inventory.model import Platform
from network import commands, diff, merge, tree
from network.config import START_UP_FILES, Config, Part
from network.frr_getters.getters import NOT_ON_FRR, FrrGetters, in_napalm_words
from network.latch_parts import latch_part
from network.redact import POSITIONS
from network.session import SSH_PORT, Credentials, Endpoint, Limits, LoginRefused, connect

__all__ = ["NOT_ON_FRR", "FRRDriver"]

TRY_TIMER_S = 60
"""The box's own undo while a commit without `revert_in` is tried and confirmed at once."""
SETTLED = frozenset({LatchState.ABSENT, LatchState.CONFIRMED, LatchState.REVERTED, LatchState.BROKEN})
"""States in which the box has nothing more to do about a step."""
OWN_HOST_KEYS = Path("~/.ssh/known_hosts")
SANITIZE = {pattern.pattern: r"\g<before><removed>\g<after>" for pattern in POSITIONS["frr"]}


class FRRDriver(FrrGetters):
    """One box. Not for several threads at once."""

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, str | int | bool] | None = None,
    ) -> None:
        given = optional_args or {}
        if given.get("ssh_strict") is False:
            raise ConnectionException("ssh_strict: this driver always checks host keys; give alt_host_keys_file")
        self.hostname = hostname
        self.username = username
        self.timeout = timeout
        self._key_file = str(given.get("key_file") or "")
        self._passphrase = str(given["passphrase"]) if given.get("passphrase") else None
        self._password = password
        known = given.get("alt_host_keys_file") or given.get("alt_key_file") or OWN_HOST_KEYS
        port = int(given.get("port") or SSH_PORT)
        self._endpoint = Endpoint(hostname, hostname, Path(str(known)).expanduser(), port)
        self._candidate: str | None = None
        self._hostname: str | None = None
        self._failure: type[NapalmException] = ReplaceConfigException
        self._pending: str | None = None
        self._before: str | None = None

    @in_napalm_words
    def open(self) -> None:
        """Raises ConnectAuthError where the box does not let us in, ConnectionException for all else."""
        limits = Limits(command_s=float(self.timeout), total_s=float("inf"))
        try:
            self._open_session = connect(self._endpoint, self._credentials(), limits)
        except OSError:
            raise ConnectionException(f"the key file {self._key_file} cannot be read") from None
        except LoginRefused as problem:
            raise ConnectAuthError(str(problem)) from None
        except TargetError as problem:
            raise ConnectionException(str(problem)) from None

    def _credentials(self) -> Credentials:
        key = Path(self._key_file).expanduser().read_text() if self._key_file else ""
        return Credentials(self.username, key, self._passphrase, self._password)

    def close(self) -> None:
        """A pending commit stays pending: the box undoes it at its deadline."""
        if self._open_session is not None:
            self._open_session.close()
            self._open_session = None

    def is_alive(self) -> models.AliveDict:
        return {"is_alive": self._open_session is not None and self._open_session.alive}

    @in_napalm_words
    def load_replace_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        self._failure = ReplaceConfigException
        self._candidate = tree.normal(self._loaded(filename, config))

    @in_napalm_words
    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Merged into what runs now; a second one is merged into the first."""
        self._failure = MergeConfigException
        text = self._loaded(filename, config)
        base = self._candidate if self._candidate is not None else self._live()
        self._candidate = merge.merge(base, text)

    @in_napalm_words
    def compare_config(self) -> str:
        """Changed lines under the headers that they stand in; empty where the candidate is what runs."""
        if self._candidate is None:
            return ""
        running = self._running()
        found = diff.difference(_config(tree.normal(running)), _config(self._candidate))
        rows = [line.sign.strip() + line.text for part in found.parts for line in part.lines]
        if self._hostname not in (None, _hostname(running)):
            rows = [f"-hostname {_hostname(running)}", f"+hostname {self._hostname}", *rows]
        return "\n".join(rows)

    @in_napalm_words
    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """`revert_in`: seconds after which the box goes back by itself unless confirm_commit comes first.

        Without it the commit is tried, read back and confirmed. `message` goes to the box's syslog. Raises
        CommitConfirmException where a commit is pending, and ReplaceConfigException or MergeConfigException, by how the
        candidate was loaded, where the box could not be brought to it: it is then as before.
        """
        if self.has_pending_commit():
            raise CommitConfirmException("a commit is pending: confirm it or roll it back first")
        if self._candidate is None:
            return
        if self._hostname not in (None, _hostname(self._running())):
            raise self._failure("the hostname is the box's own (/etc/hostname): FRR cannot keep another")
        wanted, before = self._candidate, self._live()
        if wanted != before:
            self._through_latch(before, wanted, revert_in)
        if message:
            self._session().execute(("logger", "-t", "napalm-frr", "--", message))
        self._candidate, self._before = None, before

    @in_napalm_words
    def confirm_commit(self) -> None:
        if self._pending is None or not self.has_pending_commit():
            raise CommitConfirmException("no commit is pending here")
        try:
            self._latch().confirm(self._pending)
        except TargetUnreachable:
            raise
        except TargetError as problem:
            raise CommitConfirmException(str(problem)) from None
        self._pending = None

    @in_napalm_words
    def has_pending_commit(self) -> bool:
        """What the box says of the commit that this driver object made; False once it is confirmed or gone back."""
        return self._pending is not None and self._latch().inspect(self._pending).state not in SETTLED

    def discard_config(self) -> None:
        self._candidate = self._hostname = None

    @in_napalm_words
    def rollback(self) -> None:
        """A pending commit is undone by the box; else the last commit of this driver object by a commit of its own."""
        if self._pending is not None and self.has_pending_commit():
            try:
                self._latch().revert(self._pending)
            except TargetError as problem:
                raise CommitError(str(problem)) from None
            self._pending = None
        elif self._before is not None:
            self.load_replace_candidate(config=self._before)
            self.commit_config()
        self._before = None

    @in_napalm_words
    def get_config(
        self, retrieve: str = "all", full: bool = False, sanitized: bool = False, format: str = "text"
    ) -> models.ConfigDict:
        """FRR's own text. `full` changes nothing: FRR does not print its defaults."""
        if format != "text":
            raise NotImplementedError(f"the format {format} is not known: FRR's configuration is text")
        found = {"running": "", "startup": "", "candidate": ""}
        if retrieve in ("all", "running"):
            found["running"] = self._running()
        if retrieve in ("all", "startup"):
            found["startup"] = self._session().run(("cat", START_UP_FILES["frr"].path))
        if retrieve in ("all", "candidate"):
            found["candidate"] = self._candidate or ""
        return {name: sanitize_config(text, SANITIZE) if sanitized else text for name, text in found.items()}

    def _live(self) -> str:
        return tree.normal(self._running())

    def _latch(self) -> Latch:
        return Latch(self._session())

    def _loaded(self, filename: str | None, config: str | None) -> str:
        """The text; checked by FRR's own parser on the box, which names lines that it does not know."""
        if filename is None and config is None:
            raise self._failure("give a filename or a config")
        text = Path(filename).read_text() if filename else config or ""
        answer = self._session().execute(("vtysh", "-C", "-f", "/dev/stdin"), text)
        if answer.status != 0:
            wrong = [line.split(":")[0] for line in answer.stderr.splitlines() if line.startswith("line ")]
            raise self._failure(f"FRR does not know {', '.join(wrong) or 'some line'} of the candidate")
        self._hostname = _hostname(text)
        return text

    def _through_latch(self, before: str, wanted: str, revert_in: int | None) -> None:
        latch, step = self._latch(), f"napalm-{uuid.uuid4().hex}"
        part = latch_part("frr", wanted, commands.commands(before, wanted))
        try:
            base = {"frr": text_digest(before)}
            latch.arm(step, f"sha256:{text_digest(step)}", revert_in or TRY_TIMER_S, (part,), base)
            self._pending = step
            latch.try_(step)
            if revert_in is None:
                latch.confirm(step)
                self._pending = None
        except TargetUnreachable as problem:
            raise CommitError(f"{problem}; the box goes back by itself unless the commit is confirmed") from None
        except TargetError as problem:
            self._pending = None
            raise self._failure(str(problem)) from None


def _hostname(text: str) -> str | None:
    found = re.search(r"^hostname (\S+)$", text, re.MULTILINE)
    return found[1] if found else None


def _config(text: str) -> Config:
    return Config(device="", platform=Platform.FRR, parts=(Part(name="frr", text=text),))
