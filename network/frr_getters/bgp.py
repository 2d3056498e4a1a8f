"""BGP neighbours, from `show bgp vrf all neighbors json` of FRR 8.4 (RFC 4271 states, RFC 4760 families)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from napalm.base import models
from pydantic import Field, TypeAdapter

from network.frr_getters.shapes import NOT_KNOWN, Loose

FAMILIES = {"ipv4Unicast": "ipv4", "ipv6Unicast": "ipv6"}
"""What NAPALM names of the address families."""


class _Messages(Loose):
    totalRecv: int = NOT_KNOWN
    totalSent: int = NOT_KNOWN
    updatesRecv: int = NOT_KNOWN
    updatesSent: int = NOT_KNOWN
    depthOutq: int = NOT_KNOWN


class _Family(Loose):
    acceptedPrefixCounter: int = NOT_KNOWN
    sentPrefixCounter: int = NOT_KNOWN
    incomingUpdatePrefixFilterList: str = ""
    outgoingUpdatePrefixFilterList: str = ""
    routeMapForIncomingAdvertisements: str = ""
    routeMapForOutgoingAdvertisements: str = ""
    privateAsNumsRemovedInUpdatesToNbr: bool = False


class Peer(Loose):
    remoteAs: int
    localAs: int
    nbrDesc: str = ""
    adminShutDown: bool = False
    remoteRouterId: str = ""
    localRouterId: str = ""
    bgpState: str
    bgpTimerUpMsec: int = NOT_KNOWN
    bgpTimerHoldTimeMsecs: int = 0
    bgpTimerConfiguredHoldTimeMsecs: int = 0
    bgpTimerKeepAliveIntervalMsecs: int = 0
    bgpTimerConfiguredKeepAliveIntervalMsecs: int = 0
    messageStats: _Messages = _Messages()
    addressFamilyInfo: dict[str, _Family] = Field(default_factory=dict)
    connectionsDropped: int = 0
    lastResetDueTo: str = ""
    externalBgpNbrMaxHopsAway: int = 1
    internalBgpNbrMaxHopsAway: int = 1
    hostLocal: str = ""
    portLocal: int = NOT_KNOWN
    portForeign: int = NOT_KNOWN
    updateSource: str = ""
    localAsNoPrepend: bool = False

    @property
    def up(self) -> bool:
        return self.bgpState == "Established"


Instances = dict[str, dict[str, object]]
"""VRF to what FRR says of it: some keys of the VRF's own, and its peers by address."""

INSTANCES: TypeAdapter[Instances] = TypeAdapter(Instances)


def peers(instance: Mapping[str, object]) -> dict[str, Peer]:
    """By address. Raises pydantic's ValidationError where a peer lacks what every peer has."""
    return {name: Peer.model_validate(value) for name, value in instance.items() if isinstance(value, dict)}


def vrf_name(frr: str) -> str:
    return "global" if frr == "default" else frr


def neighbours(instances: Instances) -> dict[str, models.BGPStateNeighborsPerVRFDict]:
    """`global` stands even where BGP has no neighbours; uptime in seconds, -1 of a peer that is not up."""
    found = {"global": _instance({})}
    for vrf, instance in instances.items():
        found[vrf_name(vrf)] = _instance(peers(instance))
    return found


def _instance(seen: dict[str, Peer]) -> models.BGPStateNeighborsPerVRFDict:
    return {
        "router_id": next((peer.localRouterId for peer in seen.values()), ""),
        "peers": {address: _neighbour(peer) for address, peer in seen.items()},
    }


def _neighbour(peer: Peer) -> models.BGPStateNeighborDict:
    return {
        "local_as": peer.localAs,
        "remote_as": peer.remoteAs,
        "remote_id": peer.remoteRouterId,
        "is_up": peer.up,
        "is_enabled": not peer.adminShutDown,
        "description": peer.nbrDesc,
        "uptime": peer.bgpTimerUpMsec // 1000 if peer.up else NOT_KNOWN,
        "address_family": {
            FAMILIES[name]: {
                "received_prefixes": family.acceptedPrefixCounter if peer.up else NOT_KNOWN,
                "accepted_prefixes": family.acceptedPrefixCounter if peer.up else NOT_KNOWN,
                "sent_prefixes": family.sentPrefixCounter if peer.up else NOT_KNOWN,
            }
            for name, family in peer.addressFamilyInfo.items()
            if name in FAMILIES
        },
    }


def details(instances: Instances, wanted: str) -> dict[str, dict[int, list[models.PeerDetailsDict]]]:
    """By VRF and the neighbour's AS; of one neighbour, or of all where `wanted` is empty."""
    found: dict[str, dict[int, list[models.PeerDetailsDict]]] = {}
    for vrf, instance in instances.items():
        for address, peer in peers(instance).items():
            if wanted in ("", address):
                by_as = found.setdefault(vrf_name(vrf), {})
                by_as.setdefault(peer.remoteAs, []).append(_detail(vrf, address, peer))
    return found


def _detail(vrf: str, address: str, peer: Peer) -> models.PeerDetailsDict:
    families = tuple(peer.addressFamilyInfo.values())
    accepted = _sum(family.acceptedPrefixCounter for family in families) if peer.up else NOT_KNOWN
    return {
        "up": peer.up,
        "local_as": peer.localAs,
        "remote_as": peer.remoteAs,
        "router_id": peer.remoteRouterId,
        "local_address": peer.hostLocal,
        "routing_table": vrf_name(vrf),
        "local_address_configured": bool(peer.updateSource),
        "local_port": peer.portLocal,
        "remote_address": address,
        "remote_port": peer.portForeign,
        "multihop": max(peer.externalBgpNbrMaxHopsAway, peer.internalBgpNbrMaxHopsAway) > 1,
        "multipath": False,
        "remove_private_as": any(family.privateAsNumsRemovedInUpdatesToNbr for family in families),
        "import_policy": _policy(
            *(family.routeMapForIncomingAdvertisements for family in families),
            *(family.incomingUpdatePrefixFilterList for family in families),
        ),
        "export_policy": _policy(
            *(family.routeMapForOutgoingAdvertisements for family in families),
            *(family.outgoingUpdatePrefixFilterList for family in families),
        ),
        "input_messages": peer.messageStats.totalRecv,
        "output_messages": peer.messageStats.totalSent,
        "input_updates": peer.messageStats.updatesRecv,
        "output_updates": peer.messageStats.updatesSent,
        "messages_queued_out": peer.messageStats.depthOutq,
        "connection_state": peer.bgpState,
        "previous_connection_state": "",
        "last_event": peer.lastResetDueTo,
        "suppress_4byte_as": False,
        "local_as_prepend": not peer.localAsNoPrepend,
        "holdtime": peer.bgpTimerHoldTimeMsecs // 1000,
        "configured_holdtime": peer.bgpTimerConfiguredHoldTimeMsecs // 1000,
        "keepalive": peer.bgpTimerKeepAliveIntervalMsecs // 1000,
        "configured_keepalive": peer.bgpTimerConfiguredKeepAliveIntervalMsecs // 1000,
        "active_prefix_count": NOT_KNOWN,
        "received_prefix_count": accepted,
        "accepted_prefix_count": accepted,
        "suppressed_prefix_count": NOT_KNOWN,
        "advertised_prefix_count": _sum(family.sentPrefixCounter for family in families) if peer.up else NOT_KNOWN,
        "flap_count": peer.connectionsDropped,
    }


def _sum(counts: Iterable[int]) -> int:
    return sum(count for count in counts if count != NOT_KNOWN)


def _policy(*names: str) -> str:
    return next((name for name in names if name), "")
