"""Fifty secrets, known to the test: none is found anywhere but on its target and in the encrypted store."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.twin.conftest import Twin, canaries

pytestmark = pytest.mark.twin

OWN = ("secrets", "host-keys", "lab")
"""The store itself, the machines' own keys, and the machines' disks."""


def test_no_secret_in_any_file_of_ours(twin: Twin) -> None:
    """Plans, journal, samples, states, and every report of all that the other tests did."""
    twin.expect(0, "poll", "--for", "4s")
    month = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).strftime("%Y-%m")
    for words in (("evidence",), ("topology",), ("uptime", "--month", month)):
        twin.expect(0, *words)
    values = canaries(twin)
    assert len(values) == 50
    searched = 0
    for path in twin.state.rglob("*"):
        if path.is_file() and path.relative_to(twin.state).parts[0] not in OWN:
            searched += 1
            content = path.read_bytes()
            assert not [value for value in values if value in content], path
    assert searched > 30


def test_no_secret_in_any_process_while_the_first_plan_was_applied(twin: Twin) -> None:
    looks, *found = (twin.state / "seen-in-processes.txt").read_text().splitlines()
    assert int(looks.split()[0]) > 50
    assert found == []


def test_no_secret_in_the_devices_logs_or_left_by_the_latch(twin: Twin) -> None:
    values = [value.decode() for value in canaries(twin)]
    for device in ("core-1", "dr-kyela", "sw-kyela"):
        logs = twin.on(
            device,
            "sh",
            "-c",
            "journalctl -a -o cat --no-pager; find /var/log /run/govnet-latch /tmp -type f | xargs -r cat",
        )
        assert len(logs) > 1000
        assert not [value for value in values if value in logs], device
        kept = twin.on(device, "sh", "-c", "find /var/lib/govnet-latch -type f | xargs -r cat")
        assert not [value for value in values if value in kept], device
