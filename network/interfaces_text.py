"""/etc/network/interfaces as stanzas, and its canonical text (interfaces(5), ifupdown2 3.0).

What a box reads back is the text of the file itself, so the canonical text only settles spacing: one stanza is its
`auto` and `iface` lines with their attributes indented by four, stanzas are parted by one empty line.
"""

from __future__ import annotations

from dataclasses import dataclass

MADE_BY_THE_SWITCH = ("OVSBridge", "OVSIntPort")
OPENERS = ("auto", "allow-hotplug", "iface", "vlan", "mapping", "source", "source-directory", "template")


@dataclass(frozen=True)
class Stanza:
    """One interface. `comment` stands above it, `lines` are its attributes."""

    name: str
    method: str
    lines: tuple[str, ...] = ()
    comment: str = ""

    def merged(self, other: Stanza) -> Stanza:
        """This stanza with the other's attributes after its own, each once."""
        return Stanza(self.name, self.method, tuple(dict.fromkeys((*self.lines, *other.lines))), self.comment)


def text(stanzas: tuple[Stanza, ...]) -> str:
    """The canonical text; stanzas of one name are merged where the first stands."""
    merged: dict[str, Stanza] = {}
    for stanza in stanzas:
        merged[stanza.name] = merged[stanza.name].merged(stanza) if stanza.name in merged else stanza
    blocks = []
    for stanza in merged.values():
        comment = [f"# {stanza.comment}"] if stanza.comment else []
        blocks.append(
            "\n".join(
                [*comment, f"auto {stanza.name}", f"iface {stanza.name} {stanza.method}"]
                + [f"    {line}" for line in stanza.lines]
            )
        )
    return "\n\n".join(blocks) + "\n" if blocks else ""


def normal(raw: str) -> str:
    """Canonical spacing of any interfaces file; order is kept, for ifupdown2 reads it in order."""
    blocks: list[list[str]] = []
    opened = ""
    for row in raw.splitlines():
        words = " ".join(row.split())
        if not words:
            opened = ""
            continue
        kind = words.split()[0]
        begins = words.startswith("#") or kind in OPENERS
        if not begins:
            if blocks:
                blocks[-1].append(f"    {words}")
            else:
                blocks.append([words])
            opened = "body"
            continue
        if opened in ("", "body") or not blocks:
            blocks.append([])
        blocks[-1].append(words)
        opened = "head"
    return "\n\n".join("\n".join(block) for block in blocks) + "\n" if blocks else ""


def removed(before: str, after: str) -> frozenset[str]:
    """The interfaces that ifreload takes out of the kernel between two texts.

    Those are Open vSwitch's own; a port of the machine that has no stanza any more is only set down.
    """
    return _switched(before) - _switched(after)


def _switched(text: str) -> frozenset[str]:
    """The interfaces that exist because Open vSwitch makes them."""
    found: set[str] = set()
    name = ""
    for row in text.splitlines():
        words = row.split()
        if words[:1] == ["iface"]:
            name = words[1]
        elif words[:1] == ["ovs-type"] and words[1] in MADE_BY_THE_SWITCH:
            found.add(name)
    return frozenset(found)
