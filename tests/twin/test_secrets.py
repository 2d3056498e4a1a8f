"""Fifty secrets, all in use and known to the test: none is found but on its target and in the encrypted store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from inventory.load import load
from tests.report.pdf import streams, texts
from tests.twin.canaries import SECRETS, Watch, canaries
from tests.twin.conftest import Twin
from tests.twin.districts import KYELA

pytestmark = pytest.mark.twin

OWN = ("secrets", "host-keys", "lab/disks")
"""The store itself, the machines' own keys, and the machines' disks."""
LOGS = (
    "journalctl --all --output=export --no-pager;"
    "find $(ls -d /var/log /tmp /run/govnet-latch /var/lib/govnet-latch 2>/dev/null) -type f -exec cat {} +"
)
"""What a box has written down, the arguments of its programs included, and what its latch has kept."""


def shown(path: Path) -> Iterator[bytes]:
    """What stands in a file, and in what it holds compressed."""
    content = path.read_bytes()
    yield content
    if path.suffix == ".pdf":
        yield from streams(content)
        yield from (text.encode() for text in texts(content))
    if path.suffix == ".parquet":
        yield from (repr(column.to_pylist()).encode() for column in pq.read_table(path).columns)


def test_every_secret_is_in_use(twin: Twin) -> None:
    world = load(twin.world)
    hosting, snmp = world.world.hosting, world.world.snmp
    assert hosting is not None
    used = {
        *(link.auth_secret for link in world.links),
        *(peer.password_secret for device in world.devices for peer in device.bgp),
        *(service.tls_secret for service in world.services),
        *(world.world.login.key_secret, snmp.auth_secret, snmp.priv_secret),
        *(hosting.ca_secret, hosting.stack_secret, hosting.mirror_secret),
    }
    assert used - {None} == {secret.name for secret in world.secrets}
    assert len(canaries(twin.world, twin.state)) == SECRETS


def test_no_secret_in_any_process(world: Twin) -> None:
    """While the twin was booted and its first plan applied; and while a change is put back, and all is polled."""
    looks, *found = (world.state / "seen-in-processes.txt").read_text().splitlines()
    assert int(looks.split()[0]) > 50
    assert found == []
    world.edit(*KYELA.described("mabadiliko"))
    wrong = world.altered("rejected")
    plan = wrong.plan(KYELA.router)
    with Watch(canaries(world.world, world.state)) as watch:
        wrong.expect(4, "apply", str(plan))
        world.expect(0, "poll", "--for", "4s")
    assert watch.looked > 10
    assert watch.found == set()


def test_no_secret_in_any_file_of_ours(twin: Twin) -> None:
    """Plans, journal, samples, states, consoles, and every report of all that the other tests did."""
    twin.expect(0, "poll", "--for", "2s")
    month = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).strftime("%Y-%m")
    reports = (("evidence",), ("topology",), ("uptime", "--month", month))
    with ThreadPoolExecutor(len(reports)) as pool:
        list(pool.map(lambda words: twin.expect(0, *words), reports))
    values = canaries(twin.world, twin.state)
    searched = set[str]()
    for path in twin.state.rglob("*"):
        if path.is_file() and not any(path.is_relative_to(twin.state / own) for own in OWN):
            searched.add(path.suffix)
            assert not [value for value in values for text in shown(path) if value in text], path
    assert searched >= {".plan", ".sqlite", ".parquet", ".pdf", ".html", ".json", ".log"}
    (uptime,) = (twin.state / "reports").glob("uptime-*.en.pdf")
    assert any("dr-kyela" in text for text in texts(uptime.read_bytes())), "what a PDF shows is read"
    samples = [text for path in twin.state.rglob("*.parquet") for text in shown(path)]
    assert any(b"'dr-kyela'" in text for text in samples), "what a sample says is read"


def test_no_secret_in_any_box_s_logs_or_left_by_its_latch(twin: Twin) -> None:
    values = [value.decode() for value in canaries(twin.world, twin.state)]
    nodes = json.loads(twin.lab("status", "--json"))["nodes"]
    boxes = [node["name"] for node in nodes if node["memory_mib"] is not None]
    assert len(boxes) == 18 + 2, "machines of the lab and of the stack"
    with ThreadPoolExecutor(4) as pool:
        logs = dict(zip(boxes, pool.map(lambda box: twin.on(box, "sh", "-c", LOGS), boxes), strict=True))
    for box, text in logs.items():
        assert len(text) > 1000, box
        assert not [value for value in values if value in text], box
