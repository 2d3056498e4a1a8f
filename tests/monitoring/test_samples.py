from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Inventory
from monitoring import samples as module
from monitoring.model import ProbeReading
from monitoring.samples import Samples
from tests.monitoring.reality import Reality

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
END = MIDNIGHT + timedelta(days=1)


def probe(name: str, moment: datetime) -> ProbeReading:
    return ProbeReading(institution=name, at=moment, reachable=True, round_trip_ms=1.25)


def test_what_is_written_is_read_back_by_kind(demo: Inventory, tmp_path: Path) -> None:
    samples, reality = Samples(tmp_path), Reality(demo, dead=frozenset({"dr-chunya"}))
    samples.write(reality.readings(), reality.probes(), reality.services())
    readings = samples.table("readings", samples.days()).to_pylist()
    assert {row["device"] for row in readings if not row["reachable"]} == {"dr-chunya", "sw-chunya"}
    assert len(readings) == len(demo.managed)
    neighbours = samples.table("neighbours", samples.days()).to_pylist()
    assert {row["state"] for row in neighbours if row["protocol"] == "ospf"} == {"full"}
    counters = samples.counters("rr-mbeya", "eth3", MIDNIGHT, END).to_pylist()
    assert [(row["in_octets"], row["oper_up"]) for row in counters] == [(2**40, True)]
    assert samples.counters("rr-mbeya", "eth3", END, END + timedelta(1)).num_rows == 0


def test_a_counter_of_all_64_bits_survives(demo: Inventory, tmp_path: Path) -> None:
    samples = Samples(tmp_path)
    (reading,) = (one for one in Reality(demo).readings() if one.device == "core-1")
    port = reading.interfaces[0].model_copy(update={"in_octets": 2**64 - 1})
    samples.write([reading.model_copy(update={"interfaces": (port,)})], [], [])
    assert samples.table("interfaces", samples.days())["in_octets"].to_pylist() == [2**64 - 1]


def test_samples_go_to_the_day_that_they_are_of(tmp_path: Path) -> None:
    samples = Samples(tmp_path)
    moments = [MIDNIGHT - timedelta(milliseconds=1), MIDNIGHT]
    samples.write([], [probe("mof", moment) for moment in moments], [])
    assert samples.days() == ("2026-11-22", "2026-11-23")
    assert samples.table("probes", ["2026-11-23"])["at"].to_pylist() == [MIDNIGHT]
    (one,) = samples.evidence(MIDNIGHT, END)
    assert (one.day, one.probes, one.readings) == ("2026-11-23", 1, 0)


@settings(max_examples=25, deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 86_399_999), min_size=1, max_size=4), min_size=1, max_size=5))
def test_compaction_keeps_every_row_and_the_digest(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("samples")
    samples = Samples(folder)
    for batch in batches:
        samples.write([], [probe("mof", MIDNIGHT + timedelta(milliseconds=moment)) for moment in batch], [])
    before = samples.evidence(MIDNIGHT, END)
    samples.compact("2026-11-23")
    assert len(list((folder / "probes" / "2026-11-23").iterdir())) == 1
    assert samples.evidence(MIDNIGHT, END) == before
    assert before[0].probes == sum(map(len, batches))
    samples.write([], [probe("necta", MIDNIGHT)], [])
    samples.compact("2026-11-23")
    assert samples.evidence(MIDNIGHT, END)[0].probes == before[0].probes + 1


def test_a_compaction_killed_before_it_deletes_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Samples(tmp_path)
    for minute in range(4):
        samples.write([], [probe("mof", MIDNIGHT + timedelta(minutes=minute))], [])
    before = samples.evidence(MIDNIGHT, END)

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            samples.compact("2026-11-23")
    assert len(list((tmp_path / "probes" / "2026-11-23").glob("*.parquet"))) == 5
    assert samples.evidence(MIDNIGHT, END) == before
    samples.compact("2026-11-23")
    assert samples.evidence(MIDNIGHT, END) == before


def test_a_write_killed_before_its_rename_leaves_no_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Samples(tmp_path)

    def killed(path: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            samples.write([], [probe("mof", MIDNIGHT)], [])
    assert samples.table("probes", samples.days()).num_rows == 0
    samples.write([], [probe("mof", MIDNIGHT)], [])
    assert samples.table("probes", samples.days()).num_rows == 1


def test_the_digest_tells_one_changed_sample(tmp_path: Path) -> None:
    one, two = Samples(tmp_path / "one"), Samples(tmp_path / "two")
    one.write([], [probe("mof", MIDNIGHT)], [])
    two.write([], [probe("mof", MIDNIGHT).model_copy(update={"reachable": False})], [])
    assert one.evidence(MIDNIGHT, END)[0].digest != two.evidence(MIDNIGHT, END)[0].digest
