"""The part kind `file`: one file and, where it has one, the unit that reads it at its start."""

from __future__ import annotations

from change.latch.part import Look, Part
from network.box.bound import bind, live_text, mark, unbind
from network.box.part import must, restart


class File:
    def look(self, part: Part) -> Look:
        return Look(live_text(part), part.text, "")

    def try_(self, part: Part) -> None:
        bind(part)
        reread(part)

    def check(self, part: Part) -> None:
        if part.unit is not None:
            must("systemctl", "--quiet", "is-active", part.unit)

    def revert(self, part: Part) -> None:
        unbind(part)
        if mark(part).exists():
            reread(part)
            mark(part).unlink()

    def settle(self, part: Part) -> None:
        """Nothing of a file depends on another part."""

    def release(self, part: Part) -> None:
        unbind(part)
        mark(part).unlink(missing_ok=True)


def reread(part: Part) -> None:
    if part.unit is not None:
        restart(part.unit)
