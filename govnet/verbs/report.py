"""uptime, topology: documents from what is known, and their reports."""

from __future__ import annotations

from datetime import UTC, datetime

from govnet.desk import Desk
from govnet.report.document import Document, document_digest
from govnet.status import Ended, Status


def write(desk: Desk, document: Document, name: str) -> None:
    from govnet.report.write import write_report

    desk.say(f"Setting {name} in English and Swahili ...")
    paths = write_report(document, desk.state / "reports", name, lambda path: desk.say(str(path)))
    desk.document({"digest": document_digest(document), "files": [str(path) for path in paths]})


def uptime(desk: Desk, month: str) -> None:
    """Of a month that still runs, until now."""
    from monitoring.period import month as period
    from monitoring.store import Store
    from monitoring.uptime_document import uptime_document

    try:
        start, end = period(month, desk.inventory.world.timezone)
    except ValueError as problem:
        raise Ended(Status.BAD_INPUT, f"--month {problem}") from None
    end = min(end, datetime.now(UTC))
    if end <= start:
        raise Ended(Status.BAD_INPUT, f"--month {month}: it has not begun; name one that has")
    with Store(desk.state / "monitoring") as store:
        document = uptime_document(desk.inventory, store, start, end)
    write(desk, document, f"uptime-{month}")


def topology(desk: Desk) -> None:
    """Intended links beside what LLDP showed at the last poll."""
    from govnet.report.topology_document import topology_document
    from inventory.load import commit, digest
    from monitoring.store import Store

    with Store(desk.state / "monitoring") as store:
        readings = [reading for reading in store.last_readings() if reading.answered]
    document = topology_document(
        desk.inventory,
        digest(desk.inventory),
        commit(desk.world),
        {reading.device: reading.at for reading in readings},
        (
            (seen.device, seen.interface, seen.remote_device, seen.remote_interface)
            for reading in readings
            for seen in reading.lldp
        ),
    )
    write(desk, document, "topology")
