"""The system log: kept across boots, and bounded."""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from deploys import here
from deploys.content import text

FOLDER = "/etc/systemd/journald.conf.d"
PATH = f"{FOLDER}/govnet.conf"
LINES = (
    "# Written by govnet: the next deploy puts back what is changed here.",
    "[Journal]",
    "Storage=persistent",
    "Compress=yes",
    "SystemMaxUse=200M",
    "SystemKeepFree=100M",
    "MaxRetentionSec=3month",
    "RateLimitIntervalSec=30s",
    "RateLimitBurst=10000",
)


@deploy("System log")
def journald() -> None:
    here.folder(FOLDER)
    configured = here.put(PATH, text(*LINES))
    here.after("Restart the system log", [configured], "systemctl restart systemd-journald.service")
