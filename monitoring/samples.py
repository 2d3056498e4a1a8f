"""Samples on disk: Parquet by kind and day (UTC), under `<state>/samples/<kind>/<YYYY-MM-DD>/`.

Each flush writes one small file for each kind and day, by writing beside and renaming, so a reader sees whole files
only. Compaction merges the files of a day into one named after the first and the last that it holds; until the small
ones are deleted a reader passes over them, so a compaction that is killed at any point neither loses nor doubles a row.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from monitoring.document import Certificate, DaySamples
from monitoring.model import ProbeReading, Reading, ServiceReading

MOMENT = pa.timestamp("ms", tz="UTC")
SCHEMAS = {
    "readings": pa.schema(
        [
            ("at", MOMENT),
            ("device", pa.string()),
            ("reachable", pa.bool_()),
            ("round_trip_ms", pa.float64()),
            ("answered", pa.bool_()),
            ("problem", pa.string()),
            ("uptime_s", pa.float64()),
        ]
    ),
    "interfaces": pa.schema(
        [
            ("at", MOMENT),
            ("device", pa.string()),
            ("interface", pa.string()),
            ("oper_up", pa.bool_()),
            ("in_octets", pa.uint64()),
            ("out_octets", pa.uint64()),
            ("in_errors", pa.uint64()),
            ("out_errors", pa.uint64()),
            ("speed_mbps", pa.uint64()),
        ]
    ),
    "neighbours": pa.schema(
        [
            ("at", MOMENT),
            ("device", pa.string()),
            ("protocol", pa.string()),
            ("local", pa.string()),
            ("remote", pa.string()),
            ("state", pa.string()),
        ]
    ),
    "probes": pa.schema(
        [
            ("at", MOMENT),
            ("institution", pa.string()),
            ("reachable", pa.bool_()),
            ("round_trip_ms", pa.float64()),
        ]
    ),
    "services": pa.schema(
        [
            ("at", MOMENT),
            ("service", pa.string()),
            ("fault", pa.string()),
            ("status", pa.int16()),
            ("response_ms", pa.float64()),
            ("certificate_days", pa.int32()),
        ]
    ),
}
"""The columns of each kind. Counters are the 64-bit ones of IF-MIB, as read."""
Cell = str | int | float | bool | datetime | None
Row = dict[str, Cell]
Parameters = dict[str, str | datetime | list[str]]


def rows(
    readings: Iterable[Reading], probes: Iterable[ProbeReading], services: Iterable[ServiceReading]
) -> dict[str, list[Row]]:
    """Records -> rows of each kind. Pure."""
    found: dict[str, list[Row]] = {kind: [] for kind in SCHEMAS}
    for reading in readings:
        head: Row = {"at": reading.at, "device": reading.device}
        found["readings"].append(
            head
            | reading.model_dump(include={"reachable", "round_trip_ms", "answered", "problem"})
            | {"uptime_s": reading.system.uptime_s if reading.system else None}
        )
        found["interfaces"] += [head | one.model_dump() for one in reading.interfaces]
        found["neighbours"] += [head | one for one in _neighbours(reading)]
    found["probes"] += [probe.model_dump() for probe in probes]
    found["services"] += [service.model_dump() for service in services]
    return found


def _neighbours(reading: Reading) -> Iterable[Row]:
    for lldp in reading.lldp:
        remote = f"{lldp.remote_device}:{lldp.remote_interface}"
        yield {"protocol": "lldp", "local": lldp.interface, "remote": remote, "state": "heard"}
    for ospf in reading.ospf:
        yield {"protocol": "ospf", "local": ospf.router_id, "remote": ospf.address, "state": ospf.state}
    for bgp in reading.bgp:
        yield {"protocol": "bgp", "local": str(bgp.asn), "remote": bgp.address, "state": bgp.state}


class Samples:
    """The sample files of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(
        self, readings: Sequence[Reading], probes: Sequence[ProbeReading], services: Sequence[ServiceReading]
    ) -> None:
        """One new file for each kind and day that has rows; durable when this returns."""
        for kind, found in rows(readings, probes, services).items():
            days: dict[date, list[Row]] = {}
            for row in found:
                assert isinstance(row["at"], datetime)
                days.setdefault(row["at"].date(), []).append(row)
            for day, rows_of_day in days.items():
                folder = self._day(kind, day.isoformat())
                folder.mkdir(parents=True, exist_ok=True)
                _put(folder, _next(folder), pa.Table.from_pylist(rows_of_day, schema=SCHEMAS[kind]))

    def compact(self, day: str) -> None:
        """Merge the files of one day (YYYY-MM-DD, UTC) of every kind. Only one writer at a time (the poller's lock)."""
        for kind in SCHEMAS:
            folder = self._day(kind, day)
            live = _live(folder)
            if len(live) > 1:
                merged = pa.concat_tables(pq.read_table(path, schema=SCHEMAS[kind]) for path in live)
                _put(folder, f"{_first(live[0])}..{_last(live[-1])}.parquet", merged)
            keep = set(_live(folder))
            for path in folder.glob("*.parquet"):
                if path not in keep:
                    path.unlink()

    def days(self) -> tuple[str, ...]:
        """The days that any kind has samples of, rising."""
        return tuple(sorted({path.name for kind in SCHEMAS for path in (self._folder / kind).glob("????-??-??")}))

    def table(self, kind: str, days: Iterable[str]) -> pa.Table:
        """All rows of a kind on these days, by moment, then as written. An empty table where there are none."""
        files = [path for day in days for path in _live(self._day(kind, day))]
        if not files:
            return SCHEMAS[kind].empty_table()
        sql = 'SELECT * FROM read_parquet($files) ORDER BY "at"'
        return _query(SCHEMAS[kind].empty_table(), sql, {"files": [str(path) for path in files]}).cast(SCHEMAS[kind])

    def counters(self, device: str, interface: str, start: datetime, end: datetime) -> pa.Table:
        """The interface samples of one port in [start, end), by moment."""
        wanted: Parameters = {"device": device, "interface": interface, "start": start, "end": end}
        return _query(self.table("interfaces", _between(self.days(), start, end)), COUNTERS, wanted)

    def evidence(self, start: datetime, end: datetime) -> tuple[DaySamples, ...]:
        """Counts and digests of what was asked in [start, end), for each UTC day that has any samples."""
        return tuple(self._day_evidence(day, start, end) for day in _between(self.days(), start, end))

    def _day_evidence(self, day: str, start: datetime, end: datetime) -> DaySamples:
        """Where no service was asked, the digest is of the other kinds alone, as before there were any."""
        counts: dict[str, int] = {}
        digests: list[str] = []
        for kind, line in EVIDENCE_LINES.items():
            sql = EVIDENCE.format(line=line)
            (row,) = _query(self.table(kind, [day]), sql, {"start": start, "end": end}).to_pylist()
            counts[kind] = row["samples"]
            if kind != "services" or row["samples"]:
                digests.append(row["digest"])
        total = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        return DaySamples(day=day, **counts, digest=f"sha256:{total}")

    def certificates(self, services: Collection[str], start: datetime, end: datetime) -> dict[str, Certificate]:
        """The last reading in [start, end) of each of these services that saw its certificate."""
        found: dict[str, Certificate] = {}
        for day in reversed(_between(self.days(), start, end)):
            if found.keys() >= set(services):
                break
            for row in _query(self.table("services", [day]), CERTIFICATES, {"start": start, "end": end}).to_pylist():
                found.setdefault(row["service"], Certificate(days=row["days"], at=row["at"]))
        return {name: found[name] for name in services if name in found}

    def _day(self, kind: str, day: str) -> Path:
        return self._folder / kind / day


COUNTERS = """
SELECT * FROM samples
WHERE device = $device AND interface = $interface AND "at" >= $start AND "at" < $end ORDER BY "at"
"""
EVIDENCE = """
SELECT count(*) AS samples, sha256(coalesce(string_agg(line, chr(10) ORDER BY line), '')) AS digest FROM (
    SELECT {line} AS line
    FROM samples WHERE "at" >= $start AND "at" < $end
)
"""
"""Lines are sorted, so that file order does not matter."""
EVIDENCE_LINES = {
    "readings": """concat_ws(' ', epoch_ms("at"), device, reachable, coalesce(round_trip_ms::VARCHAR, '-'))""",
    "probes": """concat_ws(' ', epoch_ms("at"), institution, reachable, coalesce(round_trip_ms::VARCHAR, '-'))""",
    "services": """concat_ws(
        ' ', epoch_ms("at"), service, coalesce(status::VARCHAR, '-'), coalesce(response_ms::VARCHAR, '-'),
        coalesce(certificate_days::VARCHAR, '-'), coalesce(fault, '-')
    )""",
}
"""Kind to the line of one sample: milliseconds, name, and what was seen."""
CERTIFICATES = """
SELECT service, max("at") AS "at", arg_max(certificate_days, "at") AS days FROM samples
WHERE "at" >= $start AND "at" < $end AND certificate_days IS NOT NULL GROUP BY service
"""


def _query(samples: pa.Table, sql: str, parameters: Parameters) -> pa.Table:
    """The answer of one DuckDB query over `samples`, on a connection of its own."""
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'").fetchall()
        db.register("samples", samples)
        return db.sql(sql, params=parameters).to_arrow_table()


def _between(days: Iterable[str], start: datetime, end: datetime) -> tuple[str, ...]:
    return tuple(day for day in days if start.date().isoformat() <= day <= end.date().isoformat())


def _first(path: Path) -> str:
    return path.stem.split("..")[0]


def _last(path: Path) -> str:
    return path.stem.split("..")[-1]


def _live(folder: Path) -> list[Path]:
    """The files that hold each row once, by name: those inside the span of a wider merged file are passed over."""
    every = sorted(folder.glob("*.parquet"))
    merged = [path for path in every if ".." in path.stem]
    return [
        path
        for path in every
        if not any(one != path and _first(one) <= _first(path) and _last(path) <= _last(one) for one in merged)
    ]


def _next(folder: Path) -> str:
    """A number after every existing one; never a moment, since clocks step back."""
    last = max((int(_last(path)) for path in folder.glob("*.parquet")), default=0)
    return f"{last + 1:010d}.parquet"


def _put(folder: Path, name: str, table: pa.Table) -> None:
    """Write beside, fsync, rename, fsync the folder."""
    beside = folder / f".{name}.part"
    with beside.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
