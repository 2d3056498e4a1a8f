"""No secret anywhere but in the files that need it: not in a plan, a diff, an argument, an environment, a log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploys.servers import Servers
from tests.deploys.steps import applied, planned

pytestmark = pytest.mark.twin
NAME = "server-1"
HOLDERS = {
    "snmp-auth": "/etc/snmp/snmpd.conf.d/govnet-users.conf",
    "snmp-priv": "/etc/snmp/snmpd.conf.d/govnet-users.conf",
    "tls-necta": "/etc/nginx/govnet-tls/web-necta.key",
    "tls-mof": "/etc/nginx/govnet-tls/web-mof.key",
}
BETWEEN_LOOKS_S = 0.1
"""The machines need the processors too."""


def words(servers: Servers) -> dict[str, str]:
    """Of each secret a piece that stands on one line, whoever quotes it."""
    return {name: inner(servers.store.value(name)) for name in (*HOLDERS, "login-key", "ca")}


def inner(value: str) -> str:
    """The middle line: a key's first one says only of what kind it is."""
    lines = value.splitlines()
    return lines[len(lines) // 2]


@contextmanager
def watched(wanted: dict[str, str]) -> Iterator[set[str]]:
    """Arguments and environments of all processes of this host and its machines, looked at again and again."""
    found: set[str] = set()
    over = threading.Event()
    needles = {name: value.encode() for name, value in wanted.items()}

    def look() -> None:
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for what in ("cmdline", "environ"):
                    try:
                        text = (process / what).read_bytes()
                    except OSError:
                        continue
                    found.update(f"{name} in {what}" for name, value in needles.items() if value in text)
            over.wait(BETWEEN_LOOKS_S)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def holding(servers: Servers, word: str) -> set[str]:
    places = "/etc /var /run /root /tmp /srv /home /usr/local"
    script = f"grep -rlsF -e '{word}' {places}; journalctl -a -o json --no-pager | grep -qF -e '{word}' && echo journal"
    return set(servers.sh(NAME, f"{script}; true").split())


def test_a_secret_stands_where_it_must_and_nowhere_else(pair: Servers) -> None:
    target = pair.target(NAME)
    wanted = words(pair)
    with watched(wanted) as seen:
        step = planned(target)
        applied(target)
    assert seen == set()
    assert not [name for name, word in wanted.items() if word in step.model_dump_json()]
    for name, word in wanted.items():
        assert holding(pair, word) == ({HOLDERS[name]} if name in HOLDERS else set()), name


def test_a_secret_that_somebody_pasted_is_not_in_the_plan(pair: Servers) -> None:
    word = pair.store.value("snmp-auth")
    pair.sh(NAME, f"echo 'the word is {word}' >>/etc/issue.net")
    step = planned(pair.target(NAME))
    assert word not in step.model_dump_json()
    (part,) = (part for part in step.diff.parts if part.part == "/etc/issue.net")
    assert f"the word is {pair.store.tag('snmp-auth')}" in [line.text for line in part.lines]
    applied(pair.target(NAME))


@pytest.mark.prove
def test_a_rotated_secret_is_a_difference_that_shows_neither_value(pair: Servers) -> None:
    before = words(pair)
    for name in ("snmp-auth", "tls-mof"):
        pair.store.rotate(name)
    after = words(pair)
    step = planned(pair.target(NAME))
    assert {part.part for part in step.diff.parts} >= {HOLDERS["snmp-auth"], HOLDERS["tls-mof"]}
    text = step.model_dump_json()
    assert not [name for name in before if before[name] in text or after[name] in text]
    applied(pair.target(NAME))
    assert pair.target(NAME).preview() is None
    for name in ("snmp-auth", "tls-mof"):
        assert holding(pair, after[name]) == {HOLDERS[name]}
    pair.target(NAME).close(step)
    for name in ("snmp-auth", "tls-mof"):
        assert holding(pair, before[name]) == set(), "the pre-image of the last step went too"
