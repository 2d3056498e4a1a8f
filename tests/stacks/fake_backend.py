"""A hypervisor that is only pretended, in a folder: it outlives every process, and shows what was half made.

It can be told to stand still in the middle of a sub-step (`pause/OPERATION-NAME`), so that a test can kill somebody
just then, and to fail there (`fail/OPERATION-NAME`).
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from stacks.backend import BackendError
from stacks.birth import BirthChanged, BirthFile, refuse_other
from stacks.resources import TYPES, Estate, Key, Kind, Machine, Resource, estate, resource_digest

STANDS_STILL_S = 60.0


class FolderBackend:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("machine", "volume", "aside", "pause", "fail"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @classmethod
    def opened(cls, where: str) -> FolderBackend:
        return cls(Path(where))

    @property
    def address(self) -> str:
        return f"folder:{self.folder}"

    @property
    def image(self) -> str:
        return "image-1"

    def look(self) -> Estate:
        found: dict[Key, Resource] = {}
        for kind in Kind:
            for file in sorted((self.folder / kind).glob("*.json")):
                with suppress(FileNotFoundError):  # set aside just now, by a sub-step beside this look
                    found[kind, file.stem] = TYPES[kind].model_validate_json(file.read_text())
        return estate(found)

    def half_made(self) -> tuple[str, ...]:
        return tuple(f"{kind} {file.stem}" for kind in Kind for file in sorted((self.folder / kind).glob("*.half")))

    def create(self, resource: Resource, birth: tuple[BirthFile, ...]) -> None:
        file = self._file(resource)
        if self._aside(resource).exists():
            self._aside(resource).rename(file)
            return
        if isinstance(resource, Machine):
            try:
                refuse_other(resource.name, resource.birth, birth)
            except BirthChanged as problem:
                raise BackendError(str(problem)) from problem
        half = file.with_suffix(".half")
        half.write_text("half")
        try:
            self._midway("create", resource.name)
        except BackendError:
            half.unlink()
            raise
        half.write_text(resource.model_dump_json())
        half.rename(file)

    def update(self, old: Resource, new: Resource) -> None:
        self._midway("update", new.name)
        self.put(new)

    def delete(self, resource: Resource) -> None:
        self._midway("delete", resource.name)
        self._file(resource).rename(self._aside(resource))

    def sweep(self) -> None:
        for kind in Kind:
            for file in (self.folder / kind).glob("*.half"):
                file.unlink()

    def forget(self) -> None:
        shutil.rmtree(self.folder / "aside")
        (self.folder / "aside").mkdir()

    def put(self, resource: Resource) -> None:
        """As somebody by hand would."""
        new = self._file(resource).with_suffix(".new")
        new.write_text(resource.model_dump_json())
        new.rename(self._file(resource))

    def take(self, kind: Kind, name: str) -> None:
        """Deleted by hand."""
        (self.folder / kind / f"{name}.json").unlink()

    def stand_still_at(self, moment: str) -> None:
        (self.folder / "pause" / moment).touch()

    def stands_still_at(self, moment: str) -> bool:
        return (self.folder / "pause" / f"{moment}.reached").exists()

    def go_on(self, moment: str) -> None:
        (self.folder / "pause" / moment).unlink()
        (self.folder / "pause" / f"{moment}.reached").unlink(missing_ok=True)

    def fail_at(self, moment: str) -> None:
        (self.folder / "fail" / moment).touch()

    def _file(self, resource: Resource) -> Path:
        return self.folder / resource.kind / f"{resource.name}.json"

    def _aside(self, resource: Resource) -> Path:
        return self.folder / "aside" / f"{resource.kind}-{resource.name}-{resource_digest(resource)[7:23]}"

    def _midway(self, operation: str, name: str) -> None:
        moment = f"{operation}-{name}"
        if (self.folder / "fail" / moment).exists():
            raise BackendError(f"{name}: the hypervisor said no")
        pause = self.folder / "pause" / moment
        deadline = time.monotonic() + STANDS_STILL_S
        if pause.exists():
            pause.with_suffix(".reached").touch()
        while pause.exists():
            if time.monotonic() > deadline:
                raise BackendError(f"{moment}: nobody let it go on")
            time.sleep(0.01)


def plugin(folder: Path, root: Path, python: str) -> Path:
    """A folder with the provider that knows this backend, as the engine finds it on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "pulumi-resource-govnet"
    script.write_text(
        f"#!{python}\nimport sys\nsys.path.insert(0, {str(root)!r})\n"
        "from stacks.provider import run\nfrom tests.stacks.fake_backend import FolderBackend\n"
        'sys.exit(run({"folder": FolderBackend.opened}))\n'
    )
    script.chmod(0o755)
    return folder
