"""Exit statuses: one contract with scripts and auditors."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    DONE = 0
    """Done, or nothing to do."""
    DEFECT = 1
    """A defect of ours."""
    BAD_INPUT = 2
    """Bad input or usage; nothing was lost."""
    REFUSED = 3
    """Refused; nothing was sent."""
    REVERTED = 4
    """Not all of it: what was not confirmed is as before, reverted or never begun; waves confirmed earlier stay."""
    UNKNOWN = 5
    """A person must look."""
    DIFFERENCES = 10
    """Only from plan and drift: there are differences."""


class Ended(Exception):
    """A verb that ends with another status than done: for the reason in the sentence, or having said all of it itself.

    So without a sentence, the verb has given its document already.
    """

    def __init__(self, status: Status, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
