"""Fills in the addresses that the files leave out, in place, and leaves every other character as it was.

Loopbacks of routers come from the prefixes for loopbacks, both ends of backbone links from those for links, the lowest
free first. What stands is never renumbered: an address is only ever added.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_interface
from pathlib import Path

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from inventory.check import check
from inventory.checks.devices import ROUTERS
from inventory.draft import Draft, Finding
from inventory.free import Exhausted, Free
from inventory.load import Origin, Reading, gather, read_folder
from inventory.model import Device, Interface, InterfaceAddress, InterfaceMode, LinkKind, Network
from inventory.problem import BadInventory, Problem
from inventory.source import node_at, parse

FILLS = frozenset({"loopback-family", "management-address", "link-family"})
"""The findings that an allocation answers; any other must be mended first."""
_VERSIONS = (4, 6)

Port = tuple[str, str]
"""(device, interface)."""


@dataclass(frozen=True)
class Edit:
    """One interface that gained addresses. `line` is that of the interface before the edit."""

    file: str
    line: int
    device: str
    interface: str
    addresses: tuple[InterfaceAddress, ...]

    def __str__(self) -> str:
        gained = ", ".join(map(str, self.addresses))
        return f"{self.file}:{self.line}: {self.interface} of {self.device} gains {gained}"


@dataclass(frozen=True)
class _Insertion:
    at: int
    text: str


def allocate(folder: Path) -> tuple[Edit, ...]:
    """Writes the missing addresses into the files of `folder` and returns what it wrote; () where none was missing.

    Raises BadInventory where something else is wrong, or where a block has no room; no file is touched then.
    """
    reading = _mendable(read_folder(folder))
    edits, texts = _edited(reading)
    for path, text in texts.items():
        _replace(path, text)
    return edits


def preview(folder: Path) -> tuple[Edit, ...]:
    """What `allocate` would write. Touches no file."""
    return _edited(_mendable(read_folder(folder)))[0]


def _mendable(reading: Reading) -> Reading:
    others = [reading.locate(finding) for finding in check(reading.draft) if not _filled(finding)]
    if reading.problems or others:
        raise BadInventory([*reading.problems, *others])
    return reading


def _filled(finding: Finding) -> bool:
    return finding.rule in FILLS and "govnet allocate" in finding.fix


def _edited(reading: Reading) -> tuple[tuple[Edit, ...], dict[Path, str]]:
    """The edits and the new text of every file that they touch, read back and compared before anything is written."""
    try:
        wanted = missing(reading.draft)
    except Exhausted as error:
        fix = f"declare another prefix with `use: {error.use.split()[0]}`"
        raise BadInventory([Problem(str(reading.folder), 0, str(error), fix)]) from error
    edits: list[Edit] = []
    insertions: dict[Path, list[_Insertion]] = {}
    texts: dict[Path, str] = {}
    for device, place, interface, origin in _interfaces(reading):
        gained = wanted.get((device.name, interface.name))
        if gained is None:
            continue
        path = origin.document.path
        text = texts.setdefault(path, path.read_bytes().decode("utf-8"))
        node = node_at(origin.node, ("interfaces", place))
        assert isinstance(node, MappingNode)  # the record parsed, so its interface is a mapping
        insertions.setdefault(path, []).append(_insertion(text, node, gained))
        line = node.start_mark.line + 1
        edits.append(Edit(str(path), line, device.name, interface.name, gained))
    new = {path: _insert(texts[path], found) for path, found in insertions.items()}
    _prove(reading, wanted, new)
    return tuple(edits), new


def missing(draft: Draft) -> dict[Port, tuple[InterfaceAddress, ...]]:
    """The addresses that each port lacks. Raises Exhausted."""
    free = Free(draft)
    found: dict[Port, list[InterfaceAddress]] = {}
    for device in draft.devices:
        for interface in device.interfaces:
            if device.role in ROUTERS and interface.mode is InterfaceMode.LOOPBACK:
                for version in _VERSIONS:
                    if not _networks(interface, version):
                        address = free.loopback(version)
                        found.setdefault((device.name, interface.name), []).append(ip_interface(str(address)))
    for link in draft.links:
        if link.kind is LinkKind.BACKBONE:
            ports = ((link.a.device, link.a.interface), (link.b.device, link.b.interface))
            for port, address in _of_link(draft, ports, free):
                found.setdefault(port, []).append(address)
    return {port: tuple(addresses) for port, addresses in found.items()}


def _of_link(draft: Draft, ports: tuple[Port, Port], free: Free) -> Iterator[tuple[Port, InterfaceAddress]]:
    for version in _VERSIONS:
        near, far = (_networks(draft.interface[port], version) for port in ports)
        if not near and not far:
            length = 31 if version == 4 else 127
            for port, address in zip(ports, free.pair(version), strict=True):
                yield port, ip_interface(f"{address}/{length}")
        elif not near or not far:
            subnet = (near or far)[0]
            yield ports[1] if near else ports[0], ip_interface(f"{free.beside(subnet)}/{subnet.prefixlen}")


def _networks(interface: Interface, version: int) -> list[Network]:
    return [address.network for address in interface.addresses if address.version == version]


def _interfaces(reading: Reading) -> Iterator[tuple[Device, int, Interface, Origin]]:
    for device, origin in zip(reading.draft.devices, reading.origins["devices"], strict=True):
        for place, interface in enumerate(device.interfaces):
            yield device, place, interface, origin


def _insertion(text: str, node: MappingNode, gained: Sequence[InterfaceAddress]) -> _Insertion:
    words = [f'"{address}"' if address.version == 6 else str(address) for address in gained]
    pairs = {key.value: (key, value) for key, value in node.value}
    if "addresses" not in pairs:
        key, value = pairs["mode"]
        listed = f"addresses: [{', '.join(words)}]"
        if node.flow_style:
            return _Insertion(_end(value), f", {listed}")
        return _Insertion(_line_end(text, _end(value)), "\n" + " " * key.start_mark.column + listed)
    standing = pairs["addresses"][1]
    assert isinstance(standing, SequenceNode)  # the record parsed, so it is a list
    if not standing.value:
        return _Insertion(standing.start_mark.index + 1, ", ".join(words))
    last = standing.value[-1]
    if standing.flow_style:
        return _Insertion(_end(last), "".join(f", {word}" for word in words))
    indent = " " * standing.start_mark.column
    return _Insertion(_line_end(text, _end(last)), "".join(f"\n{indent}- {word}" for word in words))


def _end(node: Node) -> int:
    assert isinstance(node, ScalarNode)  # modes and addresses are scalars
    return int(node.end_mark.index)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _insert(text: str, insertions: Sequence[_Insertion]) -> str:
    for insertion in sorted(insertions, key=lambda each: each.at, reverse=True):
        text = text[: insertion.at] + insertion.text + text[insertion.at :]
    return text


def _prove(reading: Reading, wanted: Mapping[Port, tuple[InterfaceAddress, ...]], new: Mapping[Path, str]) -> None:
    """The new texts read as the old world with exactly the wanted addresses added; a defect of ours is not written."""
    documents = [parse(new[each.path], each.path) if each.path in new else each for each in reading.documents]
    again = gather(reading.folder, documents)
    devices = tuple(_with(device, wanted) for device in reading.draft.devices)
    if again.problems or again.draft != replace(reading.draft, devices=devices):
        raise RuntimeError("an edit would have changed more than the addresses; nothing was written")


def _with(device: Device, wanted: Mapping[Port, tuple[InterfaceAddress, ...]]) -> Device:
    interfaces = tuple(
        interface.model_copy(
            update={"addresses": (*interface.addresses, *wanted.get((device.name, interface.name), ()))}
        )
        for interface in device.interfaces
    )
    return device.model_copy(update={"interfaces": interfaces})


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)
