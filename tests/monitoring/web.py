"""A real HTTPS server on the loopback, in a thread, and servers that misbehave below HTTP."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Serve = Callable[[socket.socket], None]
"""Handles one accepted connection; it is closed afterwards."""


@dataclass
class Heard:
    """What a site was asked."""

    names: list[str | None] = field(default_factory=list)
    """Of SNI."""
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """A TCP server until the block ends; yields its port. One connection after another."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def forever() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with closing(client), suppress(OSError):
                    client.settimeout(10)
                    serve(client)

        thread = threading.Thread(target=forever)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def site(folder: Path, key_and_certificate: str, answer: bytes, heard: Heard) -> Serve:
    """An HTTPS site that reads a request and gives this answer."""
    path = folder / "site.pem"
    path.write_text(key_and_certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _, name, __: heard.names.append(name)

    def serve(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as channel:
            heard.requests.append(channel.recv(65536))
            channel.sendall(answer)

    return serve
