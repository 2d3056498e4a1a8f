"""The host keys of a world: an optional file of lines `address ssh-ed25519 BASE64` in its folder."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from inventory.draft import Draft
from inventory.model import Platform
from inventory.problem import Problem

KNOWN_HOSTS = "known_hosts"
KIND = "ssh-ed25519"
_ED25519_PREFIX = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
_ED25519_OCTETS = len(_ED25519_PREFIX) + 32


@dataclass(frozen=True)
class HostKey:
    line: int
    address: str
    kind: str
    key: str


def known_host_problems(path: Path, draft: Draft) -> list[Problem]:
    """Nothing where the file is absent (a world before `govnet keys`); else every line that cannot be right."""
    if not path.exists():
        return []
    problems: list[Problem] = []
    keys: dict[str, HostKey] = {}
    for host_key in _read(path, problems):
        first = keys.setdefault(host_key.address, host_key)
        if first is not host_key:
            what = f"a second host key for {host_key.address} (first on line {first.line})"
            problems.append(Problem(str(path), host_key.line, what, "keep the one that the device has"))
    problems.extend(_against_devices(path, keys, draft))
    return problems


def _read(path: Path, problems: list[Problem]) -> Iterator[HostKey]:
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 3 or not _is_address(words[0]):
            fix = f"write `address {KIND} BASE64`"
            problems.append(Problem(str(path), number, "a line that is no host key", fix))
        elif words[1] != KIND:
            what = f"the host key of {words[0]} is of kind {words[1]}"
            problems.append(Problem(str(path), number, what, f"only {KIND} is accepted: run `govnet keys`"))
        elif not _is_ed25519(words[2]):
            what = f"the host key of {words[0]} is damaged"
            problems.append(Problem(str(path), number, what, "copy the whole key again, or run `govnet keys`"))
        else:
            yield HostKey(number, words[0], words[1], words[2])


def _against_devices(path: Path, keys: dict[str, HostKey], draft: Draft) -> Iterator[Problem]:
    if not draft.whole("devices"):
        return
    managed: dict[str, str] = {}
    for device in draft.devices:
        if not device.managed or device.platform is Platform.NONE:
            continue
        try:
            managed[str(device.management_address)] = device.name
        except LookupError:
            continue
    for address, key in keys.items():
        if address not in managed:
            what = f"a host key for {address}, which is no managed device's management address"
            yield Problem(str(path), key.line, what, "remove the line, or correct its address")
    words = path.read_text(encoding="utf-8", errors="replace").split()  # a damaged line was told already
    for address, name in managed.items():
        if address not in keys and address not in words:
            yield Problem(str(path), 0, f"no host key for {name} ({address})", "run `govnet keys`")


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _is_ed25519(word: str) -> bool:
    try:
        blob = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(blob) == _ED25519_OCTETS and blob.startswith(_ED25519_PREFIX)
