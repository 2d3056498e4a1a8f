"""The wire: answers, exit statuses, the ways of saying no, and how JSON becomes a record of known shape."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TypeVar

DONE, REFUSED, FAILED_AND_REVERTED, BROKEN = 0, 3, 4, 5

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Answer = tuple[int, dict[str, Json]]
"""Exit status and the document on standard output."""
Shape = TypeVar("Shape")
SHAPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "str | None": (str, type(None)),
    "dict[str, Json]": (dict,),
}


class Refused(Exception):
    """No, and nothing was changed."""


class Broken(Exception):
    """The latch cannot know what to do: a person must look."""


def shaped(kind: type[Shape], document: object) -> Shape:
    """A record from its JSON object: no unknown key, no missing one, each of its type; lists become tuples."""
    every = fields(kind)  # type: ignore[arg-type]  # records all
    known = {field.name: SHAPES.get(str(field.type), (list,)) for field in every}
    if not isinstance(document, dict) or not set(document) <= set(known):
        raise Refused(f"not understood: {kind.__name__} has the fields {', '.join(known)}")
    if wrong := [name for name, value in document.items() if not isinstance(value, known[name])]:
        raise Refused(f"not understood: {kind.__name__} with such a {', '.join(wrong)}")
    values = {name: tuple(value) if known[name] == (list,) else value for name, value in document.items()}
    try:
        return kind(**values)
    except TypeError as problem:
        raise Refused(f"not understood: {kind.__name__} has the fields {', '.join(known)}") from problem


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def reason(problem: BaseException) -> str:
    """One sentence; of a system error without the path that it names."""
    return problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
