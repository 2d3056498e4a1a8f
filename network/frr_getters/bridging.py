"""VLANs and learnt addresses: of Linux bridges (bridge(8)) and of Open vSwitch."""

from __future__ import annotations

from napalm.base import models
from pydantic import TypeAdapter

from network.frr_getters.shapes import NOT_KNOWN, Loose
from network.ovs import OvsTable


class BridgeEntry(Loose):
    mac: str
    ifname: str
    vlan: int = 0
    master: str | None = None
    state: str = ""


class _BridgeVlan(Loose):
    vlan: int
    vlanEnd: int | None = None


class BridgePort(Loose):
    ifname: str
    vlans: tuple[_BridgeVlan, ...] = ()


BRIDGE_ENTRIES = TypeAdapter(tuple[BridgeEntry, ...])
BRIDGE_PORTS = TypeAdapter(tuple[BridgePort, ...])


def bridge_addresses(entries: tuple[BridgeEntry, ...]) -> list[models.MACAdressTable]:
    """Entries of bridges; a port's own multicast filters, which `bridge fdb` lists too, are none."""
    return [
        _entry(entry.mac, entry.ifname, entry.vlan, static=entry.state in ("permanent", "static"))
        for entry in entries
        if entry.master is not None
    ]


def ovs_addresses(bridge: str, rows: tuple[dict[str, str], ...], ports: dict[str, str]) -> list[models.MACAdressTable]:
    """`fdb/show` of one bridge; `ports` names its OpenFlow port numbers. LOCAL is the bridge's own port."""
    named = {"LOCAL": bridge, **ports}
    return [
        _entry(row["MAC"], named.get(row["PORT"], row["PORT"]), int(row["VLAN"]), static=row["AGE_S"] == "static")
        for row in rows
    ]


def _entry(mac: str, interface: str, vlan: int, *, static: bool) -> models.MACAdressTable:
    return {
        "mac": mac.upper(),
        "interface": interface,
        "vlan": vlan,
        "static": static,
        "active": True,
        "moves": NOT_KNOWN,
        "last_move": float(NOT_KNOWN),
    }


def port_numbers(table: OvsTable) -> dict[str, str]:
    """OpenFlow port number to interface name, of the columns ofport, name."""
    return {str(number): str(name) for number, name in table.data}


def vlans(kernel: tuple[BridgePort, ...], ovs: OvsTable) -> dict[str, models.VlanDict]:
    """VLAN id to the ports in it. `ovs`: the columns name, tag, trunks of the table Port."""
    members: dict[int, set[str]] = {}
    for port in kernel:
        for vlan in port.vlans:
            for number in range(vlan.vlan, (vlan.vlanEnd or vlan.vlan) + 1):
                members.setdefault(number, set()).add(port.ifname)
    for name, tag, trunks in ovs.data:
        for number in (*_numbers(tag), *_numbers(trunks)):
            members.setdefault(number, set()).add(str(name))
    return {str(number): {"name": f"vlan{number}", "interfaces": sorted(members[number])} for number in sorted(members)}


def _numbers(cell: object) -> tuple[int, ...]:
    if isinstance(cell, int):
        return (cell,)
    if isinstance(cell, list) and len(cell) == 2 and cell[0] == "set" and isinstance(cell[1], list):
        return tuple(number for number in cell[1] if isinstance(number, int))
    return ()
