"""Asking a web site by its own name at its server's address, as a browser would that trusts our authority alone.

Only the status line of the answer is read. Whatever happens is an answer: nothing of the network's is raised.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from monitoring.model import Fault

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})( [^\r\n]*)?\r?\n")
"""RFC 9112, 4."""
LINE_OCTETS = 4096
"""A longer status line is none."""
CERTIFICATE_FAULTS = {
    9: Fault.NOT_YET_VALID,
    10: Fault.EXPIRED,
    62: Fault.WRONG_NAME,
}
"""By OpenSSL's X509_V_ERR_ (x509_vfy.h); every other one is of the chain or of the certificate's form."""
STATUS_FAULTS = {2: None, 3: None, 4: Fault.CLIENT_ERROR, 5: Fault.SERVER_ERROR}
"""By the status's first digit."""


class HttpsLimits(NamedTuple):
    total_s: float = 4.0
    """Of one request: connection, handshake and status line together."""
    port: int = 443


class WebAnswer(NamedTuple):
    fault: Fault | None
    status: int | None = None
    response_ms: float | None = None
    valid_until: datetime | None = None
    """The accepted certificate's notAfter."""


def trusting(authority: str | None) -> ssl.SSLContext:
    """What accepts certificates of this authority (PEM) for the name that is asked for, and no others. None: none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    if authority is not None:
        context.load_verify_locations(cadata=authority)
    return context


def days_left(valid_until: datetime, at: datetime) -> int:
    """Whole days, rounded down: 0 on the last day, below 0 from the end on."""
    return (valid_until - at) // timedelta(days=1)


def request(host_name: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: {host_name}\r\nUser-Agent: govnet\r\nConnection: close\r\n\r\n".encode("ascii")


async def ask(
    tls: ssl.SSLContext, address: IPv4Address | IPv6Address, host_name: str, limits: HttpsLimits
) -> WebAnswer:
    """One request over a connection of its own; host_name stands in SNI and in Host."""
    began_s = time.perf_counter()
    valid_until: datetime | None = None
    try:
        async with asyncio.timeout(limits.total_s):
            reader, writer = await asyncio.open_connection(
                str(address), limits.port, limit=LINE_OCTETS, ssl=tls, server_hostname=host_name
            )
            try:
                valid_until = _valid_until(writer)
                writer.write(request(host_name))
                line = await reader.readline()
            finally:
                writer.transport.abort()
    except (OSError, ValueError) as problem:
        return WebAnswer(fault_of(problem), valid_until=valid_until)
    status = status_of(line)
    if status is None:
        return WebAnswer(Fault.NOT_HTTP if line else Fault.CLOSED, valid_until=valid_until)
    response_ms = (time.perf_counter() - began_s) * 1000
    return WebAnswer(STATUS_FAULTS.get(status // 100, Fault.OTHER_STATUS), status, response_ms, valid_until)


def _valid_until(writer: asyncio.StreamWriter) -> datetime:
    """After a handshake that accepted the certificate."""
    certificate = writer.get_extra_info("peercert")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def status_of(line: bytes) -> int | None:
    """The number in a status line; None where the line is none."""
    found = STATUS_LINE.fullmatch(line)
    return None if found is None else int(found[1])


def fault_of(problem: OSError | ValueError) -> Fault:
    """What asyncio and ssl raise, in the words of the closed set."""
    if isinstance(problem, TimeoutError):
        return Fault.NO_ANSWER
    if isinstance(problem, ssl.SSLCertVerificationError):
        return CERTIFICATE_FAULTS.get(problem.verify_code, Fault.UNTRUSTED)
    if isinstance(problem, ssl.SSLError):
        return Fault.NOT_TLS
    if isinstance(problem, ConnectionRefusedError):
        return Fault.REFUSED
    if isinstance(problem, ConnectionError):
        return Fault.CLOSED
    return Fault.NO_WAY if isinstance(problem, OSError) else Fault.NOT_HTTP
