"""How a verb may end: every exception becomes one of the exit statuses and sentences for a person."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress

from govnet.status import Ended, Status

STATUS_OF = {
    "typer.exceptions.TyperException": Status.BAD_INPUT,
    "inventory.problem.BadInventory": Status.BAD_INPUT,
    "inventory.select.BadSelector": Status.BAD_INPUT,
    "inventory.secrets.SecretMissing": Status.BAD_INPUT,
    "inventory.secret_store.SecretStoreError": Status.BAD_INPUT,
    "network.hostkeys.HostKeyMissing": Status.BAD_INPUT,
    "govnet.report.pdf.FontsMissing": Status.BAD_INPUT,
    "monitoring.ping.PingForbidden": Status.BAD_INPUT,
    "stacks.nspawn.problem.HostProblem": Status.BAD_INPUT,
    "deploys.mirror.problem.MirrorProblem": Status.BAD_INPUT,
    "builtins.OSError": Status.BAD_INPUT,
    "change.plan.PlanRefused": Status.REFUSED,
    "deploys.mirror.problem.MirrorRefused": Status.REFUSED,
    "change.locks.Locked": Status.REFUSED,
    "change.target.TargetError": Status.REFUSED,
    "network.redact.SecretUnknown": Status.REFUSED,
    "monitoring.store.PollerBusy": Status.REFUSED,
    "stacks.nspawn.machines.MachineFailed": Status.UNKNOWN,
    "stacks.nspawn.cgroups.GroupStuck": Status.UNKNOWN,
    "change.store.StoreError": Status.UNKNOWN,
    "monitoring.store.StoreError": Status.UNKNOWN,
}
"""By full name, so that start-up and a good end import none of them; the nearest class decides."""


def ending(problem: BaseException) -> Status:
    """Say on stderr what went wrong, and return the status to exit with. A traceback is never shown."""
    if isinstance(problem, Ended):
        _say(problem.sentence)
        return problem.status
    if isinstance(problem, KeyboardInterrupt):
        _say("Stopped. `govnet resume` ends what is open.")
        return Status.UNKNOWN
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(problem).__mro__)
    status = next((STATUS_OF[name] for name in names if name in STATUS_OF), None)
    if status is not None:
        _say(_sentences(problem))
        return status
    place = traceback.extract_tb(problem.__traceback__)[-1]
    file = place.filename.rpartition("/")[2]
    _say(f"A defect of ours: {type(problem).__name__} in {file}, line {place.lineno}. Nothing more was done.")
    return Status.DEFECT


def _sentences(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}"
    if type(problem).__name__ == "PlanRefused":
        return "\n".join(f"Refused: {sentence}" for sentence in getattr(problem, "problems", problem.args))
    if type(problem).__module__.startswith("typer"):
        return f"{getattr(problem, 'message', problem)}\nTry `govnet --help`."
    return str(problem)


def _say(sentence: str) -> None:
    if sentence:
        with suppress(OSError):
            print(sentence, file=sys.stderr)
