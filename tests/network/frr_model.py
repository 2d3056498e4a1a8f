"""A small model of how FRR 8.4.4 takes commands, apart from network.commands: what replaces what, and what is refused.

Live tests hold network.commands against FRR itself; this model lets thousands of pairs be tried in a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from network import tree

ONE_VALUE = re.compile(
    r"(?:description|ip ospf (?:cost|hello-interval|dead-interval|network|authentication)"
    r"|ipv6 ospf6 (?:cost|authentication)"
    r"|ospf router-id|timers bgp|redistribute \w+|default-information originate"
    r"|match interface|match ip address prefix-list"
    r"|neighbor \S+ (?:description|password|remote-as))\b"
)
FILTER = re.compile(r"(neighbor \S+ prefix-list) \S+ (in|out)")
ONLY_ONCE = re.compile(r"ip ospf area|ipv6 ospf6 area|ip ospf message-digest-key \d+")
"""FRR refuses a second one until the first is taken back."""
ENTRY = re.compile(r"(ip prefix-list \S+) seq (\d+) (.*)")
MAP = re.compile(r"(route-map \S+) (?:permit|deny) (\d+)")


class Refused(Exception):
    pass


class Node:
    def __init__(self, section: tree.Section) -> None:
        self.header = section.header
        self.lines = list(section.lines)
        self.sections = [Node(inner) for inner in section.sections]

    def frozen(self) -> tree.Section:
        return tree.Section(self.header, tuple(self.lines), tuple(node.frozen() for node in self.sections))

    def enter(self, header: str) -> Node:
        for node in self.sections:
            if node.header == header:
                return node
        made = MAP.fullmatch(header)
        if made:
            for node in self.sections:
                if (other := MAP.fullmatch(node.header)) and other.groups() == made.groups():
                    node.header = header
                    return node
        if header.startswith("router bgp ") and any(node.header.startswith("router bgp ") for node in self.sections):
            raise Refused(f"BGP is already running: {header}")
        node = Node(tree.Section(header))
        self.sections.append(node)
        return node

    def add(self, line: str) -> None:
        if entry := ENTRY.fullmatch(line):
            others = [other for kept in self.lines if (other := ENTRY.fullmatch(kept)) and other[1] == entry[1]]
            if any(other[3] == entry[3] for other in others):
                return
            self.lines = [kept for kept in self.lines if not kept.startswith(f"{entry[1]} seq {entry[2]} ")]
        once = ONLY_ONCE.match(line)
        if once and any(kept.startswith(once[0]) for kept in self.lines if kept != line):
            raise Refused(line)
        if key := ONE_VALUE.match(line):
            self.lines = [kept for kept in self.lines if not ((was := ONE_VALUE.match(kept)) and was[0] == key[0])]
        if key := FILTER.fullmatch(line):
            self.lines = [k for k in self.lines if not ((was := FILTER.fullmatch(k)) and was.groups() == key.groups())]
        peer = re.match(r"neighbor (\S+) (?!remote-as)", line)
        if peer and self.header.startswith("router bgp ") and not self.knows(peer[1]):
            raise Refused(line)
        self.lines = [*(kept for kept in self.lines if kept != line), line]

    def knows(self, peer: str) -> bool:
        return any(kept.startswith(f"neighbor {peer} remote-as ") for kept in self.lines)

    def take(self, line: str) -> None:
        if line == "description":
            self.lines = [kept for kept in self.lines if not kept.startswith("description ")]
        elif line.startswith("description ") or line.startswith("interface "):
            raise Refused(line)
        elif entry := ENTRY.fullmatch(line):
            self.lines = [kept for kept in self.lines if not kept.startswith(f"{entry[1]} seq {entry[2]} ")]
        elif peer := re.fullmatch(r"neighbor (\S+) remote-as \d+", line):
            self.forget(peer[1])
        elif any(node.header == line for node in self.sections):
            self.sections = [node for node in self.sections if node.header != line]
        elif made := MAP.fullmatch(line):
            self.sections = [
                n for n in self.sections if not ((m := MAP.fullmatch(n.header)) and m.groups() == made.groups())
            ]
        elif line in self.lines:
            self.lines.remove(line)
        else:
            raise Refused(f"no {line}")

    def forget(self, peer: str) -> None:
        self.lines = [kept for kept in self.lines if not kept.startswith(f"neighbor {peer} ")]
        for node in self.sections:
            node.forget(peer)


HEADER = re.compile(r"interface \S+|router .*|route-map .*|address-family .*")


def apply(start: tree.Section, commands: Iterable[str]) -> tree.Section:
    """The canonical tree after the commands. Raises Refused where FRR would refuse one."""
    root = Node(start)
    stack = [root]
    for row in commands:
        line = row.strip()
        if line in tree.CLOSERS:
            stack.pop()
        elif HEADER.fullmatch(line):
            stack.append(stack[-1].enter(line))
        elif line.startswith("no ") and line != "no bgp default ipv4-unicast":
            stack[-1].take(line.removeprefix("no "))
        else:
            stack[-1].add(line)
    if len(stack) != 1:
        raise Refused("a section was not left")
    return tree.canonical(root.frozen())
