"""One server as pyinfra takes it: the same for our worker and for pyinfra's own command line."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

import paramiko

from deploys.intent import HostIntent
from inventory.sealed import Sealed

SSH_PORT = 22
BANNER_S = 5.0
AUTHENTICATION_S = 5.0


def host_data(
    address: str,
    port: int,
    user: str,
    known_hosts: Path,
    key: Sealed,
    intent: HostIntent,
    secrets: Mapping[str, Sealed],
) -> dict[str, object]:
    """pyinfra's data of one host. Only pinned keys are believed; our key is held in memory, and no agent, key file or
    configuration of ssh is asked."""
    private = paramiko.Ed25519Key.from_private_key(io.StringIO(key.open()))
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
        "intent": intent,
        "secret_values": dict(secrets),
    }
