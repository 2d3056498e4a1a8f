"""Text that is put into a YAML file, so that every other character stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from inventory.model import InterfaceAddress, Prefix


@dataclass(frozen=True)
class Insertion:
    at: int
    text: str


def insert(text: str, insertions: Sequence[Insertion]) -> str:
    """All of them; of several at one place, the first stands first."""
    pieces, at = [], 0
    for insertion in sorted(insertions, key=lambda each: each.at):
        pieces += [text[at : insertion.at], insertion.text]
        at = insertion.at
    return "".join((*pieces, text[at:]))


def addresses(text: str, interface: MappingNode, gained: Sequence[InterfaceAddress]) -> Insertion:
    """Into the list that stands, or as a list of their own."""
    words = [f'"{address}"' if address.version == 6 else str(address) for address in gained]
    pairs = {key.value: value for key, value in interface.value}
    if "addresses" not in pairs:
        return _key(text, interface, f"addresses: [{', '.join(words)}]")
    standing = pairs["addresses"]
    assert isinstance(standing, SequenceNode)  # the record parsed, so it is a list
    if not standing.value:
        return Insertion(standing.start_mark.index + 1, ", ".join(words))
    last = standing.value[-1]
    if standing.flow_style:
        return Insertion(_end(last), "".join(f", {word}" for word in words))
    indent = " " * standing.start_mark.column
    return _lines(text, _end(last), [f"{indent}- {word}" for word in words])


def gateway(text: str, interface: MappingNode, address: IPv4Address) -> Insertion:
    return _key(text, interface, f"gateway: {address}")


def record(text: str, sibling: Node, prefix: Prefix) -> Insertion:
    """One more of the same section, after a sibling."""
    block = f'"{prefix.prefix}"' if prefix.prefix.version == 6 else str(prefix.prefix)
    owner = f"institution: {prefix.institution}" if prefix.institution else f"site: {prefix.site}"
    written = f"{{prefix: {block}, use: {prefix.use}, {owner}}}"
    assert isinstance(sibling, MappingNode)  # a record
    end = sibling.end_mark.index if sibling.flow_style else _end(sibling.value[-1][1])
    lead = text[text.rfind("\n", 0, sibling.start_mark.index) + 1 : sibling.start_mark.index]
    if lead.strip() == "-":
        return _lines(text, end, [lead + written])
    return Insertion(end, f", {written}")


def _key(text: str, interface: MappingNode, written: str) -> Insertion:
    """A new key, after those that say what kind of interface it is."""
    pairs = {key.value: (key, value) for key, value in interface.value}
    key, value = pairs.get("vlan", pairs["mode"])
    if interface.flow_style:
        return Insertion(_end(value), f", {written}")
    return _lines(text, _end(value), [" " * key.start_mark.column + written])


def _lines(text: str, index: int, lines: Sequence[str]) -> Insertion:
    """Below the line of that place, ending as it does."""
    found = text.find("\n", index)
    end = len(text) if found < 0 else found
    newline = "\r\n" if text[end - 1 : end] == "\r" else "\n"
    return Insertion(end - len(newline) + 1, "".join(newline + line for line in lines))


def _end(node: Node) -> int:
    assert isinstance(node, ScalarNode)  # modes, addresses and what a prefix is made of are scalars
    return int(node.end_mark.index)
