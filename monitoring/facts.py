"""Columns of MIB tables -> the records of monitoring.model. Pure."""

from __future__ import annotations

from monitoring.model import BgpPeer, InterfaceCounters, LldpNeighbour, OspfNeighbour, SystemFacts
from monitoring.oids import BGP_STATES, OSPF_STATES, PORT_ID_IS_NAME, SYS_DESCR, SYS_NAME, SYS_UP_TIME
from monitoring.walk import Index, Value

Columns = dict[str, dict[Index, Value]]
"""Column name to its values by index. A table that the agent does not have is a mapping to empty columns."""
OPER_UP = 1


def whole(value: Value) -> int:
    """A counter; 0 where the agent left it out or gave something that is no number."""
    return int(value) if isinstance(value, int | float) else 0


def text(value: Value) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").rstrip("\0")
    return "" if value is None else str(value)


def address(value: Value) -> str:
    """An IpAddress in dotted form, whichever way the engine gives it."""
    if isinstance(value, bytes) and len(value) == 4:
        return ".".join(str(octet) for octet in value)
    return text(value)


def system(device: str, scalars: dict[str, Value]) -> SystemFacts | None:
    """None where the agent gave none of the group."""
    if not scalars:
        return None
    return SystemFacts(
        device=device,
        name=text(scalars.get(SYS_NAME)),
        description=text(scalars.get(SYS_DESCR)),
        uptime_s=whole(scalars.get(SYS_UP_TIME)) / 100,
    )


def interfaces(device: str, columns: Columns) -> tuple[InterfaceCounters, ...]:
    """By ifIndex. A row with no ifOperStatus (it vanished between two columns) is left out."""
    status = columns["ifOperStatus"]
    return tuple(
        InterfaceCounters(
            device=device,
            interface=text(name),
            oper_up=status[index] == OPER_UP,
            in_octets=whole(columns["ifHCInOctets"].get(index)),
            out_octets=whole(columns["ifHCOutOctets"].get(index)),
            in_errors=whole(columns["ifInErrors"].get(index)),
            out_errors=whole(columns["ifOutErrors"].get(index)),
            speed_mbps=whole(columns["ifHighSpeed"].get(index)),
        )
        for index, name in columns["ifName"].items()
        if index in status
    )


def port_name(subtype: Value, identifier: Value, description: Value) -> str:
    """The interface's name as LLDP gives it: its identifier where that is a name, else its description."""
    if whole(subtype) in PORT_ID_IS_NAME:
        return text(identifier)
    return text(description)


def lldp(device: str, ports: Columns, neighbours: Columns) -> tuple[LldpNeighbour, ...]:
    """By local port. System names lose their domain: the inventory knows devices by host name."""
    found = []
    for index, name in neighbours["system"].items():
        if len(index) != 3:
            continue
        port = (index[1],)
        found.append(
            LldpNeighbour(
                device=device,
                interface=port_name(*(ports[column].get(port) for column in ("subtype", "id", "description"))),
                remote_device=text(name).split(".")[0],
                remote_interface=port_name(
                    *(neighbours[column].get(index) for column in ("subtype", "id", "description"))
                ),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.interface, one.remote_device, one.remote_interface)))


def ospf(device: str, columns: Columns) -> tuple[OspfNeighbour, ...]:
    """By neighbour address."""
    return tuple(
        OspfNeighbour(
            device=device,
            address=".".join(str(part) for part in index[:4]),
            router_id=address(columns["router_id"].get(index)),
            state=OSPF_STATES.get(whole(state), "unknown"),
        )
        for index, state in columns["state"].items()
        if len(index) == 5
    )


def bgp(device: str, columns: Columns) -> tuple[BgpPeer, ...]:
    """By peer address."""
    return tuple(
        BgpPeer(
            device=device,
            address=".".join(str(part) for part in index),
            asn=whole(columns["asn"].get(index)),
            state=BGP_STATES.get(whole(state), "unknown"),
        )
        for index, state in columns["state"].items()
        if len(index) == 4
    )
