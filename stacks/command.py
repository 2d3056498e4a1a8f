"""How the engine is run: with an environment of its own, a time limit, and never outliving us.

Nothing of our environment goes to it (secrets may stand there). The passphrase goes through an anonymous file that is
only open (memfd_create(2)): it is not in an argument, not in the environment, not on a disk.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation._cmd import OnOutput  # the type of an argument that we must take; not exported
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from change.target import TargetError
from stacks import run_record
from stacks.engine import Engine

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLUGINS = Path(sys.executable).parent
"""Where `pulumi-resource-govnet` is installed, beside our Python."""


class EngineFailed(TargetError):
    """The engine ran and ended with an error; the text is what it, or our provider, said first."""


class EngineStopped(TargetError):
    """The engine did not end within its time, or was killed; what it did is found by looking."""


def environment(folder: Path, plugins: Path, passphrase: int) -> dict[str, str]:
    """All of the engine's environment. `passphrase`: an open file's number. No network, no questions, no telemetry."""
    return {
        "PATH": f"{plugins}:{SYSTEM_PATH}",
        "HOME": str(folder / "home"),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"/dev/fd/{passphrase}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true",
        run_record.VARIABLE: str(folder / "run.json"),
    }


class EngineCommand(PulumiCommand):
    """The engine as the Automation API calls it. `timeout_s` bounds each call."""

    def __init__(self, engine: Engine, surroundings: Mapping[str, str], passphrase: int, timeout_s: float) -> None:
        # not the base's: that one asks the engine for its version with all of our environment
        self.command = str(engine.path)
        self.version = VersionInfo.parse(engine.version)
        self._surroundings = dict(surroundings)
        self._passphrase = passphrase
        self._timeout_s = timeout_s

    def by_hand(self, args: Sequence[str], cwd: str) -> int:
        """The engine on our own terminal, for as long as the person likes; its exit status. Ctrl-C is the engine's."""
        line = ["setpriv", "--pdeathsig", "KILL", "--", self.command, *args]
        surroundings = {**self._surroundings, "TERM": os.environ.get("TERM", "dumb")}
        before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the engine would inherit
        try:
            ended = subprocess.run(line, cwd=cwd, env=surroundings, pass_fds=(self._passphrase,), check=False)
        finally:
            signal.signal(signal.SIGINT, before)
        return ended.returncode

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """As the base. Raises EngineStopped, and what create_command_error makes of a failure."""
        line = ["setpriv", "--pdeathsig", "KILL", "--", self.command, "--non-interactive", *args]
        surroundings = {**self._surroundings, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        with subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=surroundings,
            text=True,
            pass_fds=(self._passphrase,),
            start_new_session=True,
        ) as process:
            try:
                said, complained = process.communicate(timeout=self._timeout_s)
            except BaseException as problem:
                os.killpg(process.pid, signal.SIGKILL)
                if isinstance(problem, subprocess.TimeoutExpired):
                    raise EngineStopped(f"the engine did not end within {self._timeout_s:.0f} s") from None
                raise
        if process.returncode < 0:
            raise EngineStopped(f"the engine was killed by signal {-process.returncode}")
        result = CommandResult(stdout=said, stderr=complained, code=process.returncode)
        if process.returncode:
            raise create_command_error(result)
        return result
