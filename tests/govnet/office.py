"""A jump host of a test: three pretended boxes, a plan, and the keys of all who may sign."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from lab.people import key_of
from tests.change.fake_file_box import targets_in
from tests.change.test_kill import make_world
from tests.govnet.pretended import Said, in_process
from tests.signed import people_of


class Office:
    """A jump host with three boxes, a plan of them by asha, and everybody's keys at hand."""

    def __init__(self, folder: Path, people: Path) -> None:
        """`people`: a folder that `enrol` made, of which this one gets a copy of its own."""
        self.folder, self.state, self.plan = folder, folder / "state", folder / "plan"
        make_world(folder)
        shutil.copytree(people, people_of(self.state))
        self.trust = people_of(self.state) / "trust.yaml"

    def ran(self, *words: str) -> Said:
        return in_process(self.folder, *words, "--state", str(self.state))

    def govnet(self, ends: int, *words: str) -> str:
        """What it said on both streams."""
        done = self.ran(*words)
        said = done.out + done.err
        assert done.status == ends, said
        assert "Traceback" not in said
        return said

    def signs(self, person: str, *words: str, ends: int = 0, file: Path | None = None) -> str:
        key = str(key_of(people_of(self.state), person))
        return self.govnet(ends, "approve", str(file or self.plan), "--as", person, "--key", key, *words)

    def reviews(self, person: str, ends: int = 0) -> str:
        words = ("--as", person, "--key", str(key_of(people_of(self.state), person)), "--reason", "looked at the logs")
        return self.govnet(ends, "review", str(self.plan), *words)

    def untouched(self) -> bool:
        """No box has heard of a step, and there is no journal of one."""
        heard = [record for name in targets_in(self.folder) for record in self.records(name)]
        return not heard

    def records(self, name: str) -> list[str]:
        path = self.folder / f"{name}.json"
        return list(json.loads(path.read_text())["records"]) if path.exists() else []


def next_document(office: Office, *changes: tuple[str, str]) -> Path:
    """Serial 2 by asha, with some texts replaced."""
    text = office.trust.read_text()
    for old, new in (("{version: 1, serial: 1}", "{version: 1, serial: 2, author: asha}"), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = office.folder / "trust-2.yaml"
    path.write_text(text)
    return path
