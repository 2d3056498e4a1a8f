"""What the rest of the tool must offer for a thing to be changed: one protocol for a device, a host, a whole stack."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import ParamSpec, Protocol, TypeVar

from change.model import Diff, Digest, Inspection, Probe, Record, RevertStrength, Step

Announce = Callable[[str], None]
"""Writes a sub-step into the journal, and returns when it is durable: to be called before the sub-step is done."""


class TargetError(Exception):
    """The target answered, and the answer was no. The text is one sentence for a person, without a secret."""


class TargetUnreachable(TargetError):
    """No session could be had, or it was lost: what the target did is not known."""


class HostKeyRefused(TargetError):
    """The target's host key is unknown or changed; no credential was sent."""


P = ParamSpec("P")
R = TypeVar("R")


def by_its_sentence(call: Callable[P, R]) -> Callable[P, R]:
    """A TargetError that comes out of the call has its sentence, and no frame of what went on below.

    Those frames' variables are live texts and keys, and a debugger or a crash reporter would keep them.
    """

    @functools.wraps(call)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except TargetError as problem:
            problem.__context__ = None  # it holds frames too, suppressed or not
            raise problem.with_traceback(None) from None

    return told


def named(target: str, problem: object) -> str:
    """The sentence with the target's name before it, once: many sentences begin with it already."""
    text = str(problem)
    return text if text.startswith((f"{target}:", f"{target} ")) else f"{target}: {text}"


class Preview(Record):
    """What a change of one target would be. Fields as of change.model.Step, which is made from it."""

    base: Digest
    payload: str
    inverse: str
    result: Digest
    diff: Diff
    intent: Digest
    hold_s: int
    timer_s: int
    probes: tuple[Probe, ...] = ()
    born_of: str | None = None
    """The target whose change creates this one, where it does not exist yet: then `base` is a promise."""


class Target(Protocol):
    """One thing that can be changed. Every method opens what it needs and closes it; verify never reuses a session.

    Every method has a time limit of its own and raises TargetError or a subclass of it, never anything else.
    """

    @property
    def name(self) -> str: ...

    @property
    def plane(self) -> str: ...

    @property
    def site(self) -> str: ...

    @property
    def distance(self) -> int:
        """Hops from where we apply."""

    @property
    def revert_strength(self) -> RevertStrength: ...

    def read(self) -> Digest:
        """The fingerprint of what the target is now."""

    def intent(self) -> Digest:
        """The digest of what today's inventory wants of it. Touches nothing."""

    def preview(self) -> Preview | None:
        """What would change; None where the target already is as intended."""

    def arm(self, step: Step, plan: Digest, deadline_s: int) -> None:
        """Keep the pre-image and start the target's own timer. Changes nothing else. A step is accepted once."""

    def try_(self, step: Step, announce: Announce) -> None:
        """Put the payload in force until confirmed or the timer ends. Returns when the box says that it is.

        A target that acts in sub-steps announces each before it is done.
        """

    def verify(self, step: Step, later: Collection[str] = ()) -> None:
        """Over a new connection: the target reads as the step's result, and is healthy. Raises where not.

        `later`: names of targets whose steps of the same plan are still to come; what they are needed for, they are
        judged by themselves.
        """

    def confirm(self, step: Step) -> None:
        """Make it stay."""

    def revert(self, step: Step, announce: Announce) -> None:
        """Ask for the pre-image now, and return when the box says that it is back."""

    def close(self, step: Step) -> None:
        """The step's plan has ended, and nothing will take the step back: let go of what was kept for its inverse."""

    def inspect(self, step: Step) -> Inspection:
        """What the target itself says of the step."""
