"""A candidate merged into a running configuration, as FRR would do it: lines added, `no` lines taken away.

FRR keeps one value of most settings, so a new one takes the place of the old: `ONE_VALUE` has the words after which a
line says one thing only. Where this table and FRR disagree, the box notices: it must read back as the merged text.
"""

from __future__ import annotations

import re

from network import tree
from network.tree import Section

ONE_VALUE = tuple(
    re.compile(pattern)
    for pattern in (
        r"description ",
        r"bandwidth ",
        r"ip ospf (?:cost|hello-interval|dead-interval|area|network|priority|authentication|authentication-key)(?: |$)",
        r"ip ospf message-digest-key \d+ ",
        r"ipv6 ospf6 (?:cost|hello-interval|dead-interval|area|network|priority|authentication)(?: |$)",
        r"(?:ospf|ospf6|bgp) router-id ",
        r"log (?:syslog|file|timestamp|facility|monitor|stdout)(?: |$)",
        r"frr (?:defaults|version) ",
        r"(?:match|set) (?!community )(?:ip |ipv6 )?\S+ ",
        r"timers \S+ ",
        r"neighbor \S+ (?:remote-as|description|password|update-source|ebgp-multihop|maximum-prefix|local-as)(?: |$)",
        r"neighbor \S+ timers (?:connect )?",
        r"ip prefix-list \S+ (?:seq \d+ |description )",
        r"ipv6 prefix-list \S+ (?:seq \d+ |description )",
    )
)

NEIGHBOUR_POLICY = re.compile(r"(neighbor \S+ (?:prefix-list|route-map|filter-list|distribute-list)) \S+ (in|out)")
"""One of each kind and direction."""
NEGATIVE_FORMS = frozenset(
    {
        "no bgp ebgp-requires-policy",
        "no bgp default ipv4-unicast",
        "no bgp network import-check",
        "no ip forwarding",
        "no ipv6 forwarding",
    }
)
"""`no` lines that the running configuration shows: the settings are on by default."""


def merge(running: str, candidate: str) -> str:
    """The canonical text of `running` after `candidate` was entered. Sections of the candidate end by indentation."""
    return tree.text(_merged(tree.parse(running), tree.parse(candidate)))


def _merged(old: Section, new: Section) -> Section:
    lines = list(old.lines)
    sections = {section.header: section for section in old.sections}
    for line in new.lines:
        if line.startswith("no "):
            gone = line.removeprefix("no ")
            lines = [kept for kept in lines if kept != gone and not kept.startswith(gone + " ")]
            sections = {header: kept for header, kept in sections.items() if header != gone}
            if (negative := f"no {gone}") in NEGATIVE_FORMS:
                lines.append(negative)
            continue
        key = said_once(line)
        lines = [kept for kept in lines if said_once(kept) != key and kept != f"no {line}"]
        lines.append(line)
    for section in new.sections:
        sections[section.header] = _merged(sections.get(section.header, Section(section.header)), section)
    return tree.canonical(Section(old.header, tuple(lines), tuple(sections.values())))


def said_once(line: str) -> tuple[str, ...]:
    """What two lines share of which FRR keeps the later alone; the whole line where it keeps both."""
    policy = NEIGHBOUR_POLICY.fullmatch(line)
    if policy is not None:
        return policy.groups()
    found = next((match for pattern in ONE_VALUE if (match := pattern.match(line))), None)
    return (found[0].rstrip() if found else line,)
