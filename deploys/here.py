"""What a deploy has at hand on the server that it runs for: intent, manifest, and files put with their secrets."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.operation import OperationMeta
from pyinfra.context import host
from pyinfra.facts.deb import DebPackages
from pyinfra.operations import apt, files, server

from deploys.content import Content, ContentFile
from deploys.facts import OurManifest
from deploys.intent import HostIntent
from deploys.manifest import PATH, Manifest, manifest_text
from deploys.mirror.repository import Repository
from deploys.pyinfra_host import Held


def intent() -> HostIntent:
    return held().intent


def held() -> Held:
    found = host.data.held
    assert isinstance(found, Held)  # pyinfra_host.py puts it there
    return found


def repository() -> Repository:
    """The package mirror's content. Only where the intent has one."""
    found = held().repository
    assert found is not None  # so where the intent has one
    return found


def manifest() -> Manifest:
    return host.get_fact(OurManifest)


def put(path: str, content: Content, mode: int = 0o644, owner: str = "root", group: str = "root") -> OperationMeta:
    """One file as wanted: content, owner and mode. Its folder must exist."""
    source = ContentFile(content, held().secrets, owner, group, mode)
    return files.put(
        name=f"Put {path}",
        src=source,
        dest=path,
        user=owner,
        group=group,
        mode=f"{mode:o}",
        create_remote_dir=False,
    )


def copy(path: str, source: Path) -> OperationMeta:
    """One file of root's, 0644, as it lies in the store of the jump host. Its folder must exist."""
    return files.put(
        name=f"Copy {path}", src=str(source), dest=path, user="root", group="root", mode="644", create_remote_dir=False
    )


def folder(path: str, mode: int = 0o755, owner: str = "root", group: str = "root") -> OperationMeta:
    return files.directory(name=f"Folder {path}", path=path, user=owner, group=group, mode=f"{mode:o}")


def absent(path: str) -> OperationMeta:
    return files.file(name=f"Remove {path}", path=path, present=False)


def after(name: str, changes: list[OperationMeta], *commands: str) -> None:
    """Commands to run where any of these changes something."""
    if any(change.will_change for change in changes):
        server.shell(name=name, commands=list(commands))


def record() -> None:
    """What is ours afterwards, where no latch writes it."""
    folder(str(Path(PATH).parent))
    put(PATH, (manifest_text(intent().manifest),), 0o600)


def packages(*names: str) -> None:
    """Installed, from the machine's own sources. What is there is left at its version."""
    installed = host.get_fact(DebPackages)
    missing = [name for name in names if name not in installed]
    if missing:
        server.shell(name="Read the package lists", commands=["apt-get -q -o Acquire::Languages=none update"])
        apt.packages(name=f"Install {', '.join(missing)}", packages=missing, no_recommends=True)
