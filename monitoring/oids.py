"""The MIB objects that we read, as data. Numbers are of the columns; an entry's index follows them."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """One column of a table: `{oid}.{index}`."""

    name: str
    oid: str


class Table(NamedTuple):
    name: str
    columns: tuple[Column, ...]


SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
"""TimeTicks: hundredths of a second since the agent started (RFC 3418)."""
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYSTEM = (SYS_DESCR, SYS_UP_TIME, SYS_NAME)

IF_TABLE = "1.3.6.1.2.1.2.2.1"
IFX_TABLE = "1.3.6.1.2.1.31.1.1.1"
INTERFACES = Table(
    "IF-MIB (RFC 2863)",
    (
        Column("ifName", f"{IFX_TABLE}.1"),
        Column("ifOperStatus", f"{IF_TABLE}.8"),
        Column("ifInErrors", f"{IF_TABLE}.14"),
        Column("ifOutErrors", f"{IF_TABLE}.20"),
        Column("ifHCInOctets", f"{IFX_TABLE}.6"),
        Column("ifHCOutOctets", f"{IFX_TABLE}.10"),
        Column("ifHighSpeed", f"{IFX_TABLE}.15"),
    ),
)
"""ifTable and ifXTable share their index, ifIndex."""

LLDP_LOCAL = "1.0.8802.1.1.2.1.3.7.1"
LLDP_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
LLDP_PORTS = Table(
    "LLDP-MIB lldpLocPortTable (IEEE 802.1AB)",
    (
        Column("subtype", f"{LLDP_LOCAL}.2"),
        Column("id", f"{LLDP_LOCAL}.3"),
        Column("description", f"{LLDP_LOCAL}.4"),
    ),
)
"""Index: lldpLocPortNum."""
LLDP_NEIGHBOURS = Table(
    "LLDP-MIB lldpRemTable (IEEE 802.1AB)",
    (
        Column("subtype", f"{LLDP_REMOTE}.6"),
        Column("id", f"{LLDP_REMOTE}.7"),
        Column("description", f"{LLDP_REMOTE}.8"),
        Column("system", f"{LLDP_REMOTE}.9"),
    ),
)
"""Index: lldpRemTimeMark.lldpRemLocalPortNum.lldpRemIndex."""
PORT_ID_IS_NAME = frozenset({5, 7})
"""LldpPortIdSubtype interfaceName and local: the port's identifier is its name. Otherwise its description is."""

OSPF_NEIGHBOURS = Table(
    "OSPF-MIB ospfNbrTable (RFC 4750)",
    (
        Column("router_id", "1.3.6.1.2.1.14.10.1.3"),
        Column("state", "1.3.6.1.2.1.14.10.1.6"),
    ),
)
"""Index: ospfNbrIpAddr (four numbers).ospfNbrAddressLessIndex."""
OSPF_STATES = {
    1: "down",
    2: "attempt",
    3: "init",
    4: "twoWay",
    5: "exchangeStart",
    6: "exchange",
    7: "loading",
    8: "full",
}
OSPF_UP = frozenset({"full", "twoWay"})
"""RFC 2328 10.1: on a broadcast network two routers, neither of them designated, stay in 2-Way."""

BGP_PEERS = Table(
    "BGP4-MIB bgpPeerTable (RFC 4273)",
    (
        Column("state", "1.3.6.1.2.1.15.3.1.2"),
        Column("asn", "1.3.6.1.2.1.15.3.1.9"),
    ),
)
"""Index: bgpPeerRemoteAddr (four numbers): the table knows IPv4 sessions only."""
BGP_STATES = {1: "idle", 2: "connect", 3: "active", 4: "openSent", 5: "openConfirm", 6: "established"}
