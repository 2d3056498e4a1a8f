"""BGP as configured, from the tree of the running configuration. Peer groups are NAPALM's groups; `_` has the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from napalm.base import models

from network.tree import Section

UNGROUPED = "_"
REMOVED = "<removed>"
"""Stands for a password that is configured: a getter's result ends up in files."""

NAPALM_FAMILY = {"ipv4": "inet", "ipv6": "inet6"}

Words = dict[str, dict[str, str]]
"""A neighbour's or group's name to its settings, each under its first word (see `_settings`)."""


def groups(root: Section, group: str, neighbour: str) -> dict[str, models.BGPConfigGroupDict]:
    """Of the default VRF's instance; one group where `group` is given, one neighbour where `neighbour` is."""
    instance = _instance(root)
    if instance is None:
        return {}
    said = _settings(instance)
    names = [name for name, settings in said.items() if settings.get("peer-group") == ""]
    result = {name: _group(said, name, local_as(root), neighbour) for name in (*names, UNGROUPED)}
    chosen = {name: entry for name, entry in result.items() if group in ("", name)}
    return {name: entry for name, entry in chosen.items() if not neighbour or neighbour in entry["neighbors"]}


def _settings(section: Section) -> Words:
    """`neighbor X remote-as 65001` as {X: {remote-as: 65001}}; of families, keys read `ipv4 prefix-list in`."""
    found: Words = {}
    for family, line in _lines(section):
        match = re.fullmatch(r"neighbor (\S+) (\S+)(?: (.*))?", line)
        if match is None:
            continue
        name, word, value = match[1], match[2], match[3] or ""
        settings = found.setdefault(name, {})
        if word in ("prefix-list", "route-map"):
            value, _, direction = value.rpartition(" ")
            word = f"{word} {direction}"
        settings[f"{family} {word}".strip()] = value
    return found


def _lines(section: Section) -> Iterator[tuple[str, str]]:
    yield from (("", line) for line in section.lines)
    for inner in section.sections:
        family = inner.header.removeprefix("address-family ").split()[0]
        yield from ((family, line) for line in inner.lines)


def _group(said: Words, name: str, local_as: int, neighbour: str) -> models.BGPConfigGroupDict:
    own = said.get(name, {}) if name != UNGROUPED else {}
    members = {
        member: _neighbour(settings, own, local_as)
        for member, settings in said.items()
        if _group_of(settings) == name and neighbour in ("", member)
    }
    remote_as = _remote_as(own, local_as)
    return {
        "type": ("internal" if remote_as == local_as else "external") if remote_as else "",
        "description": own.get("description", ""),
        "apply_groups": [],
        "multihop_ttl": int(own.get("ebgp-multihop") or 0),
        "multipath": False,
        "local_address": own.get("update-source", ""),
        "local_as": local_as,
        "remote_as": remote_as,
        "import_policy": _policy(own, "in"),
        "export_policy": _policy(own, "out"),
        "remove_private_as": any(key.endswith("remove-private-AS") for key in own),
        "prefix_limit": _limits(own),
        "neighbors": members,
    }


def _group_of(settings: dict[str, str]) -> str | None:
    """None of what is a group itself."""
    group = settings.get("peer-group", UNGROUPED)
    return group if group != "" else None


def _neighbour(settings: dict[str, str], group: dict[str, str], local_as: int) -> models.BGPConfigNeighborDict:
    merged = {**group, **settings}
    return {
        "description": merged.get("description", ""),
        "import_policy": _policy(merged, "in"),
        "export_policy": _policy(merged, "out"),
        "local_address": merged.get("update-source", ""),
        "authentication_key": REMOVED if "password" in merged else "",
        "nhs": any(key.endswith("next-hop-self") for key in merged),
        "route_reflector_client": any(key.endswith("route-reflector-client") for key in merged),
        "local_as": int((merged.get("local-as") or str(local_as)).split()[0]),
        "remote_as": _remote_as(merged, local_as),
        "prefix_limit": _limits(merged),
    }


def _remote_as(settings: dict[str, str], local_as: int) -> int:
    """0 where none is said, or `external` is."""
    said = settings.get("remote-as", "")
    return local_as if said == "internal" else int(said) if said.isdigit() else 0


def _policy(settings: dict[str, str], direction: str) -> str:
    """The route map, or else the prefix list, of the first family that has one."""
    for word in ("route-map", "prefix-list"):
        for family in NAPALM_FAMILY:
            if name := settings.get(f"{family} {word} {direction}"):
                return name
    return ""


def _limits(settings: dict[str, str]) -> dict[str, dict[str, dict[str, object]]]:
    """`maximum-prefix 1000 75` as {inet: {unicast: {limit: 1000, teardown: {threshold: 75}}}}."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for family, named in NAPALM_FAMILY.items():
        words = settings.get(f"{family} maximum-prefix", "").split()
        if words:
            limit: dict[str, object] = {"limit": int(words[0])}
            if len(words) > 1 and words[1].isdigit():
                limit["teardown"] = {"threshold": int(words[1])}
            found[named] = {"unicast": limit}
    return found


def local_as(root: Section) -> int:
    """Of the default VRF's instance; 0 where there is none."""
    instance = _instance(root)
    return int(instance.header.split()[-1]) if instance else 0


def _instance(root: Section) -> Section | None:
    """Of the default VRF."""
    return next((section for section in root.sections if re.fullmatch(r"router bgp \d+", section.header)), None)


def distinguishers(root: Section) -> dict[str, str]:
    """VRF to its route distinguisher (RFC 4364), where BGP has one for it."""
    found: dict[str, str] = {}
    for section in root.sections:
        instance = re.fullmatch(r"router bgp \d+ vrf (\S+)", section.header)
        lines = (line for inner in section.sections for line in inner.lines)
        said = next((match for line in lines if (match := re.fullmatch(r"rd (?:vpn export )?(\S+)", line))), None)
        if instance is not None and said is not None:
            found[instance[1]] = said[1]
    return found
