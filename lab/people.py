"""The people of a demonstration: a key of each in a folder, and the trust document that names them.

Nobody but a demonstration or a test has the keys of several people. They are made anew, and in no repository.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

AUTHOR = "asha"
REVIEWERS = ("juma", "neema")
"""As many as a change of high risk needs."""
PEOPLE: Mapping[str, tuple[str, str]] = {
    "asha": ("Asha Example, network operations", "engineer"),
    "juma": ("Juma Example, data centre Dodoma", "reviewer"),
    "neema": ("Neema Example, network operations", "reviewer, security"),
    "baraka": ("Baraka Example, information security", "reviewer, security"),
    "rehema": ("Rehema Example, head of operations", "manager, break-glass"),
}
"""By name: title and roles."""
POLICY = """\
policy:
  - {name: every-change, needs: [{role: reviewer, signatures: 1}]}
  - {name: high-risk, risk: high, needs: [{role: reviewer, signatures: 2}]}
  - {name: trust-itself, plane: trust, needs: [{role: security, signatures: 1}]}
"""
YEARS = timedelta(days=730)


def key_of(folder: Path, person: str) -> Path:
    """The private key; its public half stands beside it, with .pub."""
    return folder / person


def enrol(folder: Path, now: datetime | None = None) -> Path:
    """Make everyone's key, and the trust document, whose path it returns. Raises OSError, CalledProcessError."""
    folder.mkdir(parents=True, mode=0o700)
    for person in PEOPLE:
        command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key_of(folder, person)))
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    document = folder / "trust.yaml"
    document.write_text(trust_document(folder, now or datetime.now(UTC)), encoding="utf-8")
    return document


def trust_document(folder: Path, now: datetime) -> str:
    """The first: serial 1, every key valid from an hour ago on for two years."""
    span = f"valid_from: {moment(now - timedelta(hours=1))}, valid_until: {moment(now + YEARS)}"
    people = (
        f'  - {{name: {name}, title: "{title}", roles: [{roles}],\n'
        f"     keys: [{{public: {public(folder, name)}, {span}}}]}}\n"
        for name, (title, roles) in PEOPLE.items()
    )
    return f"trust:\n  - {{version: 1, serial: 1}}\npeople:\n{''.join(people)}{POLICY}"


def public(folder: Path, person: str) -> str:
    """`KIND BASE64`."""
    kind, key, *_ = key_of(folder, person).with_suffix(".pub").read_text(encoding="ascii").split()
    return f"{kind} {key}"


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
