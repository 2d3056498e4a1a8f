"""Why there is no new repository: one sentence for a person."""

from __future__ import annotations


class MirrorProblem(Exception):
    """The repository could not be made from what is at hand; what stood before stands."""


class MirrorRefused(MirrorProblem):
    """Something came that is not what its signature or digest says: it was not taken."""
