"""A minimal valid world, and golden cases: a small patch of it and the problems that it must be told.

A case is a text file: `in FILE`, then lines `- old` and `+ new` (a replacement of text that stands exactly once;
without an old text, a new file), any number of times; then `expect` and the problems, paths relative to the world.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from inventory.load import load
from inventory.problem import BadInventory

HERE = Path(__file__).parent
MINIMAL = HERE / "minimal"
GOLDEN = HERE / "golden"
DEMO = HERE.parent.parent / "inventory" / "demo"


@dataclass
class Patch:
    file: str
    old: list[str]
    new: list[str]

    def apply(self, world: Path) -> None:
        path = world / self.file
        if not self.old:
            path.write_text("\n".join(self.new) + "\n", encoding="utf-8")
            return
        text, old = path.read_text(encoding="utf-8"), "\n".join(self.old)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {self.file}"
        path.write_text(text.replace(old, "\n".join(self.new)), encoding="utf-8")


@dataclass
class Case:
    name: str
    patches: list[Patch]
    expected: str

    @classmethod
    def read(cls, path: Path) -> Case:
        head, _, expected = path.read_text(encoding="utf-8").partition("expect\n")
        patches: list[Patch] = []
        for line in head.splitlines():
            if line.startswith("in "):
                patches.append(Patch(line[3:], [], []))
            elif line.startswith("- "):
                if patches[-1].new:
                    patches.append(Patch(patches[-1].file, [], []))
                patches[-1].old.append(line[2:])
            else:
                patches[-1].new.append(line[2:])
        return cls(path.stem, patches, expected)

    def build(self, folder: Path) -> Path:
        return build(folder, *self.patches)


def build(folder: Path, *patches: Patch) -> Path:
    world = folder / "world"
    shutil.copytree(MINIMAL, world)
    for patch in patches:
        patch.apply(world)
    return world


def problems(world: Path) -> str:
    """What load says of a world, one problem a line, paths relative to it; empty where it loads."""
    try:
        load(world)
    except BadInventory as error:
        return str(error).replace(f"{world}/", "").replace(str(world), ".") + "\n"
    return ""
