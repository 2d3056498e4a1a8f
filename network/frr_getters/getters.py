"""NAPALM's getters on a session: each asks the box, and a pure function of its neighbour files makes the answer.

Signatures are NAPALM's own, names and defaults included: its test suite compares them.
"""

from __future__ import annotations

import functools
import inspect
import ipaddress
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from napalm.base import NetworkDriver, constants, models
from napalm.base.exceptions import (
    CommandErrorException,
    CommandTimeoutException,
    ConnectionClosedException,
    NapalmException,
)
from pydantic import TypeAdapter, ValidationError

from change.target import TargetError, TargetUnreachable
from network import ovs, tree
from network.config import START_UP_FILES
from network.frr_getters import bgp, bgp_config, bridging, interfaces, lldp, neighbours, reach, routes, system
from network.screen import rows
from network.session import CommandRefused, Session

P = ParamSpec("P")
R = TypeVar("R")

BGP_NEIGHBOURS = "show bgp vrf all neighbors json"
LLDP_SEEN = TypeAdapter(lldp.Seen)
NETNS = "/run/netns"

NOT_ON_FRR: dict[str, str] = {
    "get_firewall_policies": "FRR has no firewall policies: packet filters of the box are another program's",
    "get_ntp_peers": "FRR has no NTP: the box's clock is another program's",
    "get_ntp_servers": "FRR has no NTP: the box's clock is another program's",
    "get_ntp_stats": "FRR has no NTP: the box's clock is another program's",
    "get_optics": "the kernel has no one form for what a transceiver measures, and FRR does not know transceivers",
    "get_probes_config": "FRR has no measurement probes of its own (RPM, IP SLA)",
    "get_probes_results": "FRR has no measurement probes of its own (RPM, IP SLA)",
}
"""Every getter of NAPALM that raises NotImplementedError here, and why it makes no sense on FRR."""


def in_napalm_words(call: Callable[P, R]) -> Callable[P, R]:
    """Raise NAPALM's exceptions, what its users know to catch; without our frames, whose variables are live texts."""

    @functools.wraps(call)
    def translated(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except NapalmException as problem:
            said = problem.with_traceback(None)
        except TargetUnreachable as problem:
            kind = CommandTimeoutException if "in time" in str(problem) else ConnectionClosedException
            said = kind(str(problem))
        except TargetError as problem:
            said = CommandErrorException(str(problem))
        except ValidationError:
            said = CommandErrorException("the box answered in a form that is not known")
        said.__context__ = None
        raise said from None  # out here, where nothing is being handled that would go with it

    translated.__signature__ = inspect.signature(call)  # type: ignore[attr-defined]  # what NAPALM's suite compares
    return translated


class FrrGetters(NetworkDriver):  # type: ignore[misc]  # NAPALM ships no types
    """Everything that only reads."""

    platform = "frr"
    _open_session: Session | None = None

    def _session(self) -> Session:
        if self._open_session is None:
            raise ConnectionClosedException("the driver is not open")
        return self._open_session

    @in_napalm_words
    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str]:
        """Exec-mode commands of vtysh. Only the encoding text is known: for JSON end the command in `json`."""
        if encoding != "text":
            raise NotImplementedError(f"the encoding {encoding} is not known; end a command in `json` instead")
        return {command: self._session().vtysh(command) for command in commands}

    @in_napalm_words
    def get_facts(self) -> models.FactsDict:
        names = tuple(link.ifname for link in self._links("link"))
        said = self._session().run(("sh", "-c", system.FACTS_SCRIPT))
        return system.facts(said, self._session().vtysh("show version"), names)

    @in_napalm_words
    def get_interfaces(self) -> dict[str, models.InterfaceDict]:
        return interfaces.interfaces(self._links("link"), self._told())

    @in_napalm_words
    def get_interfaces_counters(self) -> dict[str, models.InterfaceCounterDict]:
        return interfaces.counters(self._links("-s", "-s", "link"))

    @in_napalm_words
    def get_interfaces_ip(self) -> dict[str, models.InterfacesIPDict]:
        return interfaces.addresses(self._links("address"))

    @in_napalm_words
    def get_lldp_neighbors(self) -> dict[str, list[models.LLDPNeighborDict]]:
        return lldp.neighbours(self._lldp())

    @in_napalm_words
    def get_lldp_neighbors_detail(self, interface: str = "") -> models.LLDPNeighborsDetailDict:
        return lldp.details(self._lldp(), interface)

    @in_napalm_words
    def get_bgp_neighbors(self) -> dict[str, models.BGPStateNeighborsPerVRFDict]:
        return bgp.neighbours(self._session().vtysh_read(BGP_NEIGHBOURS, bgp.INSTANCES))

    @in_napalm_words
    def get_bgp_neighbors_detail(self, neighbor_address: str = "") -> dict[str, models.PeerDetailsDict]:
        return bgp.details(self._session().vtysh_read(BGP_NEIGHBOURS, bgp.INSTANCES), neighbor_address)

    @in_napalm_words
    def get_bgp_config(self, group: str = "", neighbor: str = "") -> models.BGPConfigGroupDict:
        return bgp_config.groups(self._running_tree(), group, neighbor)

    @in_napalm_words
    def get_arp_table(self, vrf: str = "") -> list[models.ARPTableDict]:
        return neighbours.arp(self._neighbours("-4", vrf))

    @in_napalm_words
    def get_ipv6_neighbors_table(self) -> list[models.IPV6NeighborDict]:
        return neighbours.ipv6(self._neighbours("-6", ""))

    @in_napalm_words
    def get_route_to(
        self, destination: str = "", protocol: str = "", longer: bool = False
    ) -> dict[str, models.RouteDict]:
        """Of the default VRF. Without a destination, every route of both families."""
        families = [family_of(destination)] if destination else ["ip", "ipv6"]
        found: dict[str, tuple[routes.Route, ...]] = {}
        for family in families:
            words = f"show {family} route {destination}{' longer-prefixes' if destination and longer else ''} json"
            of_family = self._session().vtysh_read(" ".join(words.split()), routes.ROUTES)
            found.update(of_family)
        chosen = routes.chosen(found, protocol)
        known = tuple(prefix for prefix, entries in chosen.items() if any(route.protocol == "bgp" for route in entries))
        return routes.table(chosen, self._bgp_entries(known), self._local_as() if known else 0)

    @in_napalm_words
    def get_mac_address_table(self) -> list[models.MACAdressTable]:
        found = bridging.bridge_addresses(self._session().read(("bridge", "-j", "fdb"), bridging.BRIDGE_ENTRIES))
        ports = bridging.port_numbers(self._ovs("Interface", "ofport,name"))
        for bridge in ovs.names(self._ovs("Bridge", "name")):
            said = self._session().run(("ovs-appctl", "-T", "5", "fdb/show", bridge))
            found += bridging.ovs_addresses(bridge, rows("ovs_fdb", said), ports)
        return found

    @in_napalm_words
    def get_vlans(self) -> dict[str, models.VlanDict]:
        kernel = self._session().read(("bridge", "-j", "vlan"), bridging.BRIDGE_PORTS)
        return bridging.vlans(kernel, self._ovs("Port", "name,tag,trunks"))

    @in_napalm_words
    def get_network_instances(self, name: str = "") -> dict[str, models.NetworkInstanceDict]:
        vrfs = tuple(row["NAME"] for row in rows("frr_vrf", self._session().vtysh("show vrf")))
        distinguishers = bgp_config.distinguishers(self._running_tree())
        found = interfaces.instances(self._links("link"), self._told(), vrfs, distinguishers)
        return {key: instance for key, instance in found.items() if name in ("", key)}

    @in_napalm_words
    def get_snmp_information(self) -> models.SNMPDict:
        return system.snmp(self._session().run(("cat", START_UP_FILES["snmpd"].path)))

    @in_napalm_words
    def get_users(self) -> dict[str, models.UsersDict]:
        return system.users(self._session().run(("sh", "-c", system.USERS_SCRIPT)))

    @in_napalm_words
    def get_environment(self) -> models.EnvironmentDict:
        return system.environment(self._session().run(("sh", "-c", system.ENVIRONMENT_SCRIPT)))

    @in_napalm_words
    def ping(
        self,
        destination: str,
        source: str = constants.PING_SOURCE,
        ttl: int = constants.PING_TTL,
        timeout: int = constants.PING_TIMEOUT,
        size: int = constants.PING_SIZE,
        count: int = constants.PING_COUNT,
        vrf: str = constants.PING_VRF,
        source_interface: str = constants.PING_SOURCE_INTERFACE,
    ) -> models.PingResultDict:
        """Five a second; `timeout` seconds after the last one, as iputils' -W."""
        origin = source or source_interface
        words = ("ping", "-n", "-i", "0.2", "-t", str(ttl), "-W", str(timeout), "-s", str(size), "-c", str(count))
        argv = (*self._inside(vrf), *words, *(("-I", origin) if origin else ()), "--", destination)
        answer = self._session().execute(argv, limit_s=timeout + count + 5.0)
        return reach.pinged(answer.stdout + answer.stderr, count)

    @in_napalm_words
    def traceroute(
        self,
        destination: str,
        source: str = constants.TRACEROUTE_SOURCE,
        ttl: int = constants.TRACEROUTE_TTL,
        timeout: int = constants.TRACEROUTE_TIMEOUT,
        vrf: str = constants.TRACEROUTE_VRF,
    ) -> models.TracerouteResultDict:
        words = ("traceroute", "-n", "-m", str(ttl), "-w", str(timeout), *(("-s", source) if source else ()))
        answer = self._session().execute((*self._inside(vrf), *words, "--", destination), limit_s=ttl * timeout + 5.0)
        return reach.traced(answer.stdout if answer.status == 0 else answer.stderr)

    def _links(self, *words: str) -> tuple[interfaces.Link, ...]:
        return self._session().read(("ip", "-j", *words), interfaces.LINKS)

    def _told(self) -> dict[str, interfaces.FrrInterface]:
        return self._session().vtysh_read("show interface json", interfaces.FRR_INTERFACES)

    def _lldp(self) -> lldp.Seen:
        return self._session().read(("lldpcli", "-f", "json0", "show", "neighbors", "details"), LLDP_SEEN)

    def _running(self) -> str:
        return self._session().vtysh("show running-config no-header")

    def _running_tree(self) -> tree.Section:
        return tree.parse(self._running())

    def _local_as(self) -> int:
        return bgp_config.local_as(self._running_tree())

    def _bgp_entries(self, prefixes: tuple[str, ...]) -> dict[str, routes.BgpEntry]:
        """What BGP knows of each prefix, in one vtysh."""
        if not prefixes:
            return {}
        asked = {f"show bgp {'ipv6' if ':' in prefix else 'ipv4'} unicast {prefix} json": prefix for prefix in prefixes}
        said = self._session().vtysh_each(*asked)
        return {asked[command]: routes.BgpEntry.model_validate_json(text) for command, text in said.items() if text}

    def _neighbours(self, family: str, vrf: str) -> tuple[neighbours.Neighbour, ...]:
        if vrf and self._is_namespace(vrf):
            argv: tuple[str, ...] = ("ip", "-n", vrf, family, "-j", "-s", "neigh")
        else:
            argv = ("ip", family, "-j", "-s", "neigh", "show", *(("vrf", vrf) if vrf else ()))
        return self._session().read(argv, neighbours.NEIGHBOURS)

    def _is_namespace(self, vrf: str) -> bool:
        """FRR's VRFs are kernel VRFs, or network namespaces (zebra --vrfwnetns)."""
        return self._session().execute(("test", "-e", f"{NETNS}/{vrf}")).status == 0

    def _inside(self, vrf: str) -> tuple[str, ...]:
        """The words that run a command in a VRF."""
        if not vrf:
            return ()
        return ("ip", "netns", "exec", vrf) if self._is_namespace(vrf) else ("ip", "vrf", "exec", vrf)

    def _ovs(self, table: str, columns: str) -> ovs.OvsTable:
        """Empty on a box where Open vSwitch is absent or does not run."""
        try:
            return ovs.read(self._session(), table, columns)
        except CommandRefused:
            return ovs.OvsTable(data=())


def family_of(destination: str) -> str:
    """`ip` or `ipv6`, as FRR's commands have it. Raises CommandRefused for what is neither address nor prefix."""
    try:
        return "ipv6" if ipaddress.ip_interface(destination).version == 6 else "ip"
    except ValueError:
        raise CommandRefused(f"{destination!r} is neither an address nor a prefix") from None
