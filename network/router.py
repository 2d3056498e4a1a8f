"""A router that runs FRRouting, as a target of change.

When is it healthy? OSPF: every neighbour that the inventory gives it over a backbone link is Full, by router id and
interface, in both versions: day-0 has them all, so they are expected always. BGP: the far end may belong to a later
wave and not be configured yet; a neighbour is expected when

- it was Established when the plan was made: then it stands in the step's probes, for people to see; or
- its far end is not ours to configure, an upstream's; or
- its far end itself says, at the time of judging, that it is configured for us; or
- its far end cannot be asked, and has no step in a later wave of this plan, which would judge the session.

The engine judges again and again until the hold has run out, and the last judgement counts. A step that goes back by an
inverse payload is judged by those of these neighbours that the earlier configuration has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Interface, IPv4Network

from change.model import Probe, Step
from change.target import TargetError, TargetUnreachable
from inventory.model import Address, Device, Inventory
from network import tree
from network.config import Config
from network.distance import ExpectedBgp, ExpectedNeighbours, neighbours_expected
from network.observe import ESTABLISHED, FULL, Neighbours, OspfNeighbour, neighbours_up, ospf_prefixes
from network.probes import BGP, bgp_probe, ospf_probes, prefix_probes
from network.session import Session
from network.target import READ_S, BoxTarget, leads_to_intent

FAR_END_S = 3.0


class RouterTarget(BoxTarget):
    def judge(self, session: Session, step: Step, live: Config, later: Collection[str]) -> None:
        seen = neighbours_up(session)
        expected = neighbours_expected(self._inventory, self._device)
        if not leads_to_intent(step):
            expected = configured(expected, live.text("frr"))
        probed = {probe.subject.partition(" ")[2] for probe in step.probes if probe.kind == BGP}
        faults = [*ospf_faults(expected, seen), *self._bgp_faults(expected, seen, probed, later)]
        if faults:
            raise TargetError(f"{self.name}: {'; '.join(faults)}")

    def probes(self, session: Session) -> tuple[Probe, ...]:
        expected = neighbours_expected(self._inventory, self._device)
        wanted = {str(peer.address) for peer in expected.bgp}
        seen = neighbours_up(session)
        return (
            *ospf_probes(self.name, self._full(seen)),
            *prefix_probes(self.name, ospf_prefixes(session), self._networks()),
            *(bgp_probe(self.name, peer.address) for peer in seen.bgp if peer.established and peer.address in wanted),
        )

    def bgp_states(self) -> dict[str, str]:
        """The state of each BGP neighbour by address, over a new connection."""
        with self._connected(READ_S) as session:
            return {peer.address: peer.state for peer in neighbours_up(session).bgp}

    def ospf_full(self) -> frozenset[str]:
        """The intended OSPFv2 neighbours that are Full, by name, over a new connection."""
        with self._connected(READ_S) as session:
            return self._full(neighbours_up(session))

    def ospf_prefixes(self) -> frozenset[IPv4Network]:
        with self._connected(READ_S) as session:
            return ospf_prefixes(session)

    def _full(self, seen: Neighbours) -> frozenset[str]:
        full = {(each.router_id, each.interface) for each in seen.ospf if each.version == 2 and each.full}
        wanted = neighbours_expected(self._inventory, self._device).ospf
        return frozenset(each.device for each in wanted if (str(each.router_id), each.interface) in full)

    def _networks(self) -> frozenset[IPv4Network]:
        """Every IPv4 subnet of the inventory's devices."""
        interfaces = (interface for device in self._inventory.devices for interface in device.interfaces)
        addresses = (address for interface in interfaces for address in interface.addresses)
        return frozenset(address.network for address in addresses if isinstance(address, IPv4Interface))

    def _bgp_faults(
        self, expected: ExpectedNeighbours, seen: Neighbours, probed: set[str], later: Collection[str]
    ) -> Iterable[str]:
        states = {peer.address: peer.state for peer in seen.bgp}
        for peer in expected.bgp:
            address = str(peer.address)
            state = states.get(address, "not configured")
            if state != ESTABLISHED and (address in probed or self._far_end_is_ready(peer, later)):
                yield f"BGP neighbour {peer.title or 'at'} {address} is {state}, not {ESTABLISHED}"

    def _far_end_is_ready(self, peer: ExpectedBgp, later: Collection[str]) -> bool:
        """One that cannot be asked counts as ready, for silence proves nothing, unless its own step is to come."""
        far = owner_of(self._inventory, peer.address)
        if far is None or not far.managed:
            return True
        ours = {str(interface.ip) for each in self._device.interfaces for interface in each.addresses}
        try:
            with self._connected(FAR_END_S, far) as session:
                return any(told.address in ours for told in neighbours_up(session).bgp)
        except TargetUnreachable:
            return far.name not in later


def configured(expected: ExpectedNeighbours, frr: str) -> ExpectedNeighbours:
    """Those of the expected neighbours that this configuration has words for."""
    root = tree.parse(frr)
    bgp = [line for section in root.sections if section.header.startswith("router bgp ") for line in section.lines]

    def runs(interface: str, ospf: str) -> bool:
        return root.section(f"interface {interface}").line(rf"{ospf} area \S+") is not None

    return ExpectedNeighbours(
        ospf=tuple(each for each in expected.ospf if runs(each.interface, "ip ospf")),
        ospf6=tuple(each for each in expected.ospf6 if runs(each.interface, "ipv6 ospf6")),
        bgp=tuple(peer for peer in expected.bgp if f"neighbor {peer.address} remote-as {peer.asn}" in bgp),
    )


def ospf_faults(expected: ExpectedNeighbours, seen: Neighbours) -> Iterable[str]:
    """A sentence for each intended neighbour that is not Full."""
    for version, wanted in ((2, expected.ospf), (3, expected.ospf6)):
        of_version = [neighbour for neighbour in seen.ospf if neighbour.version == version]
        for each in wanted:
            state = _state(of_version, str(each.router_id), each.interface)
            if state != FULL:
                who = f"{each.device} ({each.router_id}) on {each.interface}"
                yield f"OSPFv{version} neighbour {who} is {state}, not {FULL}"


def _state(seen: Iterable[OspfNeighbour], router_id: str, interface: str) -> str:
    """The best state of that router on that interface: a restarted neighbour may stand twice for a while."""
    states = [each.state for each in seen if (each.router_id, each.interface) == (router_id, interface)]
    return FULL if FULL in states else states[0] if states else "absent"


def owner_of(inventory: Inventory, address: Address) -> Device | None:
    """The device that has this address on one of its interfaces."""
    for device in inventory.devices:
        if any(each.ip == address for interface in device.interfaces for each in interface.addresses):
            return device
    return None
