"""Each part as the latch of a box knows it: by which handler it is tried, where it is kept, what restarts with it."""

from __future__ import annotations

from typing import Literal

from change.latch_client import LatchPart
from network.config import START_UP_FILES, PartName

KINDS: dict[PartName, tuple[Literal["frr", "interfaces", "file"], str | None]] = {
    "interfaces": ("interfaces", None),
    "frr": ("frr", None),
    "snmpd": ("file", "snmpd.service"),
    "banner": ("file", None),
}
"""Part to the latch's handler and the unit that reads the file at its start; sshd reads its banner at each login."""


def latch_part(name: PartName, text: str = "", commands: tuple[str, ...] = ()) -> LatchPart:
    """The part with the text that it shall have, real secrets in it, and the commands that lead there; or none yet."""
    file = START_UP_FILES[name]
    kind, unit = KINDS[name]
    return LatchPart(
        name=name,
        kind=kind,
        path=file.path,
        owner=file.owner,
        group=file.group,
        mode=file.mode,
        text=text,
        commands=commands,
        unit=unit,
    )
