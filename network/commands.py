"""The commands that take FRR from one configuration to another: tables of what replaces what, and how it is taken back.

Standard library only, like `network.tree`. Tried on FRR 8.4.4. Swapped arguments give the reverse.

The order: filters that stand on come first, then everything that goes, then everything that comes, and at the end the
filters that nothing needs any more, so that no neighbour is ever without the filter it had or will have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from network import tree

REPLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(frr defaults) .*",
        r"(?:no )?(ip(?:v6)? forwarding)",
        r"(?:no )?(bgp (?:default ipv4-unicast|ebgp-requires-policy|network import-check))",
        r"(log (?:syslog|file|stdout|monitor)).*",
        r"(description) .*",
        r"(ip ospf (?:cost|hello-interval|network|priority|retransmit-interval|transmit-delay)) .*",
        r"(ipv6 ospf6 (?:cost|hello-interval|dead-interval|network|priority|retransmit-interval|transmit-delay)) .*",
        r"(ip ospf dead-interval) .*",
        r"(ip ospf authentication)(?: .*)?",
        r"(ipv6 ospf6 authentication) .*",
        r"((?:ospf|ospf6|bgp) router-id) .*",
        r"(timers bgp) .*",
        r"(redistribute \S+)(?: .*)?",
        r"(default-information originate)(?: .*)?",
        r"(neighbor \S+ (?:description|password|update-source|ebgp-multihop|local-as|maximum-prefix))(?: .*)?",
        r"(neighbor \S+ timers(?: connect)?) \d+.*",
        r"(neighbor \S+ default-originate)(?: .*)?",
        r"(neighbor \S+ (?:prefix-list|route-map|filter-list|distribute-list)) \S+( in| out)",
        r"(match interface) .*",
        r"(match ip(?:v6)? (?:address|next-hop|route-source)(?: prefix-list)?) .*",
        r"(match (?:tag|metric|as-path|community|large-community|source-protocol|peer)) .*",
        r"(set \S+(?: next-hop(?: \S+)?)?) .*",
    )
)
"""A line that overwrites the older one with the same groups: no `no` is sent, so that nothing is missing in between."""

TAKEN_BACK = (
    (re.compile(r"(description) .*"), r"no \1"),
    (re.compile(r"(ip(?:v6)? prefix-list \S+ description) .*"), r"no \1"),
)
"""Where FRR refuses `no` with the whole line; everywhere else that is what is sent."""

PREFIX_LIST = re.compile(r"(?P<name>ip(?:v6)? prefix-list \S+) seq (?P<seq>\d+) (?P<body>.*)")
ROUTE_MAP = re.compile(r"(?P<name>route-map \S+) (?:permit|deny) (?P<seq>\d+)")
PEER = re.compile(r"neighbor (\S+) (?:remote-as .*|peer-group(?: .*)?|interface(?: .*)?)")
"""What makes a neighbour; where that changes the neighbour is made anew, for FRR drops lines of the old kind."""
NEIGHBOUR = re.compile(r"neighbor (\S+) .*")


def commands(live: str, wanted: str, gone: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Lines for `vtysh -f` (configure level), each under its section's header; empty where both mean the same.

    `gone` names interfaces that the kernel will have lost by then (interfaces_text.removed; the part `interfaces` is
    tried first, and the handler of `frr` waits for zebra to lose them): FRR takes the lines of such a one away and
    still calls that a failure, so it is deleted whole, which in turn it refuses for an interface that the kernel has.
    A line with a secret holds what the texts hold: give it references to show, real values to apply.
    """
    old, new = tree.parse(live), tree.parse(wanted)
    filters, leftover = _prefix_lists(old, new)
    standing = {section.header for section in new.sections}
    ended = [section.header for section in old.sections if _is_map(section) and section.header not in standing]
    reused = {_map_key(header) for header in standing}
    early = [header for header in ended if _map_key(header) in reused]
    late = [header for header in ended if _map_key(header) not in reused]
    new_rest = _rest(new)
    lost = {f"interface {name}" for name in gone} - standing
    deleted = [section.header for section in old.sections if section.header in lost]
    old_rest = _less(_rest(old), deleted)
    return (
        *filters,
        *(f"no {header}" for header in early),
        *_added_maps(old, new),
        *(f"no {header}" for header in deleted),
        *_removals(old_rest, new_rest),
        *_additions(old_rest, new_rest),
        *(f"no {header}" for header in late),
        *leftover,
    )


def _is_map(section: tree.Section) -> bool:
    return ROUTE_MAP.fullmatch(section.header) is not None


def _map_key(header: str) -> tuple[str, ...]:
    """Name and number of a route map's entry: FRR knows it by these, whether it permits or denies."""
    found = ROUTE_MAP.fullmatch(header)
    return (found["name"], found["seq"]) if found else ()


def _rest(root: tree.Section) -> tree.Section:
    """All but the prefix lists and route maps, which have an order of their own."""
    return tree.Section(
        "",
        tuple(line for line in root.lines if not PREFIX_LIST.fullmatch(line)),
        tuple(section for section in root.sections if not _is_map(section)),
    )


def _less(root: tree.Section, headers: Iterable[str]) -> tree.Section:
    dropped = frozenset(headers)
    return tree.Section("", root.lines, tuple(section for section in root.sections if section.header not in dropped))


def _added_maps(old: tree.Section, new: tree.Section) -> list[str]:
    """Entries that come or change, each in one visit."""
    rows: list[str] = []
    for will in new.sections:
        if _is_map(will) and will not in old.sections:
            was = old.section(will.header)
            inner = [*_removals(was, will), *_additions(was, will)]
            rows += [will.header, *(f" {row}" for row in inner), tree.closer(will.header)]
    return rows


def _prefix_lists(old: tree.Section, new: tree.Section) -> tuple[list[str], list[str]]:
    """What comes first, and what goes last: lists of which nothing stays.

    FRR silently ignores an entry that a list already holds under another number, and overwrites one of the same
    number; a `no` after such an overwriting would take the new entry away.
    """
    olds, news = _entries(old), _entries(new)
    first: list[str] = []
    last: list[str] = []
    for name, was in olds.items():
        will = news.get(name, {})
        gone = [seq for seq in was if will.get(seq) != was[seq]]
        if not will:
            last += [f"no {name} seq {seq} {was[seq]}" for seq in gone]
            continue
        coming = {body for seq, body in will.items() if was.get(seq) != body}
        moved = bool(coming & set(was.values()))
        first += [f"no {name} seq {seq} {was[seq]}" for seq in gone if moved or seq not in will]
    for name, will in news.items():
        was = olds.get(name, {})
        first += [f"{name} seq {seq} {body}" for seq, body in will.items() if was.get(seq) != body]
    return first, last


def _entries(root: tree.Section) -> dict[str, dict[str, str]]:
    """Each prefix list's entries by number."""
    found: dict[str, dict[str, str]] = {}
    for line in root.lines:
        if entry := PREFIX_LIST.fullmatch(line):
            found.setdefault(entry["name"], {})[entry["seq"]] = entry["body"]
    return found


def _removals(old: tree.Section, new: tree.Section) -> list[str]:
    """What takes away all that `old` has and `new` has not, but for what an added line overwrites."""
    remade = _remade(old, new)
    rows = [f"no {definition}" for definition in remade.values()]
    kept = _without(old, remade)
    replaced = {slot for line in new.lines if line not in kept.lines and (slot := _slot(line))}
    for line in reversed(kept.lines):
        if line not in new.lines and _slot(line) not in replaced:
            rows.append(_taken_back(line))
    for section in kept.sections:
        will = new.section(section.header)
        if section.header not in {other.header for other in new.sections} and not section.header.startswith(
            tree.SILENT
        ):
            rows.append(f"no {section.header}")
        else:
            rows += _within(section.header, _removals(section, will))
    return rows


def _additions(old: tree.Section, new: tree.Section) -> list[str]:
    """What brings all that `new` has and `old` has not."""
    kept = _without(old, _remade(old, new))
    rows = [line for line in new.lines if line not in kept.lines]
    for section in new.sections:
        was = kept.section(section.header)
        inner = _additions(was, section)
        if inner or section.header not in {other.header for other in kept.sections}:
            rows += [section.header, *(f" {row}" for row in inner), tree.closer(section.header)]
    return rows


def _within(header: str, rows: Iterable[str]) -> list[str]:
    inner = [f" {row}" for row in rows]
    return [header, *inner, tree.closer(header)] if inner else []


def _slot(line: str) -> tuple[str | None, ...] | None:
    """What a line overwrites, or None where lines of its kind stand side by side."""
    return next((found.groups() for pattern in REPLACES if (found := pattern.fullmatch(line))), None)


def _taken_back(line: str) -> str:
    for pattern, replacement in TAKEN_BACK:
        if pattern.fullmatch(line):
            return pattern.sub(replacement, line)
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"


def _remade(old: tree.Section, new: tree.Section) -> dict[str, str]:
    """Neighbours that go or are made anew, with the line that made them; `no` of it takes all their lines."""
    if not old.header.startswith("router bgp "):
        return {}
    found: dict[str, str] = {}
    for line in old.lines:
        made = PEER.fullmatch(line)
        if made and _made(old, made[1]) != _made(new, made[1]):
            found.setdefault(made[1], line)
    return found


def _made(section: tree.Section, peer: str) -> frozenset[str]:
    return frozenset(line for line in section.lines if (made := PEER.fullmatch(line)) and made[1] == peer)


def _without(section: tree.Section, peers: Iterable[str]) -> tree.Section:
    """The section less every line of these neighbours, in its address families too."""
    gone = frozenset(peers)
    if not gone:
        return section
    return tree.Section(
        section.header,
        tuple(line for line in section.lines if not ((of := NEIGHBOUR.fullmatch(line)) and of[1] in gone)),
        tuple(_without(inner, gone) for inner in section.sections),
    )
