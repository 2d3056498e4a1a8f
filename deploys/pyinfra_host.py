"""One server as pyinfra takes it: the same for our worker and for pyinfra's own command line."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import paramiko

from deploys.intent import HostIntent
from deploys.mirror.repository import Repository
from inventory.sealed import Sealed

SSH_PORT = 22
BANNER_S = 5.0
AUTHENTICATION_S = 5.0


class HeldKey(paramiko.Ed25519Key):
    """A private key that pyinfra's `debug-inventory` can pass by."""

    def to_json(self) -> str:
        return "<sealed>"


@dataclass(frozen=True)
class Held:
    """What the deploys read of one host: `host.data.held`."""

    intent: HostIntent
    secrets: Mapping[str, Sealed]
    """Values by name, of what stands in the host's files."""
    repository: Repository | None
    """What a package mirror serves; None of any other host."""

    def to_json(self) -> dict[str, object]:
        """For pyinfra's `debug-inventory`: the intent, which holds no value."""
        return self.intent.model_dump(mode="json")


def host_data(
    address: str,
    port: int,
    user: str,
    known_hosts: Path,
    key: Sealed,
    intent: HostIntent,
    secrets: Mapping[str, Sealed],
    repository: Repository | None,
) -> dict[str, object]:
    """pyinfra's data of one host. Only pinned keys are believed; our key is held in memory, and no agent, key file or
    configuration of ssh is asked."""
    private = HeldKey.from_private_key(io.StringIO(key.open()))
    return {
        "ssh_hostname": address,
        "ssh_port": port,
        "ssh_user": user,
        "ssh_known_hosts_file": str(known_hosts),
        "ssh_strict_host_key_checking": "yes",
        "ssh_config_file": os.devnull,
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
        "ssh_paramiko_connect_kwargs": {
            "pkey": private,
            "banner_timeout": BANNER_S,
            "auth_timeout": AUTHENTICATION_S,
        },
        "held": Held(intent, secrets, repository),
    }
