"""A server's side of the mirror: the files that make apt ask it alone, and believe its key alone. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address

from deploys.mirror.release import COMPONENT, SUITE
from deploys.mirror.serve import PORT

SOURCES = "/etc/apt/sources.list.d/govnet.sources"
KEY = "/etc/apt/keyrings/govnet-mirror.asc"
PINNED = "/etc/apt/apt.conf.d/99govnet"
NOTE = "# Written by govnet: the next deploy puts back what is changed here."


def client_files(uri: str, public_key: str) -> Mapping[str, str]:
    """Path to text; all of root, 0644. `uri` is where the repository is; `public_key` is armoured.

    Debian's own entries and those of vendors may stay on the machine: PINNED makes apt read SOURCES and nothing else,
    and leaves no key that any other entry could use.
    """
    entry = (
        NOTE,
        "Types: deb",
        f"URIs: {uri}",
        f"Suites: {SUITE}",
        f"Components: {COMPONENT}",
        f"Signed-By: {KEY}",
        "Check-Valid-Until: yes",
        "Check-Date: yes",
    )
    pinned = (
        NOTE.replace("#", "//"),
        f'Dir::Etc::sourcelist "{SOURCES}";',
        'Dir::Etc::sourceparts "/dev/null";',
        'Dir::Etc::trusted "/dev/null";',
        'Dir::Etc::trustedparts "/dev/null";',
        'APT::Get::AllowUnauthenticated "false";',
        'Acquire::AllowInsecureRepositories "false";',
        'Acquire::AllowWeakRepositories "false";',
        'Acquire::AllowDowngradeToInsecureRepositories "false";',
        'Acquire::Check-Valid-Until "true";',
        'Acquire::Check-Date "true";',
        'Acquire::Languages "none";',
        'APT::Update::Error-Mode "any";',
    )
    return {SOURCES: _text(entry), KEY: public_key, PINNED: _text(pinned)}


def uri(address: IPv4Address) -> str:
    """Of the mirror that listens on this management address."""
    return f"http://{address}:{PORT}"


def _text(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)
