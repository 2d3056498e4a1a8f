"""A folder of YAML to an Inventory, or every problem at once."""

from __future__ import annotations

import gc
import hashlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import rfc8785
from pydantic import TypeAdapter, ValidationError
from yaml.nodes import Node

from inventory.check import check
from inventory.draft import Draft, Finding, Lost, Section
from inventory.known_hosts import KNOWN_HOSTS, known_host_problems
from inventory.model import (
    Account,
    Device,
    Freeze,
    Institution,
    Inventory,
    Link,
    Machine,
    Prefix,
    Record,
    Secret,
    Service,
    Site,
    Vlan,
    Volume,
    Window,
    World,
)
from inventory.problem import BadInventory, Problem
from inventory.shape import misfits
from inventory.source import Document, Plain, line_of, read, sections

SECTIONS: Mapping[Section, type[Record]] = {
    "world": World,
    "sites": Site,
    "devices": Device,
    "links": Link,
    "vlans": Vlan,
    "prefixes": Prefix,
    "institutions": Institution,
    "services": Service,
    "machines": Machine,
    "volumes": Volume,
    "accounts": Account,
    "secrets": Secret,
    "windows": Window,
    "freezes": Freeze,
}
_SECTION_NAMES: tuple[Section, ...] = get_args(Section)
_ADAPTERS: Mapping[Section, TypeAdapter[Record]] = {name: TypeAdapter(model) for name, model in SECTIONS.items()}


@dataclass(frozen=True)
class Origin:
    """Where a record stands."""

    document: Document
    node: Node


@dataclass(frozen=True)
class Reading:
    """A folder as far as it could be read. `problems` are those of YAML and of shape; nothing is cross-checked yet."""

    folder: Path
    documents: Sequence[Document]
    draft: Draft
    origins: Mapping[Section, Sequence[Origin]]
    problems: tuple[Problem, ...]

    def locate(self, finding: Finding) -> Problem:
        """The finding at its line."""
        spot = finding.spot
        origins = self.origins[spot.section]
        if spot.index >= len(origins):
            return Problem(str(self.folder), 0, finding.what, finding.fix)
        origin = origins[spot.index]
        return Problem(str(origin.document.path), line_of(origin.node, spot.path), finding.what, finding.fix)


def load(folder: Path) -> Inventory:
    """The world in `folder`, checked, its host keys too. Raises BadInventory with every problem of every file."""
    reading = read_folder(folder)
    return _whole(reading, known_host_problems(folder / KNOWN_HOSTS, reading.draft))


def load_before_keys(folder: Path) -> Inventory:
    """As `load`, without a look at the host keys: for `govnet keys`, which is what makes them right."""
    return _whole(read_folder(folder), [])


def _whole(reading: Reading, others: Sequence[Problem]) -> Inventory:
    problems = [*reading.problems, *map(reading.locate, check(reading.draft)), *others]
    draft = reading.draft
    if problems or draft.world is None:
        raise BadInventory(problems)
    return Inventory.model_construct(
        world=draft.world,
        sites=draft.sites,
        devices=draft.devices,
        links=draft.links,
        vlans=draft.vlans,
        prefixes=draft.prefixes,
        institutions=draft.institutions,
        services=draft.services,
        machines=draft.machines,
        volumes=draft.volumes,
        accounts=draft.accounts,
        secrets=draft.secrets,
        windows=draft.windows,
        freezes=draft.freezes,
    )


def digest(inventory: Inventory) -> str:
    """`sha256:` and the digest of the canonical JSON (RFC 8785) of the inventory: the same world, the same digest."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(inventory.model_dump(mode="json"))).hexdigest()


def commit(folder: Path) -> str | None:
    """The commit of the git repository that holds `folder`, with `+edited` unless git says that nothing differs.

    None where the folder is in no repository, or git is not installed.
    """
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    if head is None:
        return None
    edited = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".")
    return head if edited == "" else head + "+edited"


def read_folder(folder: Path) -> Reading:
    """Every `*.yaml` below `folder`, in the order of their paths; its problems are those of YAML and of shape."""
    paths = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    if not paths:
        what = "holds no *.yaml file" if folder.is_dir() else "is not a folder"
        fix = "name a world's folder, such as inventory/demo"
        return gather(folder, [Document(folder, None, None, (Problem(str(folder), 0, what, fix),))])
    with _collector_paused():
        return gather(folder, [read(path) for path in paths])


@dataclass
class _Gathering:
    """What one pass over the files collects."""

    records: dict[Section, list[Record]] = field(default_factory=lambda: {name: [] for name in _SECTION_NAMES})
    origins: dict[Section, list[Origin]] = field(default_factory=lambda: {name: [] for name in _SECTION_NAMES})
    lost: dict[Section, Lost] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def lose(self, section: Section, name: Plain) -> None:
        lost = self.lost.get(section, Lost())
        if isinstance(name, str):
            self.lost[section] = Lost(lost.names | {name}, lost.unnamed)
        else:
            self.lost[section] = Lost(lost.names, True)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nodes and records have no cycles: looking for some while a country is read takes half of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def gather(folder: Path, documents: Sequence[Document]) -> Reading:
    """The records of files that were read already."""
    found = _Gathering()
    for document in documents:
        found.problems.extend(document.problems)
        if document.root is None and document.problems:
            for section in _SECTION_NAMES:
                found.lose(section, None)
        for section, items, node in sections(document, _SECTION_NAMES, found.problems):
            for item, below in zip(items, node.value, strict=True):
                _take(section, item, Origin(document, below), found)
    return Reading(folder, documents, _draft(found), found.origins, (*found.problems, *_world_problems(folder, found)))


def _take(section: Section, item: Plain, origin: Origin, found: _Gathering) -> None:
    try:
        record = _ADAPTERS[section].validate_python(item)
    except ValidationError as error:
        found_here = misfits(error, SECTIONS[section], item)
        found.problems += [misfit.problem(origin.document.path, origin.node) for misfit in found_here]
        misnamed = any(misfit.path == ("name",) for misfit in found_here)
        found.lose(section, item.get("name") if isinstance(item, dict) and not misnamed else None)
    else:
        found.records[section].append(record)
        found.origins[section].append(origin)


def _world_problems(folder: Path, found: _Gathering) -> Iterator[Problem]:
    worlds = found.origins["world"]
    if not worlds and "world" not in found.lost:
        yield Problem(str(folder), 0, "no file has the section `world`", "add it, with one record")
    for origin in worlds[1:]:
        first = worlds[0]
        where = f"{first.document.path.name}:{line_of(first.node, ())}"
        line = line_of(origin.node, ())
        yield Problem(str(origin.document.path), line, f"a second world (the first: {where})", "keep one of them")


def _draft(found: _Gathering) -> Draft:
    records = found.records
    return Draft(
        world=next((record for record in records["world"] if isinstance(record, World)), None),
        sites=tuple(record for record in records["sites"] if isinstance(record, Site)),
        devices=tuple(record for record in records["devices"] if isinstance(record, Device)),
        links=tuple(record for record in records["links"] if isinstance(record, Link)),
        vlans=tuple(record for record in records["vlans"] if isinstance(record, Vlan)),
        prefixes=tuple(record for record in records["prefixes"] if isinstance(record, Prefix)),
        institutions=tuple(record for record in records["institutions"] if isinstance(record, Institution)),
        services=tuple(record for record in records["services"] if isinstance(record, Service)),
        machines=tuple(record for record in records["machines"] if isinstance(record, Machine)),
        volumes=tuple(record for record in records["volumes"] if isinstance(record, Volume)),
        accounts=tuple(record for record in records["accounts"] if isinstance(record, Account)),
        secrets=tuple(record for record in records["secrets"] if isinstance(record, Secret)),
        windows=tuple(record for record in records["windows"] if isinstance(record, Window)),
        freezes=tuple(record for record in records["freezes"] if isinstance(record, Freeze)),
        lost=found.lost,
    )


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
