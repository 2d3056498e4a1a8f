"""The canonical text of each part, so that what a box reads back as equals what we render."""

from __future__ import annotations

from network import interfaces_text, tree
from network.config import PartName


def _lines(raw: str) -> str:
    rows = [row.rstrip() for row in raw.splitlines()]
    text = "\n".join(rows).strip("\n")
    return text + "\n" if text else ""


def normal(part: PartName, raw: str) -> str:
    """`raw` as it comes from the box or from a renderer, secrets already out; ends in one newline, or is empty."""
    if part == "frr":
        return tree.normal(raw)
    if part == "interfaces":
        return interfaces_text.normal(raw)
    return _lines(raw)
