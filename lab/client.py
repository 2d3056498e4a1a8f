"""Somebody who looks at web sites without a pause: `python -m lab.client AUTHORITY ADDRESS HOST...`, until SIGTERM.

Every 100 ms each site is asked over a new connection, by SNI and by its own name, and the authority alone is believed.
One line an answer on standard output: UTC time, host name, what was answered, milliseconds. Standard library only.
"""

from __future__ import annotations

import signal
import socket
import ssl
import sys
import threading
import time
from datetime import UTC, datetime

EVERY_S = 0.1
LIMIT_S = 10.0
"""A slow answer is told by its milliseconds; only none at all is an outage."""
SPEAKING = threading.Lock()
"""A line and its end are two writes."""


def ask(context: ssl.SSLContext, address: str, host: str) -> str:
    """The status of one answer, or why there was none."""
    try:
        with (
            socket.create_connection((address, 443), timeout=LIMIT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
            words = secure.recv(4096).split(b"\r\n", 1)[0].split(b" ")
    except OSError as problem:
        return f"none ({problem})"
    return words[1].decode(errors="replace") if len(words) > 1 else "none (no status)"


def look(context: ssl.SSLContext, address: str, host: str, over: threading.Event) -> None:
    at = time.monotonic()
    while not over.wait(max(0.0, at - time.monotonic())):
        began = time.monotonic()
        said = ask(context, address, host)
        took_ms = 1000 * (time.monotonic() - began)
        with SPEAKING:
            print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f} {host} {said} {took_ms:.0f}", flush=True)
        at = max(at + EVERY_S, time.monotonic())


def main(arguments: list[str]) -> int:
    authority, address, *hosts = arguments
    context = ssl.create_default_context(cafile=authority)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    askers = [threading.Thread(target=look, args=(context, address, host, over)) for host in hosts]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
