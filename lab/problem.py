"""What can go wrong in the lab, as one family: each is a sentence for a person. Standard library only."""

from __future__ import annotations

from stacks.nspawn.problem import HostProblem


class LabProblem(HostProblem):
    """The lab could not do what was asked; its text says why, and what to do."""
