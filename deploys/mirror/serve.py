"""How a server with the role mirror serves the repository: one unit, over HTTP, on its management address. Pure data.

Python's http.server and not nginx: the mirror is where nginx comes from, so it stands on what the machine image has. It
needs no trust of its own, since apt judges what it gets by our signature; it runs as a user that systemd makes for it
and that may write nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

PORT = 8080
"""Above 1023: no capability is needed."""
ROOT = "/srv/mirror"
"""Each repository lies in a folder here by its digest; the link `current` names the one that is served."""
CURRENT = f"{ROOT}/current"
UNIT = "govnet-mirror.service"
FILE = f"/etc/systemd/system/{UNIT}"


@dataclass(frozen=True)
class Served:
    unit: str
    """The unit to enable and start."""
    files: Mapping[str, str]
    """Path to text; of root, 0644. A changed one needs a daemon-reload and a restart of the unit."""


def served(address: IPv4Address) -> Served:
    """What serves CURRENT on this address. Once started it answers; a new `current` counts from the next request."""
    command = f"/usr/bin/python3 -I -m http.server --bind {address} --directory {CURRENT} {PORT}"
    answers = f"until (: </dev/tcp/{address}/{PORT}) 2>/dev/null; do sleep 0.1; done"
    lines = (
        "# Written by govnet: the next deploy puts back what is changed here.",
        "[Unit]",
        "Description=Package mirror of the data centres",
        "After=network.target",
        "StartLimitIntervalSec=0",
        "[Service]",
        "Type=exec",
        f"ExecStart={command}",
        f"ExecStartPost=/usr/bin/timeout 10 /bin/bash -c '{answers}'",
        "Restart=always",
        "RestartSec=1s",
        "DynamicUser=yes",
        "User=govnet-mirror",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectProc=invisible",
        "ProcSubset=pid",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectControlGroups=yes",
        "RestrictAddressFamilies=AF_INET",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "UMask=0077",
        "TasksMax=256",
        "MemoryMax=256M",
        "[Install]",
        "WantedBy=multi-user.target",
    )
    return Served(UNIT, {FILE: "".join(f"{line}\n" for line in lines)})
