"""What can go wrong on the host that the machines run on, as one family. Standard library only."""

from __future__ import annotations


class HostProblem(Exception):
    """The host could not do what was asked; the text says why, and what to do."""
