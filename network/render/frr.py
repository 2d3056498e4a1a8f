"""The part `frr` of a router: its skeleton (how it is reached and reaches the others) and its tenants (all the rest).

Both are texts of FRR 8.4 commands in any order; `network.tree` puts them together and in order. FRR does not print a
value that equals its default, so none is rendered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inventory.model import BgpNeighbour, Device, Interface, InterfaceMode, Inventory, Link, Network, OspfTimers
from inventory.secrets import Secrets
from network.distance import has_ipv6, router_id
from network.render import names

OSPF_DEFAULT = OspfTimers(hello_s=10, dead_s=40)
"""FRR's own, which it does not print."""
BGP_LEAST_HOLD_S = 3
"""RFC 4271 4.2: zero or at least three seconds."""
WORD = {4: "ip", 6: "ipv6"}
OSPF = {4: "ip ospf", 6: "ipv6 ospf6"}
KEY_ID = 1
TOP = ("frr defaults traditional", "log syslog informational", "agentx")


def section(header: str, lines: Iterable[str]) -> str:
    """A section's text, indented as FRR prints it."""
    return "\n".join([header, *(f" {line}" for line in lines), "exit"])


def skeleton(inventory: Inventory, device: Device, secrets: Secrets) -> str:
    """The router's way in: loopback, backbone links, switch management, OSPF with its authentication."""
    area = names.home_area(inventory, device)
    blocks = [*TOP]
    blocks.append(section("interface lo", _passive(device.interface(device.management), str(area))))
    for interface, link in names.backbone(inventory, device):
        blocks.append(section(f"interface {interface.name}", _link(inventory, interface, link, secrets)))
    for interface in names.management(inventory, device, InterfaceMode.VLAN):
        blocks.append(section(f"interface {interface.name}", _passive(interface, str(area))))
    identity = router_id(device)
    blocks.append(section("router ospf", [f"ospf router-id {identity}"]))
    blocks.append(section("router ospf6", [f"ospf6 router-id {identity}"]))
    return "\n".join(blocks) + "\n"


def addressed(interface: Interface) -> Iterator[str]:
    """An interface's description and addresses."""
    if interface.description:
        yield f"description {interface.description}"
    for address in interface.addresses:
        yield f"{WORD[address.version]} address {address}"


def families(interface: Interface) -> tuple[int, ...]:
    return (4, 6) if has_ipv6(interface) else (4,)


def _passive(interface: Interface, area: str) -> Iterator[str]:
    yield from addressed(interface)
    for family in families(interface):
        yield f"{OSPF[family]} area {area}"
        yield f"{OSPF[family]} passive"


def _link(inventory: Inventory, interface: Interface, link: Link, secrets: Secrets) -> Iterator[str]:
    yield from addressed(interface)
    timers = inventory.world.ospf
    for family in families(interface):
        ospf = OSPF[family]
        yield f"{ospf} area {link.area}"
        yield f"{ospf} network point-to-point"
        yield f"{ospf} cost {link.cost}"
        if timers.hello_s != OSPF_DEFAULT.hello_s:
            yield f"{ospf} hello-interval {timers.hello_s}"
        if timers.dead_s != OSPF_DEFAULT.dead_s:
            yield f"{ospf} dead-interval {timers.dead_s}"
    if link.auth_secret is None:
        return
    key = secrets.tag(link.auth_secret)
    yield "ip ospf authentication message-digest"
    yield f"ip ospf message-digest-key {KEY_ID} md5 {key}"
    if has_ipv6(interface):
        yield f"ipv6 ospf6 authentication key-id {KEY_ID} hash-algo hmac-sha-256 key {key}"


def tenants(inventory: Inventory, device: Device, secrets: Secrets) -> str:
    """All that is not needed to reach the router: institutions, statics, BGP and its filters."""
    blocks = [*_institutions(inventory, device), *_statics(inventory, device)]
    blocks += [section(f"interface {port.name}", addressed(port)) for port in names.upstream(inventory, device)]
    if device.bgp:
        blocks += filters(inventory)
        blocks.append(_bgp(inventory, device, secrets))
        blocks.append(section("router ospf", ["default-information originate"]))
        blocks.append(section("router ospf6", ["default-information originate"]))
    return "\n".join(blocks) + "\n" if blocks else ""


def prefix_list(name: str, prefixes: Iterable[Network]) -> Iterator[str]:
    """A list that permits exactly these prefixes."""
    for place, prefix in enumerate(prefixes, 1):
        yield f"{WORD[prefix.version]} prefix-list {name} seq {10 * place} permit {prefix}"


def _institutions(inventory: Inventory, device: Device) -> Iterator[str]:
    """Each institution's gateway, and the route maps that let out of its VLAN only what is its own.

    An entry's number is the VLAN's, so that a new institution moves no other.
    """
    vlans = names.tenant(inventory, device, InterfaceMode.VLAN)
    for interface, _ in vlans:
        yield section(f"interface {interface.name}", addressed(interface))
    for family, router in ((4, "router ospf"), (6, "router ospf6")):
        word = WORD[family]
        told = False
        for interface, institution in vlans:
            own = names.own_prefixes(inventory, institution, family)
            if not own:
                continue
            told = True
            yield from prefix_list(f"institution-{institution}", own)
            yield section(
                f"route-map institutions-{word} permit {interface.vlan}",
                [f"match interface {interface.name}", f"match {word} address prefix-list institution-{institution}"],
            )
        if told:
            kinds = ("connected", "static")
            yield section(router, [f"redistribute {kind} route-map institutions-{word}" for kind in kinds])


def _statics(inventory: Inventory, device: Device) -> Iterator[str]:
    for route in device.routes:
        yield f"{WORD[route.prefix.version]} route {route.prefix} {route.via}"
    if device.bgp:
        for aggregate in inventory.world.aggregates:
            yield f"{WORD[aggregate.version]} route {aggregate} blackhole"


def filters(inventory: Inventory) -> Iterator[str]:
    for family in (4, 6):
        own = [prefix for prefix in inventory.world.aggregates if prefix.version == family]
        yield from prefix_list("aggregates", own)
    yield "ip prefix-list default seq 10 permit 0.0.0.0/0"
    yield "ipv6 prefix-list default seq 10 permit ::/0"


def bgp_start(inventory: Inventory, device: Device) -> list[str]:
    """What every BGP router of ours begins with; short timers, as OSPF's of the world."""
    timers = inventory.world.ospf
    hold_s = max(BGP_LEAST_HOLD_S, timers.dead_s)
    return [
        f"bgp router-id {router_id(device)}",
        "no bgp default ipv4-unicast",
        f"timers bgp {min(timers.hello_s, hold_s // 3)} {hold_s}",
    ]


def bgp_neighbour(peer: BgpNeighbour, secrets: Secrets) -> Iterator[str]:
    yield f"neighbor {peer.address} remote-as {peer.asn}"
    if peer.title:
        yield f"neighbor {peer.address} description {peer.title}"
    if peer.password_secret is not None:
        yield f"neighbor {peer.address} password {secrets.tag(peer.password_secret)}"


def bgp(asn: int, top: Iterable[str], inside: dict[int, list[str]]) -> str:
    """A `router bgp` section; `inside` holds the lines of each address family that has any."""
    rows = [f" {line}" for line in top]
    for family, lines in inside.items():
        if lines:
            rows += [f" address-family ipv{family} unicast", *(f"  {line}" for line in lines), " exit-address-family"]
    return "\n".join([f"router bgp {asn}", *rows, "exit"])


def _bgp(inventory: Inventory, device: Device, secrets: Secrets) -> str:
    top = bgp_start(inventory, device)
    inside: dict[int, list[str]] = {4: [], 6: []}
    for aggregate in inventory.world.aggregates:
        inside[aggregate.version].append(f"network {aggregate}")
    for peer in device.bgp:
        neighbour = f"neighbor {peer.address}"
        lines = inside[peer.address.version]
        top += bgp_neighbour(peer, secrets)
        lines.append(f"{neighbour} activate")
        if peer.kind == "internal":
            top.append(f"{neighbour} update-source {_own_address(device, peer.address.version)}")
            lines.append(f"{neighbour} next-hop-self")
        else:
            lines += [f"{neighbour} prefix-list default in", f"{neighbour} prefix-list aggregates out"]
    return bgp(inventory.world.asn, top, inside)


def _own_address(device: Device, version: int) -> str:
    """The loopback address that an internal session is held from."""
    loopback = device.interface(device.management)
    return next(str(address.ip) for address in loopback.addresses if address.version == version)
