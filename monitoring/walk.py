"""What reading a device asks of an SNMP engine, and the guards that every engine's answers pass through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

Value = int | float | str | bytes | None
Index = tuple[int, ...]
ROWS_AT_MOST = 10_000
"""Of one column of one device; far above any real box, low enough to stop an agent that never ends."""


class SnmpFailure(Exception):
    """A device could not be read. The text is one sentence for a person and never holds a credential."""


class Engine(Protocol):
    """One open session with one agent (gufo_snmp in monitoring.snmp; any other that gives the same)."""

    async def get(self, oids: tuple[str, ...]) -> dict[str, Value]:
        """Scalars; those that the agent does not have are left out. Raises SnmpFailure."""

    def walk(self, oid: str) -> AsyncIterator[tuple[str, Value]]:
        """The entries below an OID as the agent gives them, in its order. Raises SnmpFailure."""


def numbers(oid: str) -> Index:
    return tuple(int(part) for part in oid.lstrip(".").split("."))


async def column(engine: Engine, oid: str) -> dict[Index, Value]:
    """One column by index. An absent subtree is an empty column.

    Raises SnmpFailure where OIDs do not increase (RFC 3416 4.2.3 lets an agent loop a walk for ever) or never end.
    """
    base = numbers(oid)
    found: dict[Index, Value] = {}
    last: Index = base
    async for key, value in engine.walk(oid):
        index = numbers(key)
        if index[: len(base)] != base:
            break
        if index <= last:
            raise SnmpFailure(f"the agent's OIDs do not increase below {oid}")
        if len(found) >= ROWS_AT_MOST:
            raise SnmpFailure(f"the agent gives more than {ROWS_AT_MOST} rows below {oid}")
        last = index
        found[index[len(base) :]] = value
    return found
