"""FRR's running configuration as a tree of sections, and its canonical text.

Standard library only, so that the same file can stand on a box. The text is that of `show running-config no-header` of
FRR 8.4.4 in an order of our own: FRR prints prefix lists as they were made and interfaces by name; sections here stand
by kind and name, lines by what must be configured first and then by natural order. Two configurations mean the same
exactly if their canonical texts are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UNOWNED = re.compile(
    r"^(?:frr version |hostname |service integrated-vtysh-config$|no service integrated-vtysh-config$"
    r"|Building configuration|Current configuration:|end$)"
)
"""Lines that are not of the router's configuration. `hostname` is the box's own (/etc/hostname): vtysh prints its own
kernel name whatever is configured, so it could never converge. The vtysh switch stands in vtysh.conf."""

FORWARDING = ("ip forwarding", "ipv6 forwarding")
"""FRR prints only their absence, and zebra does not turn them on by itself. A whole configuration (one that says its
`frr defaults`, as every running one does) is given the word that FRR leaves out, so that a boot from it forwards."""

CLOSERS = frozenset({"exit", "exit-address-family", "exit-vrf", "exit-vni", "exit-ldp-if", "exit-route-map", "quit"})

ALWAYS_SECTIONS = re.compile(
    r"interface \S+|router (?!-id )\S.*|route-map \S+ (?:permit|deny) \d+|vrf \S+|key chain \S+"
)
"""Headers at the left margin, known even where nothing stands under them and no `exit` follows."""

SILENT = ("interface ", "vrf ", "address-family ")
"""Sections that mean the same empty as absent: FRR takes them away by emptying them, and refuses to delete an interface
or a VRF that the kernel has."""

SECTION_ORDER = (
    r"vrf ",
    r"interface ",
    r"router ospf(?: |$)",
    r"router ospf6(?: |$)",
    r"router bgp ",
    r"address-family ipv4 ",
    r"address-family ipv6 ",
    r"router ",
    r"route-map ",
)
"""Sections by kind; any other kind follows."""

TOP_ORDER = (
    r"frr defaults ",
    r"log ",
    r"(?:no )?ip forwarding$",
    r"(?:no )?ipv6 forwarding$",
    r"agentx$",
    r"ip prefix-list ",
    r"ipv6 prefix-list ",
    r"ip route ",
    r"ipv6 route ",
)

INSIDE_ORDER = (
    r"description ",
    r"ip address ",
    r"ipv6 address ",
    r"(?:ospf|ospf6|bgp) router-id ",
    r"(?:no )?bgp ",
    r"timers ",
    r"neighbor \S+ peer-group$",
    r"neighbor \S+ interface(?: |$)",
    r"network ",
    r"neighbor ",
)

NEIGHBOUR_ORDER = ("remote-as", "peer-group", "description", "password", "update-source", "activate")
"""A neighbour's lines: FRR refuses the others before remote-as (or its peer group) is known."""

Key = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Section:
    """A header with what stands under it. The whole configuration is a section with an empty header."""

    header: str
    lines: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    def section(self, header: str) -> Section:
        """The section of that header; an empty one where there is none."""
        return next((section for section in self.sections if section.header == header), Section(header))

    def line(self, pattern: str) -> re.Match[str] | None:
        """The first line that the pattern matches whole."""
        return next((found for line in self.lines if (found := re.fullmatch(pattern, line))), None)


def natural(text: str) -> Key:
    """A sort key in which eth10 stands after eth9 and 10.0.0.2 before 10.0.0.10."""
    return tuple(
        (0, int(piece), "") if piece.isdigit() and piece.isascii() else (1, 0, piece)
        for piece in re.split(r"([0-9]+)", text)
        if piece
    )


def _rank(text: str, order: tuple[str, ...]) -> int:
    return next((place for place, pattern in enumerate(order) if re.match(pattern, text)), len(order))


def _top_key(line: str) -> tuple[int, int, Key]:
    return (_rank(line, TOP_ORDER), 0, natural(line))


def _inside_key(line: str) -> tuple[int, Key, int, Key]:
    words = line.split()
    rank = _rank(line, INSIDE_ORDER)
    if words[0] == "neighbor" and len(words) > 2 and rank == INSIDE_ORDER.index(r"neighbor "):
        return (rank, natural(words[1]), _rank(words[2], NEIGHBOUR_ORDER), natural(line))
    return (rank, natural(line), 0, ())


def canonical(tree: Section) -> Section:
    """The same configuration in canonical order: equal sections merged, equal lines once, sections left out that are
    empty and SILENT."""
    lines = dict.fromkeys(tree.lines)
    ordered = sorted(lines, key=_inside_key) if tree.header else sorted(lines, key=_top_key)
    merged: dict[str, list[Section]] = {}
    for section in tree.sections:
        merged.setdefault(section.header, []).append(section)
    sections = [
        canonical(
            Section(
                header,
                tuple(line for same in parts for line in same.lines),
                tuple(inner for same in parts for inner in same.sections),
            )
        )
        for header, parts in merged.items()
    ]
    kept = [
        section for section in sections if section.lines or section.sections or not section.header.startswith(SILENT)
    ]
    kept.sort(key=lambda section: (_rank(section.header, SECTION_ORDER), natural(section.header)))
    return Section(tree.header, tuple(ordered), tuple(kept))


class _Open:
    """A section that is being read."""

    def __init__(self, header: str, indent: int) -> None:
        self.header = header
        self.indent = indent
        self.lines: list[str] = []
        self.sections: list[Section] = []

    def close(self) -> Section:
        return Section(self.header, tuple(self.lines), tuple(self.sections))


def parse(text: str) -> Section:
    """The canonical tree of a running configuration or of a frr.conf, which stands indented as FRR prints it.

    Sections end by indentation or by `exit`. Never fails: what is no section is a line of where it stands.
    """
    stack = [_Open("", -1)]
    rows = [row.rstrip() for row in text.splitlines()]
    rows = [row for row in rows if row.strip() and not row.lstrip().startswith(("!", "#"))]
    for place, row in enumerate(rows):
        words = " ".join(row.split())
        indent = len(row) - len(row.lstrip())
        _close(stack, indent)
        if words in CLOSERS or (indent == 0 and UNOWNED.match(words)):
            continue
        if _opens(rows, place, indent):
            stack.append(_Open(words, indent))
        else:
            stack[-1].lines.append(words)
    _close(stack, 0)
    root = stack[0]
    if any(line.startswith("frr defaults ") for line in root.lines):
        root.lines += [line for line in FORWARDING if f"no {line}" not in root.lines]
    return canonical(root.close())


def _close(stack: list[_Open], indent: int) -> None:
    """Close what a row at this depth ends."""
    while len(stack) > 1 and stack[-1].indent >= indent:
        done = stack.pop()
        stack[-1].sections.append(done.close())


def _opens(rows: list[str], place: int, indent: int) -> bool:
    """A row opens a section if the next one stands deeper, or closes it at once at the same depth."""
    if indent == 0 and ALWAYS_SECTIONS.fullmatch(rows[place].strip()):
        return True
    if place + 1 == len(rows):
        return False
    following = rows[place + 1]
    deeper = len(following) - len(following.lstrip())
    return deeper > indent or (deeper == indent and following.strip() in CLOSERS)


def text(tree: Section) -> str:
    """The text that `show running-config no-header` would print in canonical order; one newline at its end."""
    rows = _top_rows(tree)
    return "\n".join(rows) + "\n" if rows else ""


def _top_rows(tree: Section) -> list[str]:
    rows: list[str] = []
    last = None
    for line in tree.lines:
        kind = _rank(line, TOP_ORDER)
        if last is not None and kind != last and max(kind, last) >= TOP_ORDER.index(r"ip prefix-list "):
            rows.append("!")
        rows.append(line)
        last = kind
    for section in tree.sections:
        rows += ["!", *_section_rows(section, 0)] if rows else _section_rows(section, 0)
    return rows


def _section_rows(section: Section, depth: int) -> list[str]:
    pad = " " * depth
    rows = [pad + section.header, *(f"{pad} {line}" for line in section.lines)]
    for inner in section.sections:
        rows += [f"{pad} !", *_section_rows(inner, depth + 1)]
    return [*rows, pad + closer(section.header)]


def closer(header: str) -> str:
    """The command that leaves a section of this header."""
    if header.startswith("address-family "):
        return "exit-address-family"
    return "exit-vrf" if header.startswith("vrf ") else "exit"


def normal(raw: str) -> str:
    """The canonical text of any text of FRR's configuration."""
    return text(parse(raw))
