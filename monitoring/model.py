"""The nouns of what is up. Moments are aware datetimes in UTC; intervals are [start, end)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from inventory.model import Record


class State(StrEnum):
    UP = "up"
    DOWN = "down"
    UNREACHABLE = "unreachable"
    """Nothing is known against it: every path to it goes through something that is down."""
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    """We were not looking, or could not tell. Never counted as up."""


class SubjectKind(StrEnum):
    DEVICE = "device"
    LINK = "link"
    INSTITUTION = "institution"
    SERVICE = "service"
    """A web site that a server of ours serves."""


class Fault(StrEnum):
    """Why a web site is down, as it stands in a cause; a closed set, so that every language has words for it."""

    NO_ANSWER = "no answer in time"
    NO_WAY = "its server's address cannot be reached"
    REFUSED = "the connection is refused"
    CLOSED = "the connection is closed without an answer"
    NOT_TLS = "the TLS handshake fails"
    EXPIRED = "its certificate has expired"
    NOT_YET_VALID = "its certificate is not valid yet"
    WRONG_NAME = "its certificate is for another name"
    UNTRUSTED = "its certificate is not from our authority"
    NOT_HTTP = "the answer is not HTTP"
    CLIENT_ERROR = "HTTP says that the page cannot be had (4xx)"
    SERVER_ERROR = "HTTP says that the server failed (5xx)"
    OTHER_STATUS = "HTTP says neither a page nor an error"


class Subject(Record):
    kind: SubjectKind
    name: str


class Interval(Record):
    """One state of one subject over [start, end)."""

    subject: Subject
    state: State
    start: datetime
    end: datetime
    cause: str = ""


class Uptime(Record):
    """One subject over one period, the intervals that prove it included. Seconds sum to the period."""

    subject: Subject
    start: datetime
    end: datetime
    seconds: dict[State, float]
    availability: float | None
    """up / (up + down + unreachable); None where nothing was measured. Maintenance, unknown: left out, and shown."""
    intervals: tuple[Interval, ...]


class SystemFacts(Record):
    """SNMPv2-MIB system group (RFC 3418)."""

    device: str
    name: str
    description: str
    uptime_s: float


class InterfaceCounters(Record):
    """IF-MIB ifXTable (RFC 2863), 64-bit."""

    device: str
    interface: str
    oper_up: bool
    in_octets: int
    out_octets: int
    in_errors: int
    out_errors: int
    speed_mbps: int


class LldpNeighbour(Record):
    """LLDP-MIB lldpRemTable (IEEE 802.1AB): what `device` sees at the far end of `interface`."""

    device: str
    interface: str
    remote_device: str
    remote_interface: str


class OspfNeighbour(Record):
    """OSPF-MIB ospfNbrTable (RFC 4750)."""

    device: str
    address: str
    router_id: str
    state: str


class BgpPeer(Record):
    """BGP4-MIB bgpPeerTable (RFC 4273)."""

    device: str
    address: str
    asn: int
    state: str


class Reading(Record):
    """One poll of one device. `reachable` is the ICMP answer; `answered` the SNMP one."""

    device: str
    at: datetime
    reachable: bool
    round_trip_ms: float | None
    answered: bool
    problem: str = ""
    system: SystemFacts | None = None
    interfaces: tuple[InterfaceCounters, ...] = ()
    lldp: tuple[LldpNeighbour, ...] = ()
    ospf: tuple[OspfNeighbour, ...] = ()
    bgp: tuple[BgpPeer, ...] = ()


class ProbeReading(Record):
    """One ICMP echo to an institution's own equipment."""

    institution: str
    at: datetime
    reachable: bool
    round_trip_ms: float | None


class ServiceReading(Record):
    """One HTTPS request for a web site by its own name, at its server's address."""

    service: str
    at: datetime
    fault: Fault | None
    """None: it is up."""
    status: int | None
    """The HTTP status (RFC 9110, 15); None where no answer of HTTP came."""
    response_ms: float | None
    """From the first packet to the status line; None where that never came."""
    certificate_days: int | None
    """Whole days from `at` until the certificate's notAfter; None where no certificate was accepted."""
