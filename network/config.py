"""What a box is configured as: a few named parts, each one text with one owner.

Secrets stand in the texts as `<name#tag>`; only `network.redact` knows how the real values come and go.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import rfc8785

from inventory.model import Platform, Record

PartName = Literal["frr", "interfaces", "snmpd", "banner"]


class StartUpFile(Record):
    """Where a part is kept across a boot, on the box."""

    path: str
    owner: str
    group: str
    mode: int


START_UP_FILES: dict[PartName, StartUpFile] = {
    "frr": StartUpFile(path="/etc/frr/frr.conf", owner="frr", group="frr", mode=0o640),
    "interfaces": StartUpFile(path="/etc/network/interfaces", owner="root", group="root", mode=0o644),
    "snmpd": StartUpFile(path="/etc/snmp/snmpd.conf", owner="root", group="root", mode=0o600),
    "banner": StartUpFile(path="/etc/issue.net", owner="root", group="root", mode=0o644),
}

PARTS_OF: dict[Platform, tuple[PartName, ...]] = {
    Platform.FRR: ("interfaces", "frr", "snmpd", "banner"),
    Platform.IFUPDOWN2: ("interfaces", "snmpd", "banner"),
    Platform.DEBIAN: (),
    Platform.NONE: (),
}
"""In the order that they are tried; reverted in the opposite order. Of a server deploys says what it is to be."""


class Part(Record):
    name: PartName
    text: str
    """Ends in one newline. For frr: as `show running-config no-header` prints it, normalised by network.tree."""


class Config(Record):
    device: str
    platform: Platform
    parts: tuple[Part, ...]

    def text(self, name: PartName) -> str:
        """The text of a part; empty where the box has no such part."""
        return next((part.text for part in self.parts if part.name == name), "")

    @property
    def fingerprint(self) -> str:
        """`sha256:` and the digest of the canonical JSON (RFC 8785) of {part: text}."""
        canonical = rfc8785.dumps({part.name: part.text for part in self.parts})
        return "sha256:" + hashlib.sha256(canonical).hexdigest()
