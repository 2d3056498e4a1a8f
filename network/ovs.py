"""Open vSwitch's tables on a box: ovs-vsctl(8), whose JSON is that of OVSDB (RFC 7047)."""

from __future__ import annotations

from pydantic import TypeAdapter

from network.frr_getters.shapes import Loose
from network.session import Session


class OvsTable(Loose):
    """Rows of a table, cells in the order of the columns asked for. A set stands as ["set", [...]]."""

    data: tuple[tuple[object, ...], ...]


TABLE = TypeAdapter(OvsTable)


def read(session: Session, table: str, columns: str) -> OvsTable:
    """Raises CommandRefused where Open vSwitch is absent or does not run."""
    argv = ("ovs-vsctl", "--timeout=5", "--format=json", f"--columns={columns}", "list", table)
    return session.read(argv, TABLE)


def names(table: OvsTable) -> tuple[str, ...]:
    """The cells of the first column."""
    return tuple(str(row[0]) for row in table.data)
