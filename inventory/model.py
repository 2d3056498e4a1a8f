"""The nouns of what should exist, frozen. Units stand in the names; addresses are ipaddress objects.

A world is one folder of YAML files. Each file is a mapping from a section name (`SECTIONS` in load.py) to a list of
these records; a section may be split over any number of files. Nothing here reads a file or knows a vendor.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Address = IPv4Address | IPv6Address
InterfaceAddress = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
"""Lower-case letters, digits and hyphens: safe as a host name, a file name and an FRR list name."""
LinkName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,78}[a-z0-9]$")]
"""Made of both ends' names, so longer than they may be."""
InterfaceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,14}$")]
"""At most 15 characters: the kernel's IFNAMSIZ less its NUL."""
VlanId = Annotated[int, Field(ge=1, le=4094)]
Asn = Annotated[int, Field(ge=1, le=4294967294)]
HeadPlace = Annotated[str, Field(pattern=r"^(/|[\w+.-]+://|[^/\s]+@[^/\s]+:)\S+$")]
"""A file by its absolute path; or a git repository: a URL, USER@HOST:PATH, or the absolute path of a folder.git."""


class Record(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Text(Record):
    """What people read, in both languages of the reports."""

    en: str = Field(min_length=1)
    sw: str = Field(min_length=1)


class SiteKind(StrEnum):
    DATA_CENTRE = "data-centre"
    REGION = "region"
    DISTRICT = "district"


class Role(StrEnum):
    CORE = "core"
    REGION_ROUTER = "region-router"
    DISTRICT_ROUTER = "district-router"
    ACCESS_SWITCH = "access-switch"
    UPSTREAM = "upstream"
    JUMP_HOST = "jump-host"
    SERVER = "server"


class Platform(StrEnum):
    """What keeps the box's configuration. `none`: not ours to configure (an upstream's router, a jump host)."""

    FRR = "frr"
    IFUPDOWN2 = "ifupdown2"
    DEBIAN = "debian"
    """A server, kept by deploys."""
    NONE = "none"


class DeployRole(StrEnum):
    """What a server is for; each role is a list of deploys."""

    BASE = "base"
    """Accounts, sshd, time, SNMP, the system log: every server has it."""
    WEB = "web"
    """The web sites of the services that name this server."""
    MIRROR = "mirror"
    """The package mirror of the data centres."""


class OspfTimers(Record):
    """RFC 2328 appendix C.3, HelloInterval and RouterDeadInterval."""

    hello_s: int = Field(ge=1, le=65535)
    dead_s: int = Field(ge=1, le=65535)


class ChangeTimers(Record):
    """What the plan adds to the protocol timers: the latch's timer is hold + verify + confirm + margin."""

    verify_s: int = Field(ge=1, le=600)
    confirm_s: int = Field(ge=1, le=600)
    margin_s: int = Field(ge=1, le=600)


class Rollout(Record):
    """In which order changes reach the country, and how many boxes are spoken to side by side."""

    canary: int = Field(default=1, ge=0, le=100)
    """So many devices of each kind (network, servers) change first and alone; 0: none."""
    wave: int = Field(default=6, ge=1, le=1000)
    """Devices a wave."""
    regions: int = Field(default=1, ge=1, le=100)
    """Regions that one wave may change in."""
    rings: tuple[tuple[Role, ...], ...] = ()
    """Roles that change one ring after the other; those not named come last. Empty: one ring."""
    at_once: int = Field(default=8, ge=1, le=256)
    """Sessions in all."""
    per_site: int | None = Field(default=None, ge=1, le=256)
    """Sessions to the devices of one site; None: as many as in all."""
    on_failure: Literal["hold", "take-back"] = "hold"
    """What becomes of a plan's confirmed waves when a later one fails, unless the plan says otherwise."""


class GuardLimits(Record):
    """From where on a change is dangerous, or refused. Per cents are of all lines that a configuration has."""

    isolated_institutions: int = Field(default=50, ge=0)
    """So many may be cut off while one wave changes, and no more."""
    removed_lines: int = Field(default=10, ge=1)
    """Fewer removed lines than these are no share of anything."""
    removed_percent_high: int = Field(default=30, ge=1, le=100)
    """From here on the risk is high."""
    removed_percent_refused: int = Field(default=80, ge=1, le=100)
    """From here on the plan is refused."""


class SnmpUser(Record):
    """An SNMPv3 user with authPriv (RFC 3414 USM, RFC 7860 SHA-2, RFC 3826 AES-128); values are secrets by name."""

    user: Name
    auth_protocol: Literal["SHA", "SHA-256"]
    auth_secret: Name
    priv_protocol: Literal["AES"]
    priv_secret: Name


class Login(Record):
    """How govnet logs in: a user on every managed box and the name of the secret that holds its private key."""

    user: Name
    key_secret: Name


class Hosting(Record):
    """What all servers share."""

    mirror: Name
    """The server that they fetch their packages from."""
    ca_secret: Name
    """The private key of the certificate authority that signs for the web sites."""
    stack_secret: Name
    """The passphrase that the stacks' engine encrypts its state with."""
    mirror_secret: Name
    """The private key that the mirror's repository is signed with."""


class World(Record):
    """What holds for the whole of one inventory; the section `world` has exactly one."""

    name: Name
    title: Text
    timezone: str
    """An IANA zone name: the zone in which reports count days and months."""
    domain: str
    asn: Asn
    jump_host: Name
    """The device that govnet runs on and measures from."""
    login: Login
    snmp: SnmpUser
    ospf: OspfTimers
    change: ChangeTimers
    guards: GuardLimits = GuardLimits()
    rollout: Rollout = Rollout()
    banner: Text
    aggregates: tuple[Network, ...]
    """What GovNet announces to its upstreams, and all that it may announce."""
    poll_interval_s: int = Field(ge=1, le=3600)
    journal_heads: tuple[HeadPlace, ...] = ()
    """Where a signed head of the journal is kept after each change; each out of the jump host's own reach."""
    hosting: Hosting | None = None
    """None where the world has no servers of ours."""


class Site(Record):
    name: Name
    kind: SiteKind
    title: Text
    region: Name | None = None
    """Of a district or data centre: the region site that it lies in. None of a region."""
    latitude: float = Field(ge=-90, le=90)
    """Degrees, WGS 84."""
    longitude: float = Field(ge=-180, le=180)
    approximate: bool = False
    """The coordinates are of the area rather than of the building."""
    ospf_area: IPv4Address | None = None
    """The OSPF area of a region; data centres are in the backbone 0.0.0.0, districts in their region's."""


class InterfaceMode(StrEnum):
    ROUTED = "routed"
    """A port with addresses of its own: one end of a point-to-point link."""
    TRUNK = "trunk"
    """A port that carries tagged VLANs between a router and a switch."""
    ACCESS = "access"
    """A switch port in one VLAN, untagged."""
    VLAN = "vlan"
    """A tagged internal port on the trunk: the router's gateway in a VLAN, or the switch's management address."""
    LOOPBACK = "loopback"


class Interface(Record):
    name: InterfaceName
    mode: InterfaceMode
    addresses: tuple[InterfaceAddress, ...] = ()
    vlan: VlanId | None = None
    """Of the modes access and vlan."""
    gateway: IPv4Address | None = None
    """Of a switch's management interface, and of a host's port: its default route."""
    description: str = ""


class BgpNeighbour(Record):
    address: Address
    asn: Asn
    kind: Literal["upstream", "internal"]
    password_secret: Name | None = None
    """TCP MD5 (RFC 2385), by the secret's name."""
    title: str = ""


class Route(Record):
    """A static route: a prefix behind a next hop that is not ours."""

    prefix: Network
    via: Address
    institution: Name | None = None


class Device(Record):
    name: Name
    site: Name
    role: Role
    platform: Platform
    managed: bool = True
    """False: govnet never writes to it (an upstream's router)."""
    management: InterfaceName
    """The interface whose first IPv4 address govnet logs in to and polls: `lo` on a router."""
    interfaces: tuple[Interface, ...]
    bgp: tuple[BgpNeighbour, ...] = ()
    routes: tuple[Route, ...] = ()
    ring: int | None = Field(default=None, ge=0, le=99)
    """In which ring it changes, 0 first; None: its role's (`world.rollout.rings`)."""
    deploys: tuple[DeployRole, ...] = ()
    """Of a server: what it is for, in the order of deployment."""

    def interface(self, name: str) -> Interface:
        """The interface of that name. Raises KeyError."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(f"{self.name} has no interface {name}")

    @cached_property
    def management_address(self) -> IPv4Address:
        """Raises LookupError where the management interface has no IPv4 address (the checker refuses such)."""
        for address in self.interface(self.management).addresses:
            if isinstance(address, IPv4Interface):
                return address.ip
        raise LookupError(f"{self.name}: {self.management} has no IPv4 address")


class LinkEnd(Record):
    device: Name
    interface: InterfaceName

    def __str__(self) -> str:
        return f"{self.device}:{self.interface}"


class LinkKind(StrEnum):
    BACKBONE = "backbone"
    """Between routers, routed, OSPF runs on it."""
    TRUNK = "trunk"
    """Router to switch."""
    UPSTREAM = "upstream"
    """To a network that is not ours; BGP, no OSPF."""
    ACCESS = "access"
    """A switch port to something at its far end that has an interface of its own (the jump host)."""


class Link(Record):
    name: LinkName
    kind: LinkKind
    a: LinkEnd
    b: LinkEnd
    cost: int = Field(default=10, ge=1, le=65535)
    """OSPF cost of both directions; backbone only."""
    area: IPv4Address | None = None
    """OSPF area; backbone only, and required there."""
    auth_secret: Name | None = None
    """OSPF authentication key (RFC 5709 HMAC for OSPFv2, RFC 7166 for OSPFv3); backbone only, required there."""
    capacity_mbps: int = Field(default=1000, ge=1)
    leased_from: str | None = None
    sessions: int | None = Field(default=None, ge=1, le=256)
    """Of a narrow link: how many of our sessions go through it at once; backbone only."""

    @property
    def ends(self) -> tuple[LinkEnd, LinkEnd]:
        return (self.a, self.b)


class Vlan(Record):
    """One VLAN of one site. Management VLANs have no institution."""

    id: VlanId
    name: Name
    site: Name
    institution: Name | None = None


class Prefix(Record):
    """A block and what it is for; every address of the inventory lies in exactly one smallest block."""

    prefix: Network
    use: Literal["loopbacks", "links", "management", "institution", "upstream"]
    site: Name | None = None
    institution: Name | None = None


class Institution(Record):
    """A tenant of the network."""

    name: Name
    title: Text
    kind: Literal["ministry", "agency", "council", "authority", "university", "hospital", "court", "commission"]
    site: Name
    vlan: VlanId | None = None
    """Its VLAN at its site; None where it is a tenant of services alone."""
    port: LinkEnd | None = None
    """The switch port that it is plugged in to."""
    probe: IPv4Address | None = None
    """An address of its own equipment, behind that port, that answers ICMP echo."""
    example: bool = False
    """Generated to bring a world to its real size; not a statement about a real institution."""


class Service(Record):
    name: Name
    kind: Literal["mail", "e-office", "web-site", "government-service-bus", "national-system"]
    title: Text
    institution: Name
    site: Name
    host_name: str | None = None
    server: Name | None = None
    """Of a web site: the server that serves it, under its host name; None where it is not ours to serve yet."""
    tls_secret: Name | None = None
    """The private key of its certificate; with a server."""
    example: bool = False


class Machine(Record):
    """A virtual machine at its server's site. It bears the name of the server that runs on it."""

    name: Name
    cpus: int = Field(ge=1, le=256)
    memory_mib: int = Field(ge=128, le=4194304)


class Volume(Record):
    """Storage that outlives the machine it is mounted on."""

    name: Name
    machine: Name
    mount: str
    """An absolute path in the machine."""
    size_mib: int = Field(ge=1, le=1073741824)


class Account(Record):
    """A person's way in to every server; a person who leaves the inventory is locked out of them."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    """The login name."""
    title: str = Field(min_length=1)
    """The person's name."""
    keys: tuple[str, ...] = Field(min_length=1)
    """OpenSSH public keys, as in authorized_keys: kind and base64, no options."""
    administrator: bool = False
    """May become root."""


class Secret(Record):
    """A secret by name; its value never stands in the inventory."""

    name: Name
    kind: Literal["ssh-key", "snmp", "ospf", "bgp", "tls-key", "openpgp-key", "passphrase"]
    source: Literal["age", "environment"]
    """age: the encrypted store under --state; environment: GOVNET_SECRET_<NAME>, upper case, hyphens as underscores."""


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Plane = Literal["network", "deploys", "stacks"]
"""Routers and switches; servers; machines."""


class Period(Record):
    """What windows and freezes share. It is for what its selector, sites and planes all name: for everything without.

    `start` and `end` are what a clock on the wall reads in its zone, the end without.
    """

    name: Name
    title: Text
    """Of a freeze, why: elections, the budget, examination results."""
    start: str
    end: str
    zone: str | None = None
    """An IANA zone name; None: the world's time zone."""
    selector: str | None = None
    sites: tuple[Name, ...] = ()
    planes: tuple[Plane, ...] = ()


class Window(Period):
    """When changes may be applied: each week on some days, or once. Outside of every window none is."""

    days: tuple[Weekday, ...] = ()
    """With days, start and end are HH:MM, and an end that is not after the start is on the next day; 24:00 ends a day.

    Without, both are YYYY-MM-DDTHH:MM.
    """


class Freeze(Period):
    """When none may be, whatever window is open; start and end are YYYY-MM-DDTHH:MM."""


class Inventory(Record):
    """A whole world, checked. Tuples keep the order of the files; the mappings below are by name."""

    world: World
    sites: tuple[Site, ...] = ()
    devices: tuple[Device, ...] = ()
    links: tuple[Link, ...] = ()
    vlans: tuple[Vlan, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    institutions: tuple[Institution, ...] = ()
    services: tuple[Service, ...] = ()
    machines: tuple[Machine, ...] = ()
    volumes: tuple[Volume, ...] = ()
    accounts: tuple[Account, ...] = ()
    secrets: tuple[Secret, ...] = ()
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    @cached_property
    def site(self) -> dict[str, Site]:
        return {site.name: site for site in self.sites}

    @cached_property
    def device(self) -> dict[str, Device]:
        return {device.name: device for device in self.devices}

    @cached_property
    def link(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    @cached_property
    def institution(self) -> dict[str, Institution]:
        return {institution.name: institution for institution in self.institutions}

    @cached_property
    def machine(self) -> dict[str, Machine]:
        return {machine.name: machine for machine in self.machines}

    @cached_property
    def links_of(self) -> dict[str, tuple[Link, ...]]:
        """Device name to the links that end on it, in file order."""
        found: dict[str, list[Link]] = {device.name: [] for device in self.devices}
        for link in self.links:
            for end in link.ends:
                found[end.device].append(link)
        return {name: tuple(links) for name, links in found.items()}

    @cached_property
    def vlans_of(self) -> dict[str, tuple[Vlan, ...]]:
        """Site name to its VLANs by rising id."""
        found: dict[str, list[Vlan]] = {site.name: [] for site in self.sites}
        for vlan in self.vlans:
            found[vlan.site].append(vlan)
        return {name: tuple(sorted(vlans, key=lambda vlan: vlan.id)) for name, vlans in found.items()}

    @property
    def managed(self) -> tuple[Device, ...]:
        """The devices that govnet may write to."""
        return tuple(device for device in self.devices if device.managed)

    @property
    def servers(self) -> tuple[Device, ...]:
        """The devices that deploys keep."""
        return tuple(device for device in self.devices if device.platform is Platform.DEBIAN)
