"""A real sshd on the loopback, with its own keys, its own log and a PATH of recorded programs."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from network.session import Credentials, Endpoint, Limits, Session, connect

RECORDED = Path(__file__).parent / "recorded"
LIMITS = Limits(connect_s=3, banner_s=3, auth_s=3, command_s=5, total_s=15)


def keygen(path: Path) -> str:
    """Make an ed25519 key; returns its public line without the comment."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    folder: Path
    port: int
    host_key: str

    @property
    def programs(self) -> Path:
        """First on the PATH of every command that the server runs."""
        return self.folder / "bin"

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text()

    def put(self, program: str, script: str) -> None:
        """Let the server run this shell script by that name."""
        path = self.programs / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def pin(self, public: str) -> Path:
        """A known-hosts file that pins this key for the server."""
        path = self.folder / "known_hosts"
        path.write_text(f"[127.0.0.1]:{self.port} {public}\n")
        return path

    @property
    def credentials(self) -> Credentials:
        return Credentials(user=os.environ.get("USER", "root"), private_key=(self.folder / "login").read_text())

    def endpoint(self, known_hosts: Path) -> Endpoint:
        return Endpoint("box-1", "127.0.0.1", known_hosts, self.port)

    def session(self, limits: Limits = LIMITS) -> Session:
        return connect(self.endpoint(self.pin(self.host_key)), self.credentials, limits)
