"""Why one record does not fit its model, in words: from pydantic's errors and what actually stands in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_interface, ip_network
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import Node

from inventory.problem import Problem, suggestion
from inventory.source import Plain, key_line_of, line_of

_RULES = {
    r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$": "2 to 40 lower-case letters, digits and hyphens, a letter first",
    r"^[a-z][a-z0-9-]{0,78}[a-z0-9]$": "2 to 80 lower-case letters, digits and hyphens, a letter first",
    r"^[a-z][a-z0-9.-]{0,14}$": "at most 15 lower-case letters, digits, dots and hyphens, a letter first",
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$": "one such as 2026-01-31T00:00:00Z",
}
"""By the pattern of a field's model: what would fit it."""


@dataclass(frozen=True)
class Misfit:
    """`path` leads to the value inside the record; `at_key`: its key is what is wrong."""

    path: tuple[str | int, ...]
    at_key: bool
    what: str
    fix: str

    def problem(self, file: Path, node: Node) -> Problem:
        """At its line; `node` is the record's."""
        place = key_line_of if self.at_key else line_of
        return Problem(str(file), place(node, self.path), self.what, self.fix)


def misfits(error: ValidationError, model: type[BaseModel], data: Plain) -> list[Misfit]:
    """Every misfit of one record, one for each place: the arms of a union are told together."""
    told: dict[tuple[str | int, ...], Misfit] = {}
    for detail in error.errors(include_url=False):
        found = _misfit(detail, model, data)
        told.setdefault(found.path, found)
    return list(told.values())


def _misfit(detail: ErrorDetails, model: type[BaseModel], data: Plain) -> Misfit:
    path = _standing(detail["loc"], data)
    if detail["type"] == "missing":
        key = str(detail["loc"][-1])
        return Misfit((*path, key), False, f"`{key}` is missing", f"add `{key}: ...`")
    if detail["type"] == "extra_forbidden":
        known = _keys(model, path[:-1])
        return Misfit(path, True, f"unknown key `{path[-1]}`", suggestion(str(path[-1]), known))
    shown = f"{_place(path)} is {_shown(_value(data, path))}"
    word = _WORDS.get(detail["type"])
    if word is not None:
        what, fix = word(detail, _value(data, path))
        return Misfit(path, False, what or shown, fix)
    for kind, wanted in _WANTED.items():
        if detail["type"].startswith(kind):
            return Misfit(path, False, shown, wanted)
    return Misfit(path, False, shown, detail["msg"][:1].lower() + detail["msg"][1:])


_WANTED = {
    "string": "write text",
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
    "tuple": "write a list: [...]",
    "model": "write a mapping: {key: value}",
}


def _enumerated(detail: ErrorDetails, value: Plain) -> tuple[str, str]:
    known = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
    if value is None:
        return "", suggestion("", known)
    *_, above, last = ("", *detail["loc"])
    noun = last if isinstance(last, str) else f"entry of {above}"
    return f"unknown {noun.replace('_', ' ')} {_shown(value)}", suggestion(str(value), known)


def _pattern(detail: ErrorDetails, _: Plain) -> tuple[str, str]:
    return "", "write " + _RULES.get(str(detail["ctx"]["pattern"]), str(detail["ctx"]["pattern"]))


def _network(_: ErrorDetails, value: Plain) -> tuple[str, str]:
    try:
        network = ip_network(str(value), strict=False)
    except ValueError:
        return f"{_shown(value)} is not a prefix", "write one such as 10.20.1.0/24 or fd00:1::/64"
    return f"the prefix {value} has host bits set", f"write {network}"


def _interface(_: ErrorDetails, value: Plain) -> tuple[str, str]:
    return f"{_shown(value)} is not an address with a prefix length", "write one such as 10.20.1.1/24 or fd00:1::1/64"


def _address(_: ErrorDetails, value: Plain) -> tuple[str, str]:
    try:
        bare = ip_interface(str(value)).ip
    except ValueError:
        return f"{_shown(value)} is not an address", "write one such as 10.20.1.1"
    if bare.version == 6:
        return f"{_shown(value)} is an IPv6 address", "write an IPv4 address here"
    return f"{_shown(value)} has a prefix length", f"write {bare}"


def _bound(detail: ErrorDetails, _: Plain) -> tuple[str, str]:
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    context = detail["ctx"]
    return "", " and ".join(f"write {words} {context[key]}" for key, words in limits.items() if key in context)


_Word = Callable[[ErrorDetails, Plain], tuple[str, str]]
_WORDS: Mapping[str, _Word] = {
    "enum": _enumerated,
    "literal_error": _enumerated,
    "string_pattern_mismatch": _pattern,
    "string_too_short": lambda _, __: ("", "write at least one character"),
    "ip_v4_network": _network,
    "ip_v6_network": _network,
    "ip_v4_interface": _interface,
    "ip_v6_interface": _interface,
    "ip_v4_address": _address,
    "ip_v6_address": _address,
    "ip_any_address": _address,
    "greater_than_equal": _bound,
    "less_than_equal": _bound,
}
"""By pydantic's error type: (what is wrong, or empty for `x is y`; what would be right)."""


def _standing(loc: Sequence[str | int], data: Plain) -> tuple[str | int, ...]:
    """As much of pydantic's location as stands in the file: the names of union arms and missing keys fall off."""
    path: list[str | int] = []
    for step in loc:
        if not _has(data, step):
            break
        data = _below(data, step)
        path.append(step)
    return tuple(path)


def _value(data: Plain, path: Sequence[str | int]) -> Plain:
    for step in path:
        data = _below(data, step)
    return data


def _has(data: Plain, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _below(data: Plain, step: str | int) -> Plain:
    if isinstance(data, dict):
        return data[str(step)]
    return data[int(step)] if isinstance(data, list) else None


def _place(path: Sequence[str | int]) -> str:
    if not path:
        return "the record"
    return f"`{path[-1]}`" if isinstance(path[-1], str) else f"an entry of `{path[-2]}`"


def _shown(value: Plain) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys of the model at `path` below `model`."""
    here = model
    for step in path:
        if isinstance(step, str):
            here = _model_in(here.model_fields[step].annotation) or here
    return list(here.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
