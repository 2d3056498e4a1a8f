"""Fills in the prefixes, addresses and gateways that the files leave out, and leaves every other character as it was.

Loopbacks of routers come from the prefixes for loopbacks, both ends of backbone links from those for links, the lowest
free first; interfaces in a VLAN from its owner's prefix, routers first; a prefix that is missing is put above its
kind. What stands is never renumbered: things are only ever added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from yaml.nodes import MappingNode

from inventory import durable, insertion
from inventory.check import check
from inventory.draft import Draft, Finding
from inventory.free import Exhausted
from inventory.insertion import Insertion
from inventory.load import Origin, Reading, gather, read_folder
from inventory.model import Prefix
from inventory.problem import BadInventory, Problem
from inventory.source import node_at, parse
from inventory.wanted import Wanted, wanted, with_wanted

FILLS = frozenset(
    {
        "loopback-family",
        "management-address",
        "link-family",
        "interface-without-address",
        "switch-without-gateway",
        "institution-without-prefix",
    }
)
"""The findings that an allocation answers; any other must be mended first."""


@dataclass(frozen=True)
class Edit:
    """What gained what. `line`, before the edit, is that of the interface, or of what a prefix was put after."""

    file: str
    line: int
    what: str
    gained: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} gains {', '.join(self.gained)}"


def allocate(folder: Path) -> tuple[Edit, ...]:
    """Writes what is missing into the files of `folder` and returns what it wrote; () where nothing was missing.

    Raises BadInventory where something else is wrong, or where a block has no room; no file is touched then.
    """
    reading = _mendable(read_folder(folder))
    edits, texts = _edited(reading)
    for path, text in texts.items():
        durable.write(path, text.encode("utf-8"), path.stat().st_mode & 0o777)
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
        given = wanted(reading.draft)
    except Exhausted as error:
        fix = f"declare another prefix with `use: {error.use.split()[0]}`"
        raise BadInventory([Problem(str(reading.folder), 0, str(error), fix)]) from error
    texts: dict[Path, str] = {}
    edits: list[Edit] = []
    insertions: dict[Path, list[Insertion]] = {}
    for path, edit, found in (*_of_interfaces(reading, given, texts), *_of_prefixes(reading, given, texts)):
        edits.append(edit)
        insertions.setdefault(path, []).extend(found)
    new = {path: insertion.insert(texts[path], found) for path, found in insertions.items()}
    _prove(reading, given, new)
    return tuple(edits), new


def _of_interfaces(
    reading: Reading, given: Wanted, texts: dict[Path, str]
) -> Iterator[tuple[Path, Edit, list[Insertion]]]:
    for device, origin in zip(reading.draft.devices, reading.origins["devices"], strict=True):
        for place, interface in enumerate(device.interfaces):
            port = (device.name, interface.name)
            addresses, gateway = given.addresses.get(port, ()), given.gateways.get(port)
            node = node_at(origin.node, ("interfaces", place))
            assert isinstance(node, MappingNode)  # the record parsed, so its interface is a mapping
            path, gained, found = origin.document.path, list(map(str, addresses)), []
            if addresses:
                found.append(insertion.addresses(_text(path, texts), node, addresses))
            if gateway is not None:
                gained.append(f"the gateway {gateway}")
                found.append(insertion.gateway(_text(path, texts), node, gateway))
            if found:
                what = f"{interface.name} of {device.name}"
                yield path, Edit(str(path), node.start_mark.line + 1, what, tuple(gained)), found


def _of_prefixes(
    reading: Reading, given: Wanted, texts: dict[Path, str]
) -> Iterator[tuple[Path, Edit, list[Insertion]]]:
    for prefix in given.prefixes:
        origin = _beside(reading, prefix)
        path = origin.document.path
        what = prefix.institution or f"management at {prefix.site}"
        edit = Edit(str(path), origin.node.start_mark.line + 1, what, (str(prefix.prefix),))
        yield path, edit, [insertion.record(_text(path, texts), origin.node, prefix)]


def _beside(reading: Reading, prefix: Prefix) -> Origin:
    """The last prefix of the file in which its VLAN stands, or of that folder, or of the world."""
    vlan = next(
        origin.document.path
        for each, origin in zip(reading.draft.vlans, reading.origins["vlans"], strict=True)
        if each.institution == prefix.institution and (each.institution is not None or each.site == prefix.site)
    )
    nearness = [
        (origin.document.path == vlan, origin.document.path.parent == vlan.parent, place)
        for place, origin in enumerate(reading.origins["prefixes"])
    ]
    return reading.origins["prefixes"][max(nearness)[2]]


def _text(path: Path, texts: dict[Path, str]) -> str:
    return texts.setdefault(path, path.read_bytes().decode("utf-8"))


def _prove(reading: Reading, given: Wanted, new: dict[Path, str]) -> None:
    """The new texts read as the old world with exactly what was wanted; a defect of ours is not written."""
    documents = [parse(new[each.path], each.path) if each.path in new else each for each in reading.documents]
    again = gather(reading.folder, documents)
    devices = tuple(with_wanted(device, given) for device in reading.draft.devices)
    if again.problems or _without(again.draft, given.prefixes) != replace(reading.draft, devices=devices):
        raise RuntimeError("an edit would have changed more than what was left out; nothing was written")


def _without(draft: Draft, prefixes: tuple[Prefix, ...]) -> Draft:
    left = list(draft.prefixes)
    for prefix in prefixes:
        left.remove(prefix)
    return replace(draft, prefixes=tuple(left))
