"""YAML text to plain data that remembers its lines. YAML 1.2 core scalars: `22:00`, `no` and `010` mean what they say.

libyaml composes nodes; a node is looked at again only when a message needs its line. Anchors, aliases and tags are
refused: a reviewer must see a value where it stands, and an alias can unfold without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from inventory.problem import Problem, suggestion

Plain = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
SectionName = TypeVar("SectionName", bound=str)

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUES = frozenset({"true", "True", "TRUE"})
_FALSES = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TAB = re.compile(r"^ *\t+ *(?=\S)")
_PLAIN_SCALAR = "plain"
_QUOTED_SCALAR = "quoted"
_COLLECTION = "collection"


class _Composer(CParser):
    """Composes nodes whose tag says only how a scalar was written."""

    def resolve(self, kind: type[Node], value: str | None, implicit: tuple[bool, bool] | bool) -> str:
        if kind is not ScalarNode:
            return _COLLECTION
        return _PLAIN_SCALAR if isinstance(implicit, tuple) and implicit[0] else _QUOTED_SCALAR

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        """No path resolvers are used; libyaml calls this for every node."""

    def ascend_resolver(self) -> None:
        """As above."""


@dataclass(frozen=True)
class Document:
    """One file. `data` is None where it could not be read at all; `problems` are those of YAML itself."""

    path: Path
    root: Node | None
    data: Plain
    problems: tuple[Problem, ...]


def read(path: Path) -> Document:
    """Reads one file. Never raises on content: what is wrong stands in `problems`."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return Document(path, None, None, (Problem(str(path), 0, f"cannot be read: {reason}", "make it a text file"),))
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """As `read`, of text already at hand; `path` is only named."""
    refused = [*_tabs(text, path), *_indirections(text, path)]
    if refused:
        return Document(path, None, None, tuple(refused))
    try:
        root = _Composer(text).get_single_node()
    except yaml.YAMLError as error:
        return Document(path, None, None, (_syntax(error, path),))
    if root is None:
        return Document(path, None, None, ())
    problems: list[Problem] = []
    data = _plain(root, path, problems)
    return Document(path, root, data, tuple(problems))


def line_of(node: Node, path: Sequence[str | int]) -> int:
    """The line of the value at `path` below `node`; of its nearest parent where it does not stand in the file."""
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node.start_mark.line + 1


def key_line_of(node: Node, path: Sequence[str | int]) -> int:
    """The line of the last key of `path`, rather than of its value."""
    for step in path[:-1]:
        node = _below(node, step) or node
    if isinstance(node, MappingNode):
        for key, _ in node.value:
            if key.value == path[-1]:
                return int(key.start_mark.line) + 1
    return line_of(node, path[-1:])


def node_at(node: Node, path: Sequence[str | int]) -> Node | None:
    """The node at `path`, or None where nothing stands there."""
    found: Node | None = node
    for step in path:
        found = _below(found, step) if found is not None else None
    return found


def sections(
    document: Document, known: Sequence[SectionName], problems: list[Problem]
) -> Iterator[tuple[SectionName, list[Plain], Node]]:
    """Each known section of a document: its records, and the node that has one node for each. An empty file has none.

    What is no section is added to `problems`.
    """
    if document.root is None:
        return
    path = str(document.path)
    if not isinstance(document.data, dict):
        fix = f"begin with a section: {', '.join(known)}"
        problems.append(Problem(path, line_of(document.root, ()), "the file is not a mapping", fix))
        return
    for name, items in document.data.items():
        section = next((one for one in known if one == name), None)
        line = key_line_of(document.root, (name,))
        if section is None:
            problems.append(Problem(path, line, f"unknown section `{name}`", suggestion(name, known)))
        elif not isinstance(items, list):
            fix = "write a list: each record begins with `- `"
            problems.append(Problem(path, line, f"the section `{name}` is not a list", fix))
        else:
            yield section, items, next(value for key, value in document.root.value if key.value == name)


def _below(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: Node = node.value[step]
        return found
    return None


def _plain(node: Node, path: Path, problems: list[Problem]) -> Plain:
    if isinstance(node, ScalarNode):
        return _scalar(node.value) if node.tag == _PLAIN_SCALAR else str(node.value)
    if isinstance(node, SequenceNode):
        return [_plain(item, path, problems) for item in node.value]
    data: dict[str, Plain] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            problems.append(Problem(str(path), line, "a list or mapping stands as a key", "write a word"))
        elif key.value in data:
            what = f"the key `{key.value}` stands twice (first on line {lines[key.value]})"
            problems.append(Problem(str(path), line, what, "remove one of them"))
        else:
            lines[key.value] = line
            data[key.value] = _plain(value, path, problems)
    return data


@lru_cache(maxsize=65536)
def _scalar(text: str) -> bool | int | float | str | None:
    if text in _NULLS:
        return None
    if text in _TRUES:
        return True
    if text in _FALSES:
        return False
    if _INTEGER.fullmatch(text) and len(text) <= 20:
        return int(text)
    if _REAL.fullmatch(text):
        return float(text)
    return text


def _tabs(text: str, path: Path) -> list[Problem]:
    if "\t" not in text:
        return []
    fix = "indent with spaces"
    return [
        Problem(str(path), number, "the line is indented with a tab", fix)
        for number, line in enumerate(text.splitlines(), start=1)
        if _TAB.match(line)
    ]


def _indirections(text: str, path: Path) -> list[Problem]:
    """Anchors, aliases and tags. Their marks are looked for in events only where such a character stands at all."""
    if not any(mark in text for mark in "&*!"):
        return []
    found = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
            if isinstance(event, yaml.AliasEvent):
                found.append(Problem(str(path), line, f"an alias `*{anchor}`", "write the value out"))
            elif anchor:
                found.append(Problem(str(path), line, f"an anchor `&{anchor}`", "remove it and write the values out"))
            elif tag:
                found.append(Problem(str(path), line, f"a tag `{tag}`", "remove it: plain values only"))
    except yaml.YAMLError:
        return found  # the composer meets the same error and words it
    return found


def _syntax(error: yaml.YAMLError, path: Path) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(str(path), 0, f"is not YAML: {str(error).splitlines()[0]}", "remove what is not text")
    line = error.problem_mark.line + 1
    what = f"is not YAML here: {error.problem}"
    if error.context and error.context_mark:
        what += f" ({error.context} that begins on line {error.context_mark.line + 1})"
    return Problem(str(path), line, what, "see that brackets, quotes and indentation close as they opened")
