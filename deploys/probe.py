"""Whether a web site answers as the inventory wants: over TLS, under its own name, with its own certificate."""

from __future__ import annotations

import hashlib
import socket
import ssl

from deploys.intent import WebSite

HTTPS_PORT = 443
LIMIT_S = 5.0
HEAD_OCTETS = 4096


def problem(address: str, site: WebSite) -> str | None:
    """Ask once, over a new connection. None where it answers below status 500, with the certificate it should have.

    SNI and name check by RFC 6125; only the authority that stands in the site's own chain is believed.
    """
    own, authority = _chain(site.certificate)
    context = ssl.create_default_context(cadata=authority)
    try:
        with (
            socket.create_connection((address, HTTPS_PORT), timeout=LIMIT_S) as plain,
            context.wrap_socket(plain, server_hostname=site.host_name) as secure,
        ):
            shown = secure.getpeercert(binary_form=True) or b""
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {site.host_name}\r\nConnection: close\r\n\r\n".encode("ascii"))
            head = secure.recv(HEAD_OCTETS).split(b"\r\n", 1)[0].split(b" ")
    except (OSError, ValueError) as error:
        return f"{site.host_name} does not answer: {error}"
    if hashlib.sha256(shown).digest() != hashlib.sha256(ssl.PEM_cert_to_DER_cert(own)).digest():
        return f"{site.host_name} shows another certificate than it was given"
    if len(head) < 2 or not head[1].isdigit() or int(head[1]) >= 500:
        return f"{site.host_name} answers {b' '.join(head)[:40].decode(errors='replace') or 'nothing'}"
    return None


def _chain(certificate: str) -> tuple[str, str]:
    """The site's own certificate, and its authority's."""
    end = "-----END CERTIFICATE-----\n"
    own, authority, _ = certificate.split(end)
    return own + end, authority + end
