"""Reading a trust document, `trust.yaml`, and everything that can be wrong with it: docs/adr/0002, 0007."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from inventory.model import Record
from inventory.problem import BadInventory, Problem
from inventory.shape import misfits
from inventory.source import line_of, read, sections
from inventory.trust import KEY_KINDS, Charter, Person, Policy, Trust, TrustRole, moment

_SECTIONS: Mapping[str, type[Record]] = {"trust": Charter, "people": Person, "policy": Policy}


def load_trust(path: Path) -> Trust:
    """The trust document at `path`. Raises BadInventory with every problem."""
    document = read(path)
    problems = list(document.problems)
    records: dict[str, list[Record]] = {name: [] for name in _SECTIONS}
    lines: dict[str, list[int]] = {name: [] for name in _SECTIONS}
    for name, items, node in sections(document, tuple(_SECTIONS), problems):
        for item, below in zip(items, node.value, strict=True):
            try:
                records[name].append(_SECTIONS[name].model_validate(item))
                lines[name].append(line_of(below, ()))
            except ValidationError as error:
                problems += [misfit.problem(path, below) for misfit in misfits(error, _SECTIONS[name], item)]
    people = tuple(record for record in records["people"] if isinstance(record, Person))
    policy = tuple(record for record in records["policy"] if isinstance(record, Policy))
    charters = [record for record in records["trust"] if isinstance(record, Charter)]
    if len(charters) != 1 and not problems:
        problems.append(Problem(str(path), 0, f"has {len(charters)} records in `trust`", "write one: version, serial"))
    problems.extend(_people(path, people, lines["people"]))
    problems.extend(_policy(path, people, policy, lines["policy"]))
    if problems or not charters:
        raise BadInventory(problems)
    trust = Trust(charter=charters[0], people=people, policy=policy)
    if problems := [*_asks_more(path, trust)]:
        raise BadInventory(problems)
    return trust


def _people(path: Path, people: tuple[Person, ...], lines: list[int]) -> Iterator[Problem]:
    names: set[str] = set()
    keys: dict[str, str] = {}
    for person, line in zip(people, lines, strict=True):
        if person.name in names:
            yield Problem(str(path), line, f"a second person is named `{person.name}`", "rename or remove one")
        names.add(person.name)
        for key in person.keys:
            if not _is_public_key(key.public):
                what = f"a key of {person.name} is not an OpenSSH ed25519 public key"
                yield Problem(str(path), line, what, f"write `KIND BASE64`, KIND one of {', '.join(KEY_KINDS)}")
            elif keys.setdefault(key.public, person.name) != person.name:
                what = f"{keys[key.public]} and {person.name} have one key"
                yield Problem(str(path), line, what, "give each a key of their own")
            for which in (key.valid_from, key.valid_until, key.revoked):
                if which is not None and not _is_moment(which):
                    what = f"`{which}` of {person.name} is no moment"
                    yield Problem(str(path), line, what, "write one such as 2026-01-31T00:00:00Z")
            if key.valid_until <= key.valid_from:
                what = f"a key of {person.name} ends before it begins"
                yield Problem(str(path), line, what, "write a later `valid_until`")


def _policy(path: Path, people: tuple[Person, ...], policy: tuple[Policy, ...], lines: list[int]) -> Iterator[Problem]:
    names: set[str] = set()
    for rule, line in zip(policy, lines, strict=True):
        if rule.name in names:
            yield Problem(str(path), line, f"a second policy is named `{rule.name}`", "rename or remove one")
        names.add(rule.name)
        for need in rule.needs:
            if need.role is TrustRole.BREAK_GLASS:
                what = f"the policy {rule.name} asks for the role break-glass, which stands in place of a policy"
                yield Problem(str(path), line, what, "ask for another role")
                continue
            holders = sum(need.role in person.roles for person in people)
            if holders <= need.signatures:
                what = f"the policy {rule.name} needs {need.signatures} of the role {need.role}, held by {holders}"
                yield Problem(str(path), line, what, "ask for fewer, or name more people: an author never counts")
    if policy and not any((rule.plane, rule.risk, rule.site) == (None, None, None) for rule in policy):
        yield Problem(str(path), 0, "no policy holds for every change", "add one without plane, risk and site")
    if not policy:
        yield Problem(str(path), 0, "no policy stands here", "add one: a change without signatures is no change")


def _asks_more(path: Path, trust: Trust) -> Iterator[Problem]:
    """High risk asks for one signature more than medium, on every plane and at every site that a policy names."""
    sites = sorted({rule.site for rule in trust.policy if rule.site is not None})
    for plane in ("network", "deploys", "stacks"):
        for site in ("", *sites):
            high, medium = (sum(trust.needs(plane, risk, site).values()) for risk in ("high", "medium"))
            if high <= medium:
                where = f"{plane} at {site}" if site else plane
                what = f"a high risk asks for {high} on the plane {where}, and a medium one for {medium}"
                yield Problem(str(path), 0, what, "let a policy with `risk: high` ask for one more")


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def _is_public_key(text: str) -> bool:
    """RFC 4253 6.6: the blob begins with its own kind as a string; and nothing stands after the BASE64."""
    words = text.split(" ")
    if len(words) != 2 or words[0] not in KEY_KINDS:
        return False
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind = words[0].encode()
    key = len(kind).to_bytes(4, "big") + kind + (32).to_bytes(4, "big")
    whole = len(blob) == len(key) + 32 if words[0] == KEY_KINDS[0] else len(blob) > len(key) + 32  # sk-: an application
    return blob.startswith(key) and whole and base64.b64encode(blob).decode() == words[1]
