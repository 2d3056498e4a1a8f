"""What a server is born with for deploys: the latch, the handler of the kind `host`, their units, an empty manifest."""

from __future__ import annotations

from change.disk import DiskEntry, DiskFile, enabled
from change.installation import BOOT_UNIT, handler, latch
from deploys.manifest import EMPTY, PATH, manifest_text

HANDLER = handler("host")
HOST_UNIT = "govnet-host-boot.service"
MODULES = ("deploys/box/trees.py", "deploys/box/host.py")

HOST_BOOT = f"""\
[Unit]
Description=govnet deploys: put back what a change left that nobody confirmed, before services start
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target {BOOT_UNIT}
Before=basic.target network-pre.target networking.service shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={HANDLER} boot
StandardInput=null

[Install]
WantedBy=basic.target
"""


def installation() -> tuple[DiskEntry, ...]:
    """What day-0 lays on a server's disk."""
    return (
        *latch({"host": ("from deploys.box.host import main", "sys.exit(main())")}, MODULES),
        *enabled(HOST_UNIT, HOST_BOOT),
        DiskFile(PATH, manifest_text(EMPTY).encode(), 0o600),
    )
