"""How a verb may end: every exception becomes an exit status, sentences for people, problems for programs."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from typing import NamedTuple

from govnet.status import Ended, Status
from govnet.streams import Json, put

STATUS_OF = {
    "typer.exceptions.TyperException": Status.BAD_INPUT,
    "inventory.problem.BadInventory": Status.BAD_INPUT,
    "inventory.select.BadSelector": Status.BAD_INPUT,
    "inventory.secrets.SecretMissing": Status.BAD_INPUT,
    "inventory.secret_store.SecretStoreError": Status.BAD_INPUT,
    "govnet.report.pdf.FontsMissing": Status.BAD_INPUT,
    "monitoring.ping.PingForbidden": Status.BAD_INPUT,
    "stacks.nspawn.problem.HostProblem": Status.BAD_INPUT,
    "deploys.mirror.problem.MirrorProblem": Status.BAD_INPUT,
    "builtins.OSError": Status.BAD_INPUT,
    "change.plan.PlanRefused": Status.REFUSED,
    "inventory.trust_pin.TrustRefused": Status.REFUSED,
    "deploys.mirror.problem.MirrorRefused": Status.REFUSED,
    "change.locks.Locked": Status.REFUSED,
    "change.target.TargetError": Status.REFUSED,
    "change.ssh_keygen.KeygenFailed": Status.BAD_INPUT,
    "change.head_places.PlaceFailed": Status.BAD_INPUT,
    "network.redact.SecretUnknown": Status.REFUSED,
    "monitoring.store.PollerBusy": Status.REFUSED,
    "stacks.nspawn.machines.MachineFailed": Status.UNKNOWN,
    "stacks.nspawn.cgroups.GroupStuck": Status.UNKNOWN,
    "change.store.StoreError": Status.UNKNOWN,
    "monitoring.store.StoreError": Status.UNKNOWN,
}
"""By full name, so that start-up and a good end import none of them; the nearest class decides."""


class End(NamedTuple):
    """How it ended, for people and for programs. Empty where the verb has said all of it itself."""

    status: Status
    text: str
    problems: tuple[Json, ...]
    """Each with `what`; and `file`, `line` and `fix` where they are known."""


def ending(problem: BaseException) -> End:
    """The status to exit with, and why. A traceback is never shown."""
    if isinstance(problem, Ended):
        return _said(problem.status, problem.sentence)
    if isinstance(problem, KeyboardInterrupt):
        return _said(Status.UNKNOWN, "Stopped. `govnet resume` ends what is open.")
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(problem).__mro__)
    status = next((STATUS_OF[name] for name in names if name in STATUS_OF), None)
    if status is not None:
        return End(status, _sentences(problem), _problems(problem))
    place = traceback.extract_tb(problem.__traceback__)[-1]
    what = f"{type(problem).__name__} in {place.filename.rpartition('/')[2]}, line {place.lineno}"
    return _said(Status.DEFECT, f"A defect of ours: {what}. Nothing more was done.")


def tell(end: End) -> None:
    """For people, on stderr."""
    if end.text:
        with suppress(OSError):
            print(end.text, file=sys.stderr)


def document(end: End) -> None:
    """For programs, the one document of --json; none where the verb gave its own."""
    if end.problems:
        with suppress(OSError):
            put({"status": end.status, "problems": end.problems})


def _said(status: Status, sentence: str) -> End:
    return End(status, sentence, ({"what": sentence},) if sentence else ())


def _sentences(problem: BaseException) -> str:
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}"
    if type(problem).__name__ == "PlanRefused":
        return "\n".join(f"Refused: {sentence}" for sentence in getattr(problem, "problems", problem.args))
    if type(problem).__module__.startswith("typer"):
        return f"{_usage(problem)}\nTry `govnet --help`."
    return str(problem)


def _problems(problem: BaseException) -> tuple[Json, ...]:
    if isinstance(problem, OSError) and problem.filename is not None:
        return ({"file": str(problem.filename), "what": str(problem.strerror)},)
    if type(problem).__module__.startswith("typer"):
        return ({"what": _usage(problem)},)
    several = getattr(problem, "problems", None) or (str(problem),)
    return tuple({"what": one} if isinstance(one, str) else vars(one) for one in several)


def _usage(problem: BaseException) -> str:
    told = getattr(problem, "format_message", None)
    return str(told() if told else problem)
