"""What a box says is up around it: OSPF and BGP neighbours of a router, ports and interfaces of a switch."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError

from change.target import TargetError
from inventory.model import Record
from network import ovs
from network.frr_getters.shapes import Loose
from network.session import Session

OSPF_COMMAND = "show ip ospf neighbor json"
OSPF6_COMMAND = "show ipv6 ospf6 neighbor json"
BGP_COMMAND = "show bgp summary json"
RTPROT_OSPF = 188
"""As the kernel knows a route that OSPF found (linux/rtnetlink.h)."""
FULL = "Full"
"""The neighbour state of RFC 2328 section 10.1 that carries routes on a point-to-point link."""
ESTABLISHED = "Established"
"""The state of RFC 4271 section 8.2.2 in which routes are exchanged."""

WELL = frozenset({"pass", "success"})
"""What `ifquery --check` says of an interface that is as its stanza: with Debian's ifupdown2.conf, and without it."""


class OspfNeighbour(Record):
    version: Literal[2, 3]
    """2: RFC 2328, IPv4; 3: RFC 5340, IPv6."""
    router_id: str
    interface: str
    state: str
    """The neighbour state of RFC 2328 section 10.1."""

    @property
    def full(self) -> bool:
        return self.state == FULL


class BgpPeer(Record):
    address: str
    asn: int
    state: str
    """The state of RFC 4271 section 8.2.2; or FRR's reason where the session is up and unused (`NoNeg`, `Policy`)."""

    @property
    def established(self) -> bool:
        return self.state == ESTABLISHED


class Neighbours(Record):
    ospf: tuple[OspfNeighbour, ...]
    bgp: tuple[BgpPeer, ...]


class InterfaceCheck(Record):
    """One interface of `ifquery --check -a`: ok where all that the file says of it holds."""

    name: str
    ok: bool
    wrong: tuple[str, ...]
    """Attributes that do not hold."""


class _Ospf2Entry(Loose):
    nbrState: str
    ifaceName: str


class _Ospf2(Loose):
    neighbors: dict[str, list[_Ospf2Entry]] = Field(default_factory=dict)


class _Ospf3Entry(Loose):
    neighborId: str
    state: str
    interfaceName: str


class _Ospf3(Loose):
    neighbors: tuple[_Ospf3Entry, ...] = ()


class _Peer(Loose):
    remoteAs: int
    state: str


class _Family(Loose):
    peers: dict[str, _Peer] = Field(default_factory=dict)


class _Check(Loose):
    name: str
    status: str = "unknown"
    config_status: dict[str, str | list[str]] = Field(default_factory=dict)


_CHECKS = TypeAdapter(list[_Check])
_FAMILIES = TypeAdapter(dict[str, _Family])


def neighbours_up(session: Session) -> Neighbours:
    """Every OSPFv2, OSPFv3 and BGP neighbour that FRR knows of, in whatever state. One vtysh, three commands.

    A daemon that does not run, or has no instance, knows no neighbours. Raises TargetError.
    """
    said = session.vtysh_each(OSPF_COMMAND, OSPF6_COMMAND, BGP_COMMAND)
    try:
        return Neighbours(
            ospf=(*ospf2(said[OSPF_COMMAND]), *ospf3(said[OSPF6_COMMAND])),
            bgp=bgp(said[BGP_COMMAND]),
        )
    except ValidationError:
        raise TargetError(f"{session.endpoint.name}: FRR lists its neighbours in a form that is not known") from None


def ospf2(text: str) -> tuple[OspfNeighbour, ...]:
    """`show ip ospf neighbor json` of FRR 8.4. The state reads `Full/DR`, the interface `eth1:10.0.0.1`."""
    seen = _Ospf2.model_validate_json(text) if text.strip() else _Ospf2()
    return tuple(
        OspfNeighbour(
            version=2,
            router_id=router_id,
            interface=entry.ifaceName.partition(":")[0],
            state=entry.nbrState.partition("/")[0],
        )
        for router_id, entries in seen.neighbors.items()
        for entry in entries
    )


def ospf3(text: str) -> tuple[OspfNeighbour, ...]:
    """`show ipv6 ospf6 neighbor json` of FRR 8.4."""
    seen = _Ospf3.model_validate_json(text) if text.strip() else _Ospf3()
    return tuple(
        OspfNeighbour(version=3, router_id=entry.neighborId, interface=entry.interfaceName, state=entry.state)
        for entry in seen.neighbors
    )


def bgp(text: str) -> tuple[BgpPeer, ...]:
    """`show bgp summary json`: a peer of several address families stands once, in the worst of its states."""
    families = _FAMILIES.validate_json(text) if text.strip() else {}
    peers: dict[str, BgpPeer] = {}
    for family in families.values():
        for address, peer in family.peers.items():
            known = peers.get(address)
            if known is None or known.established:
                peers[address] = BgpPeer(address=address, asn=peer.remoteAs, state=peer.state)
    return tuple(peers[address] for address in sorted(peers))


def ospf_prefixes(session: Session) -> frozenset[IPv4Network]:
    """The IPv4 prefixes that OSPF found and the kernel forwards by. Raises TargetError."""
    return routed(session.run(("ip", "-4", "-oneline", "route", "show", "proto", str(RTPROT_OSPF))))


def routed(text: str) -> frozenset[IPv4Network]:
    """`ip -oneline route show`: the prefix stands first, without its length where it is one address."""
    words = (line.split()[0] for line in text.splitlines() if line.strip())
    return frozenset(
        IPv4Network("0.0.0.0/0" if word == "default" else word) for word in words if word[0] in "d0123456789"
    )


def ovs_ports(session: Session) -> frozenset[str]:
    """The ports of every Open vSwitch bridge (its table Port), the bridges' own included."""
    return frozenset(ovs.names(ovs.read(session, "Port", "name")))


def interface_checks(session: Session) -> tuple[InterfaceCheck, ...]:
    """`ifquery --check -a`: 0 where all holds, 1 where something does not. Raises TargetError for any other end."""
    answer = session.execute(("ifquery", "--check", "-a", "-o", "json"))
    if answer.status not in (0, 1):
        raise TargetError(f"{session.endpoint.name}: ifquery ended with status {answer.status}")
    try:
        return checked(answer.stdout)
    except ValidationError:
        raise TargetError(f"{session.endpoint.name}: ifquery answered in a form that is not known") from None


def checked(text: str) -> tuple[InterfaceCheck, ...]:
    """`ifquery --check -a -o json` of ifupdown2 3.0, in its order; an attribute may have several results."""
    return tuple(
        InterfaceCheck(
            name=seen.name,
            ok=seen.status in WELL,
            wrong=tuple(name for name, said in seen.config_status.items() if "fail" in _results(said)),
        )
        for seen in _CHECKS.validate_json(text)
    )


def _results(said: str | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)
