"""What a box prints for people, as rows: TextFSM templates, for the few commands that have no JSON."""

from __future__ import annotations

from pathlib import Path

import textfsm

TEMPLATES = Path(__file__).with_name("templates")


def rows(template: str, text: str) -> tuple[dict[str, str], ...]:
    """One mapping from the template's value names a record. Lines that no rule matches are passed over."""
    with (TEMPLATES / f"{template}.textfsm").open() as source:
        machine = textfsm.TextFSM(source)
    return tuple(dict(zip(machine.header, record, strict=True)) for record in machine.ParseText(text))
