"""A secret value in memory, so that a traceback, a log line or a repr that meets it says nothing."""

from __future__ import annotations


class Sealed:
    """A value that does not print, compare or pickle; `open()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def open(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> str:
        raise TypeError("a sealed secret is not pickled")
